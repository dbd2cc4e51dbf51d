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
