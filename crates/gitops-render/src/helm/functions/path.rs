//! Paths, by POSIX rules wherever the engine runs.

use super::{Entry, STRING, takes};
use crate::gotemplate::Value;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("base", takes(&[STRING]), |call| {
        Ok(base(&call.text(0)).into())
    }),
    (
        "dir",
        takes(&[STRING]),
        |call| Ok(dir(&call.text(0)).into()),
    ),
    ("clean", takes(&[STRING]), |call| {
        Ok(clean(&call.text(0)).into())
    }),
    (
        "ext",
        takes(&[STRING]),
        |call| Ok(ext(&call.text(0)).into()),
    ),
    ("isAbs", takes(&[STRING]), |call| {
        Ok(Value::Bool(call.text(0).starts_with('/')))
    }),
    ("osBase", takes(&[STRING]), |call| {
        Ok(base(&call.text(0)).into())
    }),
    ("osDir", takes(&[STRING]), |call| {
        Ok(dir(&call.text(0)).into())
    }),
    ("osClean", takes(&[STRING]), |call| {
        Ok(clean(&call.text(0)).into())
    }),
    ("osExt", takes(&[STRING]), |call| {
        Ok(ext(&call.text(0)).into())
    }),
    ("osIsAbs", takes(&[STRING]), |call| {
        Ok(Value::Bool(call.text(0).starts_with('/')))
    }),
];

pub(in crate::helm) fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match (path.is_empty(), trimmed.is_empty()) {
        (true, _) => ".",
        (false, true) => "/",
        (false, false) => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
}

fn dir(path: &str) -> String {
    clean(&path[..path.rfind('/').map_or(0, |slash| slash + 1)])
}

fn ext(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').map_or("", |dot| &name[dot..])
}

fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}
