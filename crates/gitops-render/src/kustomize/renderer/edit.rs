//! Argo CD's settings, applied to a kustomization.

use std::collections::BTreeMap;

use gitops_core::TreePath;
use gitops_core::api::{IntOrString, KustomizePatch, KustomizeSource};
use gitops_core::render::Request;
use gitops_core::tree::EntryKind;

use crate::build_env::expand;
use crate::kustomize::Error;
use crate::kustomize::id::Gvk;
use crate::kustomize::kustomization::{Image, Kustomization, Label, Patch, Replica, Selector};

/// Applies every setting that is there.
pub(super) fn apply(
    kustomization: &mut Kustomization,
    settings: &KustomizeSource,
    request: &Request<'_>,
) -> Result<(), Error> {
    let set = |field: &mut String, value: &str| {
        if !value.is_empty() {
            value.clone_into(field);
        }
    };
    set(&mut kustomization.name_prefix, &settings.name_prefix);
    set(&mut kustomization.name_suffix, &settings.name_suffix);
    set(&mut kustomization.namespace, &settings.namespace);
    set_images(kustomization, &settings.images, request)?;
    set_replicas(kustomization, settings)?;
    add_labels(kustomization, settings, request)?;
    add_annotations(kustomization, settings, request)?;
    kustomization
        .patches
        .extend(settings.patches.iter().map(patch));
    add_components(kustomization, settings, request)
}

fn set_images(
    kustomization: &mut Kustomization,
    images: &[String],
    request: &Request<'_>,
) -> Result<(), Error> {
    if images.is_empty() {
        return Ok(());
    }
    let mut wanted = BTreeMap::new();
    for text in images {
        let image = image(&expand(request, text))?;
        wanted.insert(image.name.clone(), image);
    }
    let known = std::mem::take(&mut kustomization.images);
    let keep = |new: &mut String, old: &str| {
        if new == "*" {
            old.clone_into(new);
        }
    };
    for old in known {
        let Some(new) = wanted.get_mut(&old.name) else {
            wanted.insert(old.name.clone(), old);
            continue;
        };
        keep(&mut new.new_name, &old.new_name);
        keep(&mut new.new_tag, &old.new_tag);
        keep(&mut new.digest, &old.digest);
    }
    for image in wanted.values_mut() {
        keep(&mut image.new_name, "");
        keep(&mut image.new_tag, "");
        keep(&mut image.digest, "");
    }
    kustomization.images = wanted.into_values().collect();
    Ok(())
}

/// Reads `NAME=NEW:TAG@DIGEST` and its shorter forms.
fn image(text: &str) -> Result<Image, Error> {
    let invalid = || {
        Error::new(format!(
            "invalid image {text:?}: use NAME=NEW, NAME=NEW:TAG, NAME=NEW@DIGEST, NAME:TAG or NAME@DIGEST"
        ))
    };
    if let Some((name, new)) = text.split_once('=') {
        let (new_name, new_tag, digest) = parts(new);
        if name.is_empty() || new.is_empty() {
            return Err(invalid());
        }
        return Ok(Image {
            name: name.into(),
            new_name,
            new_tag,
            digest,
            ..Image::default()
        });
    }
    let (name, new_tag, digest) = parts(text);
    if new_tag.is_empty() && digest.is_empty() {
        return Err(invalid());
    }
    Ok(Image {
        name,
        new_tag,
        digest,
        ..Image::default()
    })
}

/// Name, tag and digest; a colon before a slash belongs to a port.
fn parts(text: &str) -> (String, String, String) {
    let (text, digest) = text.split_once('@').unwrap_or((text, ""));
    let is_tag = |tag: &str| {
        let is_letter = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
        tag == "*" || tag.chars().all(is_letter)
    };
    let (name, tag) = match text.rsplit_once(':') {
        Some((name, tag)) if is_tag(tag) => (name, tag),
        _ => (text, ""),
    };
    (name.into(), tag.into(), digest.into())
}

fn set_replicas(
    kustomization: &mut Kustomization,
    settings: &KustomizeSource,
) -> Result<(), Error> {
    if settings.replicas.is_empty() {
        return Ok(());
    }
    let mut all: BTreeMap<String, Replica> = BTreeMap::new();
    for replica in std::mem::take(&mut kustomization.replicas) {
        all.insert(replica.name.clone(), replica);
    }
    for replica in &settings.replicas {
        let count = match &replica.count {
            IntOrString::Int(count) => Some(*count),
            IntOrString::String(text) => text.parse().ok(),
        };
        let count = count.filter(|_| !replica.name.is_empty()).ok_or_else(|| {
            Error::new(format!(
                "expected integer value for the replica count of {:?}",
                replica.name
            ))
        })?;
        let name = replica.name.clone();
        all.insert(name.clone(), Replica { name, count });
    }
    kustomization.replicas = all.into_values().collect();
    Ok(())
}

fn add_labels(
    kustomization: &mut Kustomization,
    settings: &KustomizeSource,
    request: &Request<'_>,
) -> Result<(), Error> {
    if settings.label_include_templates && !settings.label_without_selector {
        return Err(Error::new(
            "cannot use labelIncludeTemplates without labelWithoutSelector",
        ));
    }
    if settings.common_labels.is_empty() {
        return Ok(());
    }
    let labels = settings.common_labels.iter();
    let labels: BTreeMap<String, String> = labels
        .map(|(key, value)| (key.clone(), expand(request, value)))
        .collect();
    if settings.label_without_selector {
        kustomization.labels.push(Label {
            pairs: labels,
            include_templates: settings.label_include_templates,
            ..Label::default()
        });
        return Ok(());
    }
    extend(
        &mut kustomization.common_labels,
        labels,
        settings.force_common_labels,
        "label",
    )
}

fn add_annotations(
    kustomization: &mut Kustomization,
    settings: &KustomizeSource,
    request: &Request<'_>,
) -> Result<(), Error> {
    let substituted = settings.common_annotations.iter().map(|(key, value)| {
        let value = if settings.common_annotations_envsubst {
            expand(request, value)
        } else {
            value.clone()
        };
        (key.clone(), value)
    });
    let annotations = substituted.collect();
    let force = settings.force_common_annotations;
    extend(
        &mut kustomization.common_annotations,
        annotations,
        force,
        "annotation",
    )
}

fn extend(
    known: &mut BTreeMap<String, String>,
    added: BTreeMap<String, String>,
    force: bool,
    what: &str,
) -> Result<(), Error> {
    for (key, value) in added {
        if known.contains_key(&key) && !force {
            return Err(Error::new(format!(
                "{what} {key} already in kustomization file"
            )));
        }
        known.insert(key, value);
    }
    Ok(())
}

fn patch(patch: &KustomizePatch) -> Patch {
    let target = patch.target.as_ref().map(|target| Selector {
        gvk: Gvk {
            group: target.group.clone(),
            version: target.version.clone(),
            kind: target.kind.clone(),
        },
        name: target.name.clone(),
        namespace: target.namespace.clone(),
        label_selector: target.label_selector.clone(),
        annotation_selector: target.annotation_selector.clone(),
    });
    Patch {
        path: patch.path.clone(),
        patch: patch.patch.clone(),
        target,
        options: patch.options.clone(),
    }
}

fn add_components(
    kustomization: &mut Kustomization,
    settings: &KustomizeSource,
    request: &Request<'_>,
) -> Result<(), Error> {
    for pattern in &settings.components {
        let found = matches(request, pattern)?;
        if found.is_empty() && !settings.ignore_missing_components {
            return Err(Error::new(format!(
                "component {pattern:?} matches nothing in the repository"
            )));
        }
        for component in found {
            if !kustomization.components.contains(&component) {
                kustomization.components.push(component);
            }
        }
    }
    Ok(())
}

/// The folders a pattern means, as seen from the application's own.
fn matches(request: &Request<'_>, pattern: &str) -> Result<Vec<String>, Error> {
    if !pattern.contains(['*', '?']) {
        let exists = request
            .path
            .join(pattern)
            .and_then(|path| request.tree.resolve(&path))
            .is_ok();
        return Ok(if exists {
            vec![pattern.to_owned()]
        } else {
            Vec::new()
        });
    }
    let mut found = vec![String::new()];
    for part in pattern.split('/').filter(|part| !matches!(*part, "" | ".")) {
        let mut next = Vec::new();
        for base in &found {
            expand_part(request, base, part, &mut next)?;
        }
        found = next;
    }
    Ok(found)
}

fn expand_part(
    request: &Request<'_>,
    base: &str,
    part: &str,
    found: &mut Vec<String>,
) -> Result<(), Error> {
    let joined = |name: &str| {
        if base.is_empty() {
            name.to_owned()
        } else {
            format!("{base}/{name}")
        }
    };
    if !part.contains(['*', '?']) {
        found.push(joined(part));
        return Ok(());
    }
    let folder: TreePath = request.path.join(base)?;
    let Ok(entries) = request.tree.folder(&folder) else {
        return Ok(());
    };
    for entry in entries {
        if entry.kind != EntryKind::File && is_match(part, &entry.name) {
            found.push(joined(&entry.name));
        }
    }
    Ok(())
}

/// Whether a name fits a pattern of `*` and `?`.
fn is_match(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    // Which starts of the name fit the pattern so far.
    let mut fits: Vec<bool> = (0..=name.len()).map(|length| length == 0).collect();
    for wanted in pattern {
        let before = fits.clone();
        for length in 0..=name.len() {
            let longer = length > 0 && before[length - 1];
            fits[length] = match wanted {
                '*' => before[length] || (length > 0 && fits[length - 1]),
                '?' => longer,
                letter => longer && name[length - 1] == letter,
            };
        }
    }
    fits[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str, &str, &str)>) {
        let read = image(text).ok();
        let parts = read.as_ref().map(|it| {
            (
                it.name.as_str(),
                it.new_name.as_str(),
                it.new_tag.as_str(),
                it.digest.as_str(),
            )
        });
        assert_eq!(parts, expected, "{text}");
    }

    #[test]
    fn images_come_in_six_forms() {
        check("nginx=web:2", Some(("nginx", "web", "2", "")));
        check(
            "nginx=localhost:5000/web",
            Some(("nginx", "localhost:5000/web", "", "")),
        );
        check(
            "nginx=web:2@sha256:ab",
            Some(("nginx", "web", "2", "sha256:ab")),
        );
        check("nginx:2", Some(("nginx", "", "2", "")));
        check("nginx@sha256:ab", Some(("nginx", "", "", "sha256:ab")));
        check("nginx=*:*", Some(("nginx", "*", "*", "")));
        check("nginx", None);
    }

    #[test]
    fn patterns_fit_whole_names() {
        assert!(is_match("a*c?", "abbcd"));
        assert!(!is_match("a*c", "abcd"));
    }
}
