//! What a chart renders to.

use std::fmt;

use gitops_core::{Object, yaml};

use super::super::Error;
use super::super::manifest::Document;

/// What stands before every document, and before its path.
const SEPARATOR: &str = "---\n# Source: ";

/// What a chart renders to. `Display` prints it as `helm template` does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// The files of `crds/`.
    pub crds: Vec<Document>,
    /// The manifests.
    pub manifests: Vec<Document>,
    /// The hooks, of all events.
    pub hooks: Vec<Document>,
    /// What the chart has to say to whoever installs it, from its `NOTES.txt`.
    pub notes: String,
}

impl Output {
    /// What `Display` prints, made as one text.
    pub fn text(&self) -> String {
        let all = [&self.crds, &self.manifests, &self.hooks];
        let around = SEPARATOR.len() + 2;
        let size = |document: &Document| around + document.path.len() + document.text.len();
        let size: usize = all.into_iter().flatten().map(size).sum();
        let mut text = String::with_capacity(size + 1);
        // Writing to a String cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let mut documents = self.crds.iter().chain(&self.manifests).peekable();
        if documents.peek().is_none() {
            out.write_str("\n")?;
        }
        while let Some(Document { path, text, .. }) = documents.next() {
            if documents.peek().is_some() {
                write!(out, "{SEPARATOR}{path}\n{text}\n")?;
                continue;
            }
            // Helm trims what it has printed so far.
            match text.trim_end() {
                "" => writeln!(out, "{SEPARATOR}{}", path.trim_end())?,
                text => write!(out, "{SEPARATOR}{path}\n{text}\n")?,
            }
        }
        for Document { path, text, .. } in &self.hooks {
            write!(out, "{SEPARATOR}{path}\n{text}\n")?;
        }
        Ok(())
    }

    /// The objects, in the order of the text.
    ///
    /// # Errors
    ///
    /// Every document that is no object, with the template and the line of its output.
    pub fn objects(&self) -> Result<Vec<Object>, Vec<Error>> {
        let all = [&self.crds, &self.manifests, &self.hooks];
        let (mut objects, mut errors) = (Vec::new(), Vec::new());
        for document in all.into_iter().flatten() {
            let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
            for object in yaml::objects(&document.text, &options) {
                match object {
                    Ok(object) => objects.push(object),
                    Err(error) => errors.push(Error::Manifest {
                        path: document.path.clone(),
                        line: Some(error.line),
                        message: error.to_string(),
                    }),
                }
            }
        }
        if errors.is_empty() {
            Ok(objects)
        } else {
            Err(errors)
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}
