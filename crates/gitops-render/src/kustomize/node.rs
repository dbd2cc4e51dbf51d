//! YAML as Kustomize works on it: text, tag and quoting of every scalar are kept.
//!
//! What a scalar means is decided when a tree is turned into JSON, because patches and
//! replacements change the text and leave tag or quoting of the field they write to.

mod read;
mod subset;
mod value;
mod write;

use gitops_core::yaml::{self, Dialect};

pub(crate) use read::documents;
pub use value::Error;
pub(crate) use value::{number_text, whole};

/// A node of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A leaf.
    Scalar(Scalar),
    /// Nodes one after the other.
    List(Vec<Node>),
    /// Keys with a node each.
    Map(Map),
}

/// The text of a leaf with what decides its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text, escapes resolved.
    pub text: String,
    /// What the text is, or is said to be.
    pub tag: Tag,
    /// Whether the text is quoted or a block, which makes it a string whatever it looks like.
    pub quoted: bool,
    /// Whether the tag was written out; it then counts in spite of quotes.
    pub explicit: bool,
    /// The line it was read from, from 1; 0 for what was made.
    pub line: u32,
    /// Whether there is no tag: the text decides what it is, also after it has been changed.
    pub(crate) untagged: bool,
    /// Marks fields of one object that are written together; 0 for fields that stand alone.
    pub(crate) link: u32,
}

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Null.
    Null,
    /// A truth value.
    Bool,
    /// An integer.
    Integer,
    /// A float.
    Float,
    /// A date, with or without a time.
    Timestamp,
    /// Text.
    Text,
}

/// Keys and their nodes, in the order they were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map(pub(crate) Vec<(Scalar, Node)>);

impl Scalar {
    /// Text that stays text: quoted, where YAML 1.1 would take it for something else.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            quoted: !text.is_empty()
                && yaml::resolve(&text, Dialect::Kubernetes) != yaml::Scalar::Text,
            ..Self::bare(text)
        }
    }

    /// Text without quotes.
    fn bare(text: String) -> Self {
        Self {
            text,
            tag: Tag::Text,
            quoted: false,
            explicit: false,
            line: 0,
            untagged: false,
            link: 0,
        }
    }

    /// Writes over the text alone: tag, where there is one, and quotes stay.
    pub(crate) fn replace_text(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        if self.untagged {
            self.tag = self.implied_tag();
        }
    }

    /// What text without a tag is.
    pub(crate) fn implied_tag(&self) -> Tag {
        if self.quoted {
            Tag::Text
        } else {
            Tag::of(&self.text)
        }
    }

    /// Text that means what it means when it stands unquoted.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            tag: Tag::of(&text),
            ..Self::bare(text)
        }
    }
}

impl Node {
    /// Text that stays text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::text(text))
    }

    /// Text that means what it means when it stands unquoted.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::plain(text))
    }

    /// Null.
    pub fn null() -> Self {
        Self::plain("null")
    }

    /// An empty map.
    pub fn map() -> Self {
        Self::Map(Map::default())
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(Scalar { tag: Tag::Null, .. }))
    }

    /// Whether this is null, or an empty map or list.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Scalar(_) => self.is_null(),
            Self::List(list) => list.is_empty(),
            Self::Map(map) => map.0.is_empty(),
        }
    }

    /// The text of a scalar.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The map, where this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The map, where this is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, where this is one.
    pub fn as_list(&self) -> Option<&[Node]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The node under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// The node under a key of a map.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.as_map_mut()?.get_mut(key)
    }

    /// The node at the end of a way through maps.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// What kind of node this is, as messages name it.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "ScalarNode",
            Self::List(_) => "SequenceNode",
            Self::Map(_) => "MappingNode",
        }
    }

    /// Calls `visit` with every scalar that is no key.
    pub(crate) fn scalars(&mut self, visit: &mut dyn FnMut(&mut Scalar)) {
        match self {
            Self::Scalar(scalar) => visit(scalar),
            Self::List(list) => list.iter_mut().for_each(|item| item.scalars(visit)),
            Self::Map(map) => map.iter_mut().for_each(|(_, item)| item.scalars(visit)),
        }
    }

    /// Makes all fields stand alone.
    pub(crate) fn unlink(&mut self) {
        self.scalars(&mut |scalar| scalar.link = 0);
    }

    /// Writes text over a scalar, whose quotes stay: without any, the text means what it looks like.
    /// Anything else is replaced.
    pub fn set_text(&mut self, text: &str) {
        self.set_string(text);
        if let Self::Scalar(scalar) = self {
            scalar.untagged = true;
            scalar.tag = scalar.implied_tag();
        }
    }

    /// Writes text that stays text over a scalar, whose quotes stay. Anything else is replaced.
    pub fn set_string(&mut self, text: &str) {
        let new = match self {
            Self::Scalar(old) => Scalar {
                quoted: old.quoted,
                link: old.link,
                ..Scalar::bare(text.to_owned())
            },
            _ => Scalar::text(text),
        };
        *self = Self::Scalar(new);
    }
}

impl Map {
    /// The node under `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let entry = self.0.iter().find(|(name, _)| name.text == key);
        entry.map(|(_, node)| node)
    }

    /// The node under `key`.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let entry = self.0.iter_mut().find(|(name, _)| name.text == key);
        entry.map(|(_, node)| node)
    }

    /// Puts a node under `key`, in the place of a former one.
    pub fn set(&mut self, key: &str, node: Node) {
        match self.get_mut(key) {
            Some(former) => *former = node,
            None => self.0.push((Scalar::text(key), node)),
        }
    }

    /// The node under `key`, made by `node` where there is none.
    pub fn get_or_insert(&mut self, key: &str, node: impl FnOnce() -> Node) -> &mut Node {
        let known = self.0.iter().position(|(name, _)| name.text == key);
        let at = known.unwrap_or_else(|| {
            self.0.push((Scalar::text(key), node()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    /// Writes text under `key`; the quotes of a former scalar stay.
    pub fn set_text(&mut self, key: &str, text: &str) {
        match self.get_mut(key) {
            Some(former) => former.set_text(text),
            None => self.0.push((Scalar::text(key), Node::text(text))),
        }
    }

    /// Takes the node under `key` away.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.0.iter().position(|(name, _)| name.text == key)?;
        Some(self.0.remove(at).1)
    }

    /// Keys and nodes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(key, node)| (key.text.as_str(), node))
    }

    /// Nodes with their keys, in order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Node)> {
        self.0
            .iter_mut()
            .map(|(key, node)| (key.text.as_str(), node))
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
