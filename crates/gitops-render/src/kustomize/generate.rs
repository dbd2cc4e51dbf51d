//! ConfigMaps and Secrets from literals and files.

pub mod hash;
mod pairs;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gitops_core::{Tree, TreePath};

use super::Error;
use super::kustomization::{GeneratorArgs, GeneratorOptions};
use super::limits::Limits;
use super::load::{LoadRestrictor, Loader};
use super::node::{Map, Node, Scalar};
use super::resource::{Behavior, Resource};

/// Makes a ConfigMap of literals and of files below a folder; its name carries no [`hash`] yet.
///
/// ```
/// use gitops_core::TreePath;
/// use gitops_render::kustomize::{generate, kustomization::GeneratorArgs};
/// use gitops_render::memory::MemoryTree;
///
/// let tree = MemoryTree::new().with_file("motd.txt", "hello")?;
/// let args = GeneratorArgs {
///     name: "motd".into(),
///     files: vec!["motd.txt".into()],
///     ..GeneratorArgs::default()
/// };
/// let map = generate::config_map(&args, &tree, &TreePath::root())?;
/// assert_eq!(map.to_value()?["data"]["motd.txt"], "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When a file is missing or outside the folder, a literal has no key, or a key stands twice.
pub fn config_map(args: &GeneratorArgs, tree: &dyn Tree, folder: &TreePath) -> Result<Node, Error> {
    alone(Kind::ConfigMap, args, tree, folder)
}

/// Makes a Secret of literals and of files below a folder, as [`config_map`] does.
///
/// # Errors
///
/// As [`config_map`].
pub fn secret(args: &GeneratorArgs, tree: &dyn Tree, folder: &TreePath) -> Result<Node, Error> {
    alone(Kind::Secret, args, tree, folder)
}

fn alone(
    kind: Kind,
    args: &GeneratorArgs,
    tree: &dyn Tree,
    folder: &TreePath,
) -> Result<Node, Error> {
    let loader = Loader::new(tree, folder, LoadRestrictor::RootOnly)?;
    generate(kind, args, None, &loader, &Limits::default()).map(|resource| resource.node)
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ConfigMap,
    Secret,
}

/// Makes an object; the layer's options are added to the generator's own.
pub(crate) fn generate(
    kind: Kind,
    args: &GeneratorArgs,
    common: Option<&GeneratorOptions>,
    loader: &Loader<'_>,
    limits: &Limits,
) -> Result<Resource, Error> {
    if args.name.is_empty() {
        return Err(Error::new("a configmap must have a name"));
    }
    let options = merged(args.options.as_ref(), common);
    let data = pairs::collect(args, loader, limits)?;
    let mut object = Map::default();
    object.set("apiVersion", Node::text("v1"));
    object.set(
        "kind",
        Node::text(if kind == Kind::Secret {
            "Secret"
        } else {
            "ConfigMap"
        }),
    );
    object.set("metadata", Node::Map(metadata(args, &options)));
    match kind {
        Kind::ConfigMap => set_data(&mut object, data),
        Kind::Secret => {
            let kind = if args.secret_type.is_empty() {
                "Opaque"
            } else {
                &args.secret_type
            };
            object.set("type", Node::text(kind));
            let data = data
                .into_iter()
                .map(|(key, bytes)| (key, base64_lines(&bytes)));
            object.set("data", data_map(data));
        }
    }
    if options.immutable {
        object.set("immutable", Node::plain("true"));
    }
    let mut resource = Resource::new(Node::Map(object));
    resource.is_generated = true;
    resource.behavior = Behavior::new(&args.behavior);
    resource.needs_hash = !options.disable_name_suffix_hash;
    Ok(resource)
}

/// The generator's own keys win; a switch is on when either side has it on.
fn merged(own: Option<&GeneratorOptions>, common: Option<&GeneratorOptions>) -> GeneratorOptions {
    let mut merged = own.cloned().unwrap_or_default();
    if let Some(common) = common {
        let fill = |own: &mut BTreeMap<String, String>, common: &BTreeMap<String, String>| {
            for (key, value) in common {
                own.entry(key.clone()).or_insert_with(|| value.clone());
            }
        };
        fill(&mut merged.labels, &common.labels);
        fill(&mut merged.annotations, &common.annotations);
        merged.disable_name_suffix_hash |= common.disable_name_suffix_hash;
        merged.immutable |= common.immutable;
    }
    merged
}

fn metadata(args: &GeneratorArgs, options: &GeneratorOptions) -> Map {
    let mut metadata = Map::default();
    metadata.set("name", Node::text(args.name.as_str()));
    if !args.namespace.is_empty() {
        metadata.set("namespace", Node::text(args.namespace.as_str()));
    }
    for (field, entries) in [
        ("labels", &options.labels),
        ("annotations", &options.annotations),
    ] {
        if !entries.is_empty() {
            metadata.set(field, text_map(entries.clone()));
        }
    }
    metadata
}

fn text_map(entries: impl IntoIterator<Item = (String, String)>) -> Node {
    let mut map = Map::default();
    for (key, text) in entries {
        map.set(&key, Node::text(text));
    }
    Node::Map(map)
}

/// Data whose keys stand unquoted, so that one that is no text fails as it does in the reference.
pub(super) fn data_map(entries: impl IntoIterator<Item = (String, String)>) -> Node {
    let entries = entries.into_iter();
    Node::Map(Map(entries
        .map(|(key, text)| {
            let mut value = Scalar::text(text);
            value.quoted |= value.text.contains('\n');
            (Scalar::plain(key), Node::Scalar(value))
        })
        .collect()))
}

/// Text goes to `data`, everything else to `binaryData`.
fn set_data(object: &mut Map, data: BTreeMap<String, Vec<u8>>) {
    let (mut texts, mut binaries) = (BTreeMap::new(), BTreeMap::new());
    for (key, bytes) in data {
        match String::from_utf8(bytes) {
            Ok(text) => drop(texts.insert(key, text)),
            Err(error) => drop(binaries.insert(key, base64_lines(error.as_bytes()))),
        }
    }
    if !texts.is_empty() {
        object.set("data", data_map(texts));
    }
    if !binaries.is_empty() {
        object.set("binaryData", data_map(binaries));
    }
}

/// Base64; 70 characters and more are broken into lines, each of which ends in a newline.
fn base64_lines(bytes: &[u8]) -> String {
    const WIDTH: usize = 70;
    let encoded = STANDARD.encode(bytes);
    if encoded.len() < WIDTH {
        return encoded;
    }
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / WIDTH + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(WIDTH.min(rest.len()));
        lines.push_str(line);
        lines.push('\n');
        rest = after;
    }
    lines
}
