//! Names, tags and digests of images.

use crate::kustomize::field::FieldSpec;
use crate::kustomize::kustomization::Image;
use crate::kustomize::node::Node;
use crate::kustomize::pattern::Pattern;
use crate::kustomize::resource::Resource;

/// Changes the images an entry names, in containers anywhere and in the fields of `specs`.
///
/// Both ways are gone one after the other, so a field both reach is changed twice, which shows with
/// a tag suffix.
pub(crate) fn set(
    resources: &mut [Resource],
    image: &Image,
    specs: &[FieldSpec],
) -> Result<(), String> {
    let pattern = Pattern::new(&image.name, |name| {
        format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$")
    })?;
    for resource in resources {
        if resource.kind() == "CustomResourceDefinition" {
            continue;
        }
        containers(&mut resource.node, &pattern, image)?;
        for spec in specs {
            spec.apply(&mut resource.node, None, &mut |node| {
                rename(node, &pattern, image)
            })?;
        }
    }
    Ok(())
}

/// Whether a text is a tag and a digest, either of which may be absent.
fn is_version(text: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.{}-".contains(byte);
    let length = |text: &str| text.bytes().take_while(|byte| is_part(byte)).count();
    let rest = text
        .strip_prefix(':')
        .map_or(text, |tag| &tag[length(tag)..]);
    let rest = rest
        .strip_prefix("@sha256:")
        .map_or(rest, |digest| &digest[length(digest)..]);
    rest.is_empty()
}

/// Every element of any `containers` and `initContainers` list.
fn containers(node: &mut Node, pattern: &Pattern, image: &Image) -> Result<(), String> {
    match node {
        Node::Scalar(_) => Ok(()),
        Node::List(list) => list
            .iter_mut()
            .try_for_each(|item| containers(item, pattern, image)),
        Node::Map(map) => {
            for name in ["containers", "initContainers"] {
                let Some(Node::List(list)) = map.get_mut(name) else {
                    continue;
                };
                for item in list {
                    if let Some(field) = item.get_mut("image") {
                        rename(field, pattern, image)?;
                    }
                }
            }
            map.iter_mut()
                .try_for_each(|(_, item)| containers(item, pattern, image))
        }
    }
}

fn rename(node: &mut Node, pattern: &Pattern, image: &Image) -> Result<(), String> {
    if node.is_null() {
        return Ok(());
    }
    let found = node.kind_name();
    let Some(text) = node.as_text() else {
        return Err(format!(
            "wrong node kind: expected ScalarNode but got {found}"
        ));
    };
    if pattern.fits(text, is_version) {
        let renamed = changed(text, image);
        node.set_text(&renamed);
    }
    Ok(())
}

fn changed(text: &str, image: &Image) -> String {
    let (name, tag, digest) = split(text);
    let name = if image.new_name.is_empty() {
        name
    } else {
        &image.new_name
    };
    let tagged = |tag: &str, digest: &str| {
        let tag = if tag.is_empty() {
            String::new()
        } else {
            format!(":{tag}")
        };
        let digest = if digest.is_empty() {
            String::new()
        } else {
            format!("@{digest}")
        };
        format!("{name}{tag}{digest}")
    };
    match (
        image.new_tag.as_str(),
        image.digest.as_str(),
        image.tag_suffix.as_str(),
    ) {
        ("", "", "") => tagged(tag, digest),
        ("", "", suffix) => tagged(&format!("{tag}{suffix}"), ""),
        (new_tag, new_digest, _) => tagged(new_tag, new_digest),
    }
}

/// Name, tag and digest; a colon before the first slash belongs to the registry's port.
fn split(text: &str) -> (&str, &str, &str) {
    let (text, digest) = text.split_once('@').unwrap_or((text, ""));
    let start = text.find('/').map_or(0, |slash| slash + 1);
    match text[start..].find(':') {
        Some(colon) => (&text[..start + colon], &text[start + colon + 1..], digest),
        None => (text, "", digest),
    }
}
