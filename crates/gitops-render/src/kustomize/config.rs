//! Which fields the transformers work on.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Deserialize;

use super::field::{self, FieldSpec};
use super::id::Gvk;
use super::order;

/// The fields each transformer works on: built in, configured, and from CRD schemas.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Config {
    /// Fields that get a name prefix.
    pub(crate) name_prefix: Vec<FieldSpec>,
    /// Fields that get a name suffix.
    pub(crate) name_suffix: Vec<FieldSpec>,
    /// Fields that get a namespace, beside `metadata.namespace`.
    pub(crate) namespace: Vec<FieldSpec>,
    /// Maps that get common labels, selectors among them.
    pub(crate) common_labels: Vec<FieldSpec>,
    /// Maps that get the labels of `labels` entries.
    pub(crate) labels: Vec<FieldSpec>,
    /// Maps of pod templates that get labels without selectors.
    pub(crate) template_labels: Vec<FieldSpec>,
    /// Maps that get common annotations.
    pub(crate) common_annotations: Vec<FieldSpec>,
    /// Fields that name other objects.
    pub(crate) name_reference: Vec<NameReference>,
    /// Fields in which `$(NAME)` is replaced.
    pub(crate) var_reference: Vec<FieldSpec>,
    /// Fields that name an image.
    pub(crate) images: Vec<FieldSpec>,
    /// Fields that count replicas.
    pub(crate) replicas: Vec<FieldSpec>,
    /// What merging is known to change nothing.
    #[serde(skip)]
    settled: Settled,
}

/// Whether a configuration stays the same, merged into nothing, and with what is built in merged
/// into it.
#[derive(Clone, Copy, Debug, Default)]
struct Settled {
    alone: bool,
    with_built_in: bool,
}

/// Fields that name an object of some kind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct NameReference {
    /// The kind that is named.
    #[serde(flatten)]
    pub(crate) target: Gvk,
    /// The fields that name it.
    pub(crate) field_specs: Vec<FieldSpec>,
}

impl Config {
    /// What holds without any configuration.
    pub(crate) fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Config> = LazyLock::new(Config::from_table);
        &BUILT_IN
    }

    fn from_table() -> Self {
        let mut config = Self::default();
        for row in include_str!("tables/fieldspecs.tsv").lines().skip(1) {
            let columns: Vec<&str> = row.split('\t').collect();
            let [
                list,
                group,
                version,
                kind,
                path,
                of_group,
                of_version,
                of_kind,
                create,
            ] = columns[..]
            else {
                continue;
            };
            let gvk = |group: &str, version: &str, kind: &str| Gvk {
                group: group.into(),
                version: version.into(),
                kind: kind.into(),
            };
            let spec = FieldSpec {
                gvk: gvk(of_group, of_version, of_kind),
                path: path.into(),
                create: create == "true",
            };
            match config.list(list) {
                Some(specs) => specs.push(spec),
                None => config.add_reference(gvk(group, version, kind), spec),
            }
        }
        config.sort();
        config
    }

    fn list(&mut self, name: &str) -> Option<&mut Vec<FieldSpec>> {
        Some(match name {
            "namePrefix" => &mut self.name_prefix,
            "nameSuffix" => &mut self.name_suffix,
            "namespace" => &mut self.namespace,
            "commonLabels" => &mut self.common_labels,
            "labels" => &mut self.labels,
            "templateLabels" => &mut self.template_labels,
            "commonAnnotations" => &mut self.common_annotations,
            "varReference" => &mut self.var_reference,
            "images" => &mut self.images,
            "replicas" => &mut self.replicas,
            _ => return None,
        })
    }

    fn add_reference(&mut self, target: Gvk, spec: FieldSpec) {
        match self
            .name_reference
            .iter_mut()
            .find(|known| known.target == target)
        {
            Some(known) => known.field_specs.push(spec),
            None => self.name_reference.push(NameReference {
                target,
                field_specs: vec![spec],
            }),
        }
    }

    /// A configuration with that of another layer added to it; absent before the first layer.
    ///
    /// # Errors
    ///
    /// As [`Config::merge`].
    pub(crate) fn with(
        known: Option<Cow<'static, Self>>,
        added: Cow<'static, Self>,
    ) -> Result<Cow<'static, Self>, String> {
        let merged = match (known, added) {
            (None | Some(Cow::Borrowed(_)), Cow::Borrowed(_)) => {
                return Ok(Cow::Borrowed(Self::built_in()));
            }
            (None, added) if added.settled.alone => return Ok(added),
            (Some(Cow::Owned(known)), Cow::Borrowed(_)) if known.settled.with_built_in => {
                return Ok(Cow::Owned(known));
            }
            (None, Cow::Owned(added)) => {
                let mut merged = Self::default();
                merged.merge(&added)?;
                merged.settled.alone = merged.lists() == added.lists()
                    && merged.name_reference == added.name_reference;
                merged
            }
            (Some(known), added) => {
                let mut merged = known.into_owned();
                let before = merged.len();
                merged.merge(&added)?;
                let grows = merged.len() > before;
                if grows {
                    merged.settled = Settled::default();
                }
                merged.settled.with_built_in |= !grows && matches!(added, Cow::Borrowed(_));
                merged
            }
        };
        Ok(Cow::Owned(merged))
    }

    /// How many fields there are in all.
    fn len(&self) -> usize {
        let lists = self.lists().into_iter().map(|(_, list)| list.len());
        let references = self.name_reference.iter();
        lists.sum::<usize>() + references.map(|it| it.field_specs.len()).sum::<usize>()
    }

    /// Adds another configuration to one whose lists are in the order of their kinds, and stay so.
    ///
    /// The order counts: what is added to a list is left out where a spec for fewer kinds is there.
    ///
    /// # Errors
    ///
    /// When both know a field and disagree about making it.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), String> {
        for ((name, own), (_, added)) in self.lists_mut().into_iter().zip(other.lists()) {
            let grows = field::merge(own, added)
                .map_err(|error| format!("failed to merge {name} fieldSpec: {error}"))?;
            if grows {
                sort_specs(own);
            }
        }
        let kinds = self.name_reference.len();
        for reference in &other.name_reference {
            let mut known = self.name_reference.iter_mut();
            let Some(known) = known.find(|known| known.target == reference.target) else {
                self.name_reference.push(reference.clone());
                continue;
            };
            field::merge(&mut known.field_specs, &reference.field_specs)
                .map_err(|error| format!("failed to merge NameReference fieldSpec: {error}"))?;
        }
        if self.name_reference.len() > kinds {
            self.sort_references();
        }
        Ok(())
    }

    /// Puts all lists in the order of their kinds.
    pub(crate) fn sort(&mut self) {
        for (_, list) in self.lists_mut() {
            sort_specs(list);
        }
        self.sort_references();
    }

    fn sort_references(&mut self) {
        self.name_reference
            .sort_by_cached_key(|reference| order::of_kind(&reference.target));
    }

    fn lists(&self) -> [(&'static str, &Vec<FieldSpec>); 10] {
        [
            ("NamePrefix", &self.name_prefix),
            ("NameSuffix", &self.name_suffix),
            ("NameSpace", &self.namespace),
            ("CommonAnnotations", &self.common_annotations),
            ("CommonLabels", &self.common_labels),
            ("Labels", &self.labels),
            ("TemplateLabels", &self.template_labels),
            ("VarReference", &self.var_reference),
            ("Images", &self.images),
            ("Replicas", &self.replicas),
        ]
    }

    fn lists_mut(&mut self) -> [(&'static str, &mut Vec<FieldSpec>); 10] {
        [
            ("NamePrefix", &mut self.name_prefix),
            ("NameSuffix", &mut self.name_suffix),
            ("NameSpace", &mut self.namespace),
            ("CommonAnnotations", &mut self.common_annotations),
            ("CommonLabels", &mut self.common_labels),
            ("Labels", &mut self.labels),
            ("TemplateLabels", &mut self.template_labels),
            ("VarReference", &mut self.var_reference),
            ("Images", &mut self.images),
            ("Replicas", &mut self.replicas),
        ]
    }
}

fn sort_specs(list: &mut [FieldSpec]) {
    list.sort_by_cached_key(|spec| order::of_kind(&spec.gvk));
}
