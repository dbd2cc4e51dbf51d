//! Which way of comparing an object gets.

use serde::{Deserialize, Serialize};

use crate::Object;

/// How a live object is compared with what is wanted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// With what was applied last, where the live object says it.
    #[default]
    ThreeWay,
    /// By the merge of a server-side apply, computed here.
    Structured,
    /// By what the server's dry run of an apply answered.
    ServerSide,
}

/// The annotation with which an object asks for a way of being synced.
const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// What the installation and the Application ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The installation compares by dry runs.
    pub server_side_by_default: bool,
    /// The Application's own word on dry runs, which counts more.
    pub server_side: Option<bool>,
    /// The Application syncs by server-side apply.
    pub server_side_apply: bool,
}

impl Choice {
    /// What an Application's `compare-options` annotation and sync options ask for.
    pub fn of<'a>(
        compare_options: Option<&str>,
        sync_options: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut options = options(compare_options.unwrap_or_default());
        let server_side = options.find_map(|option| match option {
            "ServerSideDiff=true" => Some(true),
            "ServerSideDiff=false" => Some(false),
            _ => None,
        });
        Self {
            server_side_by_default: false,
            server_side,
            server_side_apply: sync_options
                .into_iter()
                .any(|option| option == "ServerSideApply=true"),
        }
    }

    /// The strategy for one object.
    pub fn strategy(self, target: &Object) -> Strategy {
        if self.server_side.unwrap_or(self.server_side_by_default) {
            return Strategy::ServerSide;
        }
        let own = target.annotation(SYNC_OPTIONS).unwrap_or_default();
        if self.server_side_apply || options(own).any(|option| option == "ServerSideApply=true") {
            return Strategy::Structured;
        }
        Strategy::ThreeWay
    }
}

/// The options of an annotation, which commas separate.
pub(crate) fn options(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|option| !option.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chosen(options: &str, sync: &[&str], by_default: bool, own: &str) -> Strategy {
        let mut choice = Choice::of(Some(options), sync.iter().copied());
        choice.server_side_by_default = by_default;
        let object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a", "annotations": {SYNC_OPTIONS: own}},
        });
        choice.strategy(&Object::new(object).unwrap())
    }

    #[test]
    fn the_applications_word_on_dry_runs_counts_more_than_the_installations() {
        assert_eq!(chosen("", &[], true, ""), Strategy::ServerSide);
        let off = "IgnoreExtraneous, ServerSideDiff=false";
        assert_eq!(chosen(off, &[], true, ""), Strategy::ThreeWay);
        assert_eq!(
            chosen("ServerSideDiff=true", &[], false, ""),
            Strategy::ServerSide
        );
    }

    #[test]
    fn server_side_apply_of_the_application_or_the_object_asks_for_the_structured_merge() {
        let apply = "ServerSideApply=true";
        assert_eq!(chosen("", &[apply], false, ""), Strategy::Structured);
        assert_eq!(chosen("", &[], false, apply), Strategy::Structured);
        assert_eq!(
            chosen("ServerSideDiff=true", &[apply], false, ""),
            Strategy::ServerSide
        );
        assert_eq!(chosen("", &["Replace=true"], false, ""), Strategy::ThreeWay);
    }
}
