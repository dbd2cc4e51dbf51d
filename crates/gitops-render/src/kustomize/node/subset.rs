//! Trees from the subset of YAML that is read in one pass.

use gitops_core::yaml::subset::{self, Beyond, Build};

use super::{Map, Node, Scalar, Tag};
use crate::kustomize::limits::Limits;

/// The tree of a document, without a word on what is wrong: the full parser has those.
pub(super) fn read(
    text: &str,
    limits: &Limits,
    budget: &mut usize,
) -> Result<Option<Node>, Beyond> {
    let mut nodes = Nodes { budget: *budget };
    let node = subset::read(text, limits.depth, &mut nodes)?;
    *budget = nodes.budget;
    Ok(node)
}

struct Nodes {
    budget: usize,
}

impl Nodes {
    fn spend(&mut self, nodes: usize) -> Result<(), Beyond> {
        self.budget = self.budget.checked_sub(nodes).ok_or(Beyond)?;
        Ok(())
    }

    fn leaf(&mut self, scalar: subset::Scalar<'_>) -> Result<Scalar, Beyond> {
        self.spend(1)?;
        let tag = if scalar.is_plain && scalar.text != "<<" {
            Tag::of(&scalar.text)
        } else {
            Tag::Text
        };
        Ok(Scalar {
            text: scalar.text.into_owned(),
            tag,
            quoted: !scalar.is_plain,
            explicit: false,
            line: scalar.line,
            untagged: false,
            link: 0,
        })
    }
}

impl<'a> Build<'a> for Nodes {
    type Node = Node;
    type Map = Map;

    fn scalar(&mut self, scalar: subset::Scalar<'a>) -> Result<Node, Beyond> {
        self.leaf(scalar).map(Node::Scalar)
    }

    fn list(&mut self, items: Vec<Node>) -> Result<Node, Beyond> {
        self.spend(2)?;
        Ok(Node::List(items))
    }

    fn entry(&mut self, map: &mut Map, key: subset::Scalar<'a>, value: Node) -> Result<(), Beyond> {
        if key.is_plain && key.text == "<<" {
            return Err(Beyond);
        }
        let key = self.leaf(key)?;
        map.0.push((key, value));
        Ok(())
    }

    fn map(&mut self, map: Map) -> Result<Node, Beyond> {
        self.spend(2)?;
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    use super::super::read::read_fully;
    use super::*;

    /// Whether the text is in the subset; what it reads then is what the full parser reads.
    #[track_caller]
    fn is_read_alike(text: &str) -> bool {
        let limits = Limits::default();
        let (mut quick, mut full) = (limits.nodes, limits.nodes);
        let Ok(node) = read(text, &limits, &mut quick) else {
            return false;
        };
        assert_eq!(
            Ok(node),
            read_fully(text, &limits, &mut full),
            "{text}\n{text:?}"
        );
        assert_eq!(quick, full, "{text}");
        true
    }

    fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                yaml_files(&path, files);
            } else if path.extension().is_some_and(|it| it == "yaml") {
                files.push(path);
            }
        }
    }

    #[test]
    fn real_files_are_read_alike() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
        if !folder.is_dir() {
            eprintln!("skipped: ../shared/data is missing");
            return;
        }
        let mut files = Vec::new();
        yaml_files(&folder.join("kustomize"), &mut files);
        yaml_files(&folder.join("kustomize-real"), &mut files);
        let (mut all, mut quick) = (0, 0);
        for file in files {
            let text = std::fs::read_to_string(&file).expect("text");
            for part in text.split_inclusive("\n---\n") {
                let part = part.trim_end_matches("---\n");
                all += 1;
                quick += usize::from(is_read_alike(part));
            }
        }
        eprintln!("{quick} of {all} documents are in the subset");
        assert!(quick * 10 > all * 9, "{quick} of {all}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_alike(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "\n", "\n  ", "\n    ", "- ", "-", "a", "a: ", "b:", "'", "\"", "#", " # c", "|", ">-",
                "[", "]", "{", "}", ", ", "1", "~", "<<: ", "x y", "---\n", "key: value", "\\n", " ",
            ]), 1..20)
        ) {
            is_read_alike(&pieces.concat());
        }
    }
}
