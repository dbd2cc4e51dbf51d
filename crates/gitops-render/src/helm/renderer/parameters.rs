//! `helm.parameters` and `helm.fileParameters`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::LazyLock;

use gitops_core::api::HelmSource;
use gitops_core::render::{Error, Request};
use regex::Regex;

use super::super::values::Values;
use super::value_files;
use crate::build_env::expand;

/// Sets parameters over `values`: plain ones, then those that are text, then files.
pub(super) fn apply(
    request: &Request<'_>,
    helm: &HelmSource,
    values: &mut Values,
) -> Result<(), Error> {
    let failed = |error: super::super::Error| Error::new(error.to_string()).caused_by(error);
    for is_text in [false, true] {
        let parameters = helm
            .parameters
            .iter()
            .filter(|parameter| parameter.force_string == is_text);
        let pairs = parameters.map(|parameter| (parameter.name.as_str(), parameter.value.as_str()));
        for (name, value) in last_of_each(pairs) {
            let expression = format!("{name}={}", escaped(&expand(request, value)));
            let set = if is_text {
                Values::set_string
            } else {
                Values::set
            };
            set(values, &expression).map_err(failed)?;
        }
    }
    let files = helm
        .file_parameters
        .iter()
        .map(|file| (file.name.as_str(), file.path.as_str()));
    for (name, path) in last_of_each(files) {
        let text = value_files::parameter(request, path)?;
        // The text goes in as it is: only the name has the grammar.
        let expression = format!("{name}=file");
        values
            .set_file(&expression, |_| Ok::<_, Infallible>(text.clone()))
            .map_err(failed)?;
    }
    Ok(())
}

/// Of each name the last value, in the order of the names' last places.
fn last_of_each<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let last: BTreeMap<&str, (usize, &str)> = pairs
        .enumerate()
        .map(|(place, (name, value))| (name, (place, value)))
        .collect();
    let mut places: Vec<_> = last
        .into_iter()
        .map(|(name, (place, value))| (place, name, value))
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, name, value)| (name, value))
}

/// Commas are part of a value unless it is a list in braces.
fn escaped(value: &str) -> String {
    static COMMA: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"([^\\]),").expect("a fixed pattern"));
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    COMMA.replace_all(value, r"$1\,").into_owned()
}
