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

    /// Names the field of the kustomization, unless a closer one is named already.
    pub(crate) fn field(mut self, field: &str) -> Self {
        self.field.get_or_insert_with(|| field.to_owned());
        self
    }

    /// Forgets the line, which is one of a text inside the file.
    pub(crate) fn without_line(mut self) -> Self {
        self.line = None;
        self
    }

    /// Names the layer's own file and line, unless a file deeper down is named already.
    pub(crate) fn in_layer(self, file: &TreePath, text: &str) -> Self {
        if self.file.is_some() {
            return self;
        }
        self.find_line(text).file(file)
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
        if let Some((list, index)) = item(&field) {
            self.line = line_of_item(text, list, index);
            return self;
        }
        let name = field.rsplit('.').next().unwrap_or(&field);
        let name = name.split('[').next().unwrap_or(name);
        let is_key = |line: &str| {
            let line = line.trim_start_matches([' ', '-', '{', '"', '\'']);
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        // Inside an item of a list, the key is looked for from that item on.
        let first = field.split('.').next().and_then(item);
        let start = first.and_then(|(list, index)| line_of_item(text, list, index));
        let start = start.map_or(0, |line| line - 1);
        let found = text.lines().skip(start).position(is_key);
        // A key inside braces stands on the line of the field around it.
        let around = || match first {
            Some(_) => Some(start + 1),
            None => line_of_key(text, field.split(['.', '[']).next()?),
        };
        self.line = found.map(|at| start + at + 1).or_else(around);
        self
    }
}

/// The list and the place of `list[place]`.
fn item(field: &str) -> Option<(&str, usize)> {
    let (list, index) = field.strip_suffix(']')?.split_once('[')?;
    Some((list, index.parse().ok()?))
}

/// The line of a key at the top of a file.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let is_key = |line: &str| {
        let rest = line.strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    text.lines().position(is_key).map(|at| at + 1)
}

/// The line of an item of a list at the top of a file; of the list, where it is written in one line.
fn line_of_item(text: &str, list: &str, index: usize) -> Option<usize> {
    let start = line_of_key(text, list)? - 1;
    let written = |line: &&str| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    };
    let rest = text.lines().enumerate().skip(start + 1);
    let mut rest = rest.filter(|(_, line)| written(line)).peekable();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let first = rest.peek().map_or(0, |(_, line)| indent(line));
    let items = rest
        .take_while(|(_, line)| indent(line) > first || line.trim_start().starts_with('-'))
        .filter(|(_, line)| indent(line) == first);
    let place = items.map(|(at, _)| at).nth(index);
    Some(place.unwrap_or(start) + 1)
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
