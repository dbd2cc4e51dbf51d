//! A Git repository for the story to happen in, written without the `git` program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use gix::objs::tree::{Entry, EntryKind};

/// A bare repository whose `main` branch holds one folder of files.
pub struct Repository {
    path: PathBuf,
    /// What the next commit holds, by file name.
    pub files: BTreeMap<String, String>,
}

impl Repository {
    /// Makes a repository at `path` with the files of the folder `from` as first commit.
    pub fn create(path: &Path, from: &Path) -> Result<Self> {
        gix::init_bare(path)?;
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(entry.path())?);
        }
        let mut repository = Self {
            path: path.to_owned(),
            files,
        };
        repository.commit("Deploy the shop")?;
        Ok(repository)
    }

    /// The URL to deploy from.
    pub fn url(&self) -> String {
        format!("file://{}", self.path.display())
    }

    /// Changes a text in one file.
    pub fn replace(&mut self, file: &str, from: &str, to: &str) -> Result<()> {
        let text = self.files.get_mut(file).with_context(|| file.to_owned())?;
        *text = text.replace(from, to);
        Ok(())
    }

    /// Commits the files as they are now to `main`.
    pub fn commit(&mut self, message: &str) -> Result<()> {
        let repository = gix::open_opts(&self.path, gix::open::Options::isolated())?;
        let folder = gix::objs::Tree {
            entries: self
                .files
                .iter()
                .map(|(name, text)| {
                    Ok(Entry {
                        mode: EntryKind::Blob.into(),
                        filename: name.as_str().into(),
                        oid: repository.write_blob(text)?.detach(),
                    })
                })
                .collect::<Result<_>>()?,
        };
        let root = gix::objs::Tree {
            entries: vec![Entry {
                mode: EntryKind::Tree.into(),
                filename: "deploy".into(),
                oid: repository.write_object(&folder)?.detach(),
            }],
        };
        let root = repository.write_object(&root)?;
        let who = gix::actor::SignatureRef {
            name: "Quickstart".into(),
            email: "quickstart@example.org".into(),
            time: "1700000000 +0000",
        };
        let parent = repository
            .find_reference("refs/heads/main")
            .ok()
            .map(|reference| reference.id().detach());
        repository.commit_as(who, who, "refs/heads/main", message, root, parent)?;
        Ok(())
    }
}
