//! The part of YAML that nearly every manifest is written in, read in one pass.
//!
//! Block maps and lists, plain and quoted scalars, literal and folded blocks, flow
//! collections and comments are in it. Anchors, aliases, tags, directives, explicit keys,
//! tabs that indent and whatever is wrong are not: such a text is [`Beyond`] the subset, and
//! the full parser decides what it means, or words the error. Where a text is in the
//! subset, both agree; the tests hold them to it.
//!
//! The nodes are built by the caller through [`Build`], so that no event is stored between.

mod block;
mod cursor;
mod flow;
mod literal;
mod plain;
mod quoted;

use std::borrow::Cow;

use self::block::Reader;
use super::rare;

/// What makes nodes of what is read.
pub trait Build<'a> {
    /// A finished node.
    type Node;
    /// A map under way.
    type Map: Default;

    /// Makes a leaf.
    ///
    /// # Errors
    ///
    /// When the leaf is for the full parser to judge.
    fn scalar(&mut self, scalar: Scalar<'a>) -> Result<Self::Node, Beyond>;

    /// Makes a list.
    ///
    /// # Errors
    ///
    /// When the list is for the full parser to judge.
    fn list(&mut self, items: Vec<Self::Node>) -> Result<Self::Node, Beyond>;

    /// Adds a key and its value to a map.
    ///
    /// # Errors
    ///
    /// When the key is for the full parser to judge.
    fn entry(
        &mut self,
        map: &mut Self::Map,
        key: Scalar<'a>,
        value: Self::Node,
    ) -> Result<(), Beyond>;

    /// Makes a map of its entries.
    ///
    /// # Errors
    ///
    /// When the map is for the full parser to judge.
    fn map(&mut self, map: Self::Map) -> Result<Self::Node, Beyond>;
}

/// A leaf or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar<'a> {
    /// The text, escapes resolved and lines folded.
    pub text: Cow<'a, str>,
    /// Whether it stands without quotes and is no block, so that its text decides what it is.
    pub is_plain: bool,
    /// The line it starts at, from 1.
    pub line: u32,
}

/// The text is not in the subset: it uses more of YAML, or is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond;

/// How deep collections may nest in the subset; they are read by recursion.
const DEPTH: usize = 64;

/// Reads the first document of `text`; `None` where there is none.
///
/// Collections nested deeper than `depth` are beyond the subset.
///
/// # Errors
///
/// When the text is not in the subset, or `build` refuses a part of it.
pub fn read<'a, B: Build<'a>>(
    text: &'a str,
    depth: usize,
    build: &mut B,
) -> Result<Option<B::Node>, Beyond> {
    if has_rare_characters(text.as_bytes()) {
        return Err(Beyond);
    }
    Reader::new(text, depth.min(DEPTH), build).document()
}

/// Whether a text holds characters that parsers disagree about, or that end lines in
/// YAML 1.1 alone.
fn has_rare_characters(bytes: &[u8]) -> bool {
    let suspect = |byte: u8| {
        byte < 0x20 && byte != b'\n' && byte != b'\t' || matches!(byte, 0x7f | 0xc2 | 0xe2 | 0xef)
    };
    let is_rare = |at: usize| match (bytes[at], bytes.get(at + 1), bytes.get(at + 2)) {
        // C1 controls, NEL among them.
        (0xc2, Some(next), _) => *next < 0xa0,
        // Line and paragraph separators.
        (0xe2, Some(0x80), Some(last)) => matches!(last, 0xa8 | 0xa9),
        (0xe2, ..) => false,
        // Byte order marks and noncharacters.
        (0xef, Some(next), _) => matches!(next, 0xb7 | 0xbb | 0xbf),
        _ => true,
    };
    rare::find(bytes, suspect, is_rare).is_some()
}
