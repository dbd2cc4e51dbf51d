//! Which resources a selector means.

use super::kustomization::Selector;
use super::node::Node;
use super::pattern::Pattern;
use super::resource::Resource;

/// A patch target: every part is a regular expression for the whole text.
pub(crate) struct Target {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: Requirements,
    annotations: Requirements,
}

impl Target {
    pub(crate) fn new(selector: &Selector) -> Result<Self, String> {
        Ok(Self {
            group: anchored(&selector.gvk.group)?,
            version: anchored(&selector.gvk.version)?,
            kind: anchored(&selector.gvk.kind)?,
            name: anchored(&selector.name)?,
            namespace: anchored(&selector.namespace)?,
            labels: Requirements::parse(&selector.label_selector)?,
            annotations: Requirements::parse(&selector.annotation_selector)?,
        })
    }

    /// Whether a resource is meant; name and namespace may be the first or the current ones.
    pub(crate) fn matches(&self, resource: &Resource) -> bool {
        let fits = |pattern: &Option<Pattern>, text: &str| {
            pattern
                .as_ref()
                .is_none_or(|pattern| pattern.fits_whole(text))
        };
        // The cheapest look first: most patches are for one kind.
        if !fits(&self.kind, resource.kind()) {
            return false;
        }
        let (current, original) = (resource.id(), resource.original_id());
        let both =
            |pattern: &Option<Pattern>, a: &str, b: &str| fits(pattern, a) || fits(pattern, b);
        both(
            &self.namespace,
            original.effective_namespace(),
            current.effective_namespace(),
        ) && both(&self.name, &original.name, &current.name)
            && fits(&self.group, &current.gvk.group)
            && fits(&self.version, &current.gvk.version)
            && self.labels.match_resource(resource, "labels")
            && self.annotations.match_resource(resource, "annotations")
    }
}

fn anchored(pattern: &str) -> Result<Option<Pattern>, String> {
    if pattern.is_empty() {
        return Ok(None);
    }
    Pattern::whole(pattern).map(Some)
}

/// A label selector: requirements that all hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requirements(Vec<Requirement>);

#[derive(Clone, Debug)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
}

impl Requirements {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim();
        let mut requirements = Vec::new();
        while !rest.is_empty() {
            let end = end_of_requirement(rest);
            requirements.push(Requirement::parse(rest[..end].trim())?);
            rest = rest[end..].trim_start_matches(',').trim();
        }
        Ok(Self(requirements))
    }

    pub(crate) fn match_resource(&self, resource: &Resource, field: &str) -> bool {
        self.0.iter().all(|requirement| {
            let mut entries = resource.entries(field);
            let value = entries.find(|(key, _)| *key == requirement.key);
            let value = value.map(|(_, value)| value.as_text().unwrap_or_default());
            match (&requirement.test, value) {
                (Test::Exists, value) => value.is_some(),
                (Test::Absent, value) => value.is_none(),
                (Test::In(wanted), value) => value.is_some_and(|it| wanted.iter().any(|w| w == it)),
                (Test::NotIn(unwanted), value) => {
                    value.is_none_or(|it| unwanted.iter().all(|w| w != it))
                }
            }
        })
    }
}

/// Where a comma ends a requirement, commas in parentheses left out.
fn end_of_requirement(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

impl Requirement {
    fn parse(text: &str) -> Result<Self, String> {
        let pair = |(key, value): (&str, &str), equal: bool| {
            let values = vec![value.trim().to_owned()];
            let test = if equal {
                Test::In(values)
            } else {
                Test::NotIn(values)
            };
            Ok((key.trim().to_owned(), test))
        };
        let (key, test) = if let Some(key) = text.strip_prefix('!') {
            Ok::<_, String>((key.trim().to_owned(), Test::Absent))
        } else if let Some(parts) = text.split_once("!=") {
            pair(parts, false)
        } else if let Some(parts) = text.split_once("==") {
            pair(parts, true)
        } else if let Some(parts) = text.split_once('=') {
            pair(parts, true)
        } else {
            Self::set(text)
        }?;
        if key.is_empty() || key.contains([' ', '(', ')']) {
            return Err(format!("unable to parse requirement: {text:?}"));
        }
        Ok(Self { key, test })
    }

    /// `key`, `key in (a, b)` or `key notin (a, b)`.
    fn set(text: &str) -> Result<(String, Test), String> {
        let Some((key, rest)) = text.split_once(char::is_whitespace) else {
            return Ok((text.to_owned(), Test::Exists));
        };
        let rest = rest.trim();
        let (word, values) = rest.split_once('(').unwrap_or((rest, ""));
        let values = values.trim_end().strip_suffix(')');
        let values = values.ok_or_else(|| format!("unable to parse requirement: {text:?}"))?;
        let values = values
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        match word.trim() {
            "in" => Ok((key.to_owned(), Test::In(values))),
            "notin" => Ok((key.to_owned(), Test::NotIn(values))),
            _ => Err(format!("unable to parse requirement: {text:?}")),
        }
    }
}

/// Whether an id is one of those a replacement's selector means: parts are compared for equality.
pub(crate) fn selects(selector: &Selector, id: &super::id::ResId) -> bool {
    // Whether kinds are cluster scoped plays no part here.
    fn or_default(namespace: &str) -> &str {
        if namespace.is_empty() {
            "default"
        } else {
            namespace
        }
    }
    (selector.name.is_empty() || selector.name == id.name)
        && (selector.namespace.is_empty()
            || or_default(&selector.namespace) == or_default(&id.namespace))
        && id.gvk.is_selected(&selector.gvk)
}

/// Labels and annotations of a resource against a selector's own texts.
pub(crate) fn matches_entries(selector: &Selector, resource: &Resource) -> Result<bool, String> {
    let labels = Requirements::parse(&selector.label_selector)?;
    let annotations = Requirements::parse(&selector.annotation_selector)?;
    Ok(labels.match_resource(resource, "labels")
        && annotations.match_resource(resource, "annotations"))
}

/// Text of a scalar node, for messages.
pub(crate) fn shown(node: &Node) -> &str {
    node.as_text().unwrap_or_default()
}
