//! Charts as gzipped tars.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry};

use super::File;
use crate::helm::Error;

/// Most bytes of a chart, unpacked.
pub(super) const MAX_CHART: usize = 100 << 20;

/// Most bytes of one file.
pub(super) const MAX_FILE: usize = 5 << 20;

/// Most files of a chart; each costs memory, however small it is.
pub(super) const MAX_FILES: usize = 20_000;

/// The files of a chart's archive, without the folder they are all in.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<File>, Error> {
    // Headers and padding count too, so that an archive of nothing else ends.
    let limit = (MAX_CHART as u64) * 2;
    let mut archive = Archive::new(MultiGzDecoder::new(bytes).take(limit));
    let mut files = Vec::new();
    let mut total = 0;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if entry.header().entry_type().is_dir()
            || entry.header().entry_type().is_pax_global_extensions()
        {
            continue;
        }
        let path = inner_path(&entry)?;
        let content = read(&mut entry, &path)?;
        total += content.len();
        if total > MAX_CHART {
            return Err(Error::TooLarge {
                what: "bytes",
                limit: MAX_CHART,
            });
        }
        if files.len() >= MAX_FILES {
            return Err(Error::TooLarge {
                what: "files",
                limit: MAX_FILES,
            });
        }
        files.push(File::new(path, content.into()));
    }
    if files.is_empty() {
        return Err(Error::Archive("no files in chart archive".into()));
    }
    Ok(files)
}

fn read(entry: &mut Entry<'_, impl Read>, path: &str) -> Result<Vec<u8>, Error> {
    let size = usize::try_from(entry.size()).unwrap_or(MAX_FILE);
    let mut content = Vec::with_capacity(size.min(MAX_FILE));
    entry
        .take(MAX_FILE as u64 + 1)
        .read_to_end(&mut content)
        .map_err(damaged)?;
    if content.len() > MAX_FILE {
        return Err(Error::FileTooLarge {
            path: path.to_owned(),
            limit: MAX_FILE,
        });
    }
    Ok(content)
}

/// The entry's path below the top folder; never one that leaves it.
fn inner_path(entry: &Entry<'_, impl Read>) -> Result<String, Error> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let refused = |reason: &str| Err(Error::Archive(format!("{reason}: {name:?}")));
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (top, inner) = name.split_once(delimiter).unwrap_or((&name, ""));
    if top == "Chart.yaml" {
        return refused("chart yaml not in base directory");
    }
    let inner = inner.replace(delimiter, "/");
    if inner.starts_with('/') {
        return refused("chart illegally contains absolute paths");
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in inner.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.is_empty() => {
                return refused("chart illegally references parent directory");
            }
            ".." => parts.truncate(parts.len() - 1),
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    let bytes = path.as_bytes();
    if bytes.is_empty() {
        return refused("chart illegally contains content outside the base directory");
    }
    if bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' {
        return refused("chart contains illegally named files");
    }
    Ok(path)
}

fn damaged(error: impl std::fmt::Display) -> Error {
    Error::Archive(error.to_string())
}
