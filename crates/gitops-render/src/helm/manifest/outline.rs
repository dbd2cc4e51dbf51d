//! The head of a document in common YAML, read without making values of the rest.

use std::borrow::Cow;

use gitops_core::yaml::subset::{self, Beyond, Build, Scalar};
use gitops_core::yaml::{self, Options};

use super::head::Head;

/// The head of a document; whatever is unusual or wrong is left to others.
pub(super) fn head(text: &str, options: &Options) -> Result<Head, Beyond> {
    if text.len() > options.bytes {
        return Err(Beyond);
    }
    let mut outline = Outline {
        options,
        left: options.nodes,
    };
    let top = match subset::read(text, options.depth, &mut outline)? {
        None | Some(Node::Null) => return Ok(Head::default()),
        Some(Node::Map(top)) => top,
        Some(_) => return Err(Beyond),
    };
    let kind = top.text(Field::Kind)?.unwrap_or_default();
    top.text(Field::ApiVersion)?;
    let hook = match top.get(Field::Metadata) {
        None | Some(Node::Null) => None,
        Some(Node::Map(metadata)) => hook(metadata)?,
        Some(_) => return Err(Beyond),
    };
    Ok(Head { kind, hook })
}

fn hook(metadata: &Fields<'_>) -> Result<Option<String>, Beyond> {
    metadata.text(Field::Name)?;
    match metadata.get(Field::Annotations) {
        None | Some(Node::Null) => Ok(None),
        Some(Node::Map(annotations)) if annotations.is_flat => annotations.text(Field::Hook),
        Some(_) => Err(Beyond),
    }
}

/// The fields that a head consists of, wherever they stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    ApiVersion,
    Kind,
    Metadata,
    Name,
    Annotations,
    Hook,
}

impl Field {
    fn of(key: &str) -> Option<Self> {
        Some(match key {
            "apiVersion" => Self::ApiVersion,
            "kind" => Self::Kind,
            "metadata" => Self::Metadata,
            "name" => Self::Name,
            "annotations" => Self::Annotations,
            "helm.sh/hook" => Self::Hook,
            _ => return None,
        })
    }
}

/// What is kept of a node.
enum Node<'a> {
    Null,
    Text(Cow<'a, str>),
    /// A truth value or a number.
    Scalar,
    List,
    Map(Fields<'a>),
}

/// What is kept of a map.
struct Fields<'a> {
    known: Vec<(Field, Node<'a>)>,
    /// Whether all values are scalars.
    is_flat: bool,
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            is_flat: true,
        }
    }
}

impl<'a> Fields<'a> {
    /// The value of a field; the last one where there are several.
    fn get(&self, field: Field) -> Option<&Node<'a>> {
        let mut known = self.known.iter().rev();
        known
            .find(|(known, _)| *known == field)
            .map(|(_, node)| node)
    }

    /// The text of a field; null counts as empty text.
    fn text(&self, field: Field) -> Result<Option<String>, Beyond> {
        match self.get(field) {
            None => Ok(None),
            Some(Node::Null) => Ok(Some(String::new())),
            Some(Node::Text(text)) => Ok(Some(text.clone().into_owned())),
            Some(_) => Err(Beyond),
        }
    }
}

/// Reads nodes, as many as the options allow.
struct Outline<'o> {
    options: &'o Options,
    left: usize,
}

impl Outline<'_> {
    fn take(&mut self) -> Result<(), Beyond> {
        self.left = self.left.checked_sub(1).ok_or(Beyond)?;
        Ok(())
    }
}

impl<'a> Build<'a> for Outline<'_> {
    type Node = Node<'a>;
    type Map = Fields<'a>;

    fn scalar(&mut self, scalar: Scalar<'a>) -> Result<Node<'a>, Beyond> {
        self.take()?;
        if !scalar.is_plain {
            return Ok(Node::Text(scalar.text));
        }
        match yaml::resolve(&scalar.text, self.options.dialect) {
            yaml::Scalar::Null => Ok(Node::Null),
            yaml::Scalar::Text => Ok(Node::Text(scalar.text)),
            yaml::Scalar::Bool(_) | yaml::Scalar::Integer(_) => Ok(Node::Scalar),
            yaml::Scalar::Float(float) if float.is_finite() => Ok(Node::Scalar),
            _ => Err(Beyond),
        }
    }

    fn list(&mut self, _: Vec<Node<'a>>) -> Result<Node<'a>, Beyond> {
        self.take()?;
        Ok(Node::List)
    }

    fn entry(
        &mut self,
        map: &mut Fields<'a>,
        key: Scalar<'a>,
        value: Node<'a>,
    ) -> Result<(), Beyond> {
        self.take()?;
        if key.is_plain {
            let meaning = yaml::resolve(&key.text, self.options.dialect);
            if key.text == "<<" || meaning != yaml::Scalar::Text {
                return Err(Beyond);
            }
        }
        map.is_flat &= !matches!(value, Node::List | Node::Map(_));
        if let Some(field) = Field::of(&key.text) {
            map.known.push((field, value));
        }
        Ok(())
    }

    fn map(&mut self, map: Fields<'a>) -> Result<Node<'a>, Beyond> {
        self.take()?;
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Option<String>), Beyond> {
        let options = Options::default().dialect(yaml::Dialect::Helm);
        head(text, &options).map(|head| (head.kind, head.hook))
    }

    #[track_caller]
    fn check(text: &str, kind: &str, hook: Option<&str>) {
        assert_eq!(
            read(text),
            Ok((kind.into(), hook.map(Into::into))),
            "{text}"
        );
    }

    #[test]
    fn heads_are_read_wherever_their_fields_stand() {
        check("", "", None);
        check("# nothing\n", "", None);
        check("spec: {kind: A, metadata: [b]}\nkind: \"B\"\n", "B", None);
        check("kind: A\nkind: B\nmetadata:\n", "B", None);
        let hook = "metadata:\n  name: a\n  annotations:\n    a: 1\n    helm.sh/hook: test\n";
        check(hook, "", Some("test"));
        check(
            "metadata:\n  annotations:\n    helm.sh/hook:\n",
            "",
            Some(""),
        );
    }

    #[test]
    fn what_is_unusual_is_left_to_others() {
        for text in [
            "- a",
            "kind: 1",
            "kind: [a]",
            "apiVersion: {a: b}",
            "metadata: a",
            "metadata: {name: []}",
            "metadata: {annotations: {a: []}}",
            "metadata: {annotations: {helm.sh/hook: true}}",
            "a: &b c",
            "1: a",
            "a: .nan",
            "a: {",
        ] {
            assert_eq!(read(text), Err(Beyond), "{text}");
        }
    }
}
