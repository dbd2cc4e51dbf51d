//! Why a build fails.

use gitops_core::TreePath;

/// Why a build fails: the file and line, as far as they are known, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(.file.as_ref(), *.line))]
#[non_exhaustive]
pub struct Error {
    /// The file, from the root of its tree.
    pub file: Option<TreePath>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// The field of a configuration file that is wrong, to find its line by.
    field: Option<String>,
    /// Whether a file was found and is not YAML.
    malformed: bool,
}

fn place(file: Option<&TreePath>, line: Option<usize>) -> String {
    match (file, line) {
        (Some(file), Some(line)) => format!("{file}:{line}: "),
        (Some(file), None) => format!("{file}: "),
        (None, Some(line)) => format!("line {line}: "),
        (None, None) => String::new(),
    }
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            file: None,
            line: None,
            message: message.into(),
            field: None,
            malformed: false,
        }
    }

    /// Names the file, unless one deeper down is named already.
    pub(crate) fn file(mut self, file: &TreePath) -> Self {
        self.file.get_or_insert_with(|| file.clone());
        self
    }

    pub(crate) fn line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    pub(crate) fn malformed(mut self) -> Self {
        self.malformed = true;
        self
    }

    pub(crate) fn is_malformed(&self) -> bool {
        self.malformed
    }

    /// Puts what was being done before the message.
    pub(crate) fn context(mut self, doing: impl std::fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// Finds the line of the field at fault in the text of its file.
    pub(crate) fn find_line(mut self, text: &str) -> Self {
        let Some(field) = self.field.take().filter(|_| self.line.is_none()) else {
            return self;
        };
        let name = field.rsplit('.').next().unwrap_or(&field);
        let name = name.split('[').next().unwrap_or(name);
        let is_key = |line: &str| {
            let line = line.trim_start_matches([' ', '-', '{', '"', '\'']);
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        self.line = text.lines().position(is_key).map(|at| at + 1);
        self
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<gitops_core::tree::Error> for Error {
    fn from(error: gitops_core::tree::Error) -> Self {
        Self::new(error.to_string())
    }
}
