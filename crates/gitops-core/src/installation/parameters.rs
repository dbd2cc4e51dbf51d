//! What an installation's `argocd-cmd-params-cm`, or its environment, says about
//! comparing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Error, Installation};
use crate::diff::duration;

/// The keys of the time that a jq expression may take, the first one that is set counts.
const JQ_TIMEOUT: [&str; 3] = [
    "ARGOCD_IGNORE_NORMALIZER_JQ_TIMEOUT",
    "controller.ignore.normalizer.jq.timeout",
    "ignore.normalizer.jq.timeout",
];

impl Installation {
    /// Reads the data of `argocd-cmd-params-cm`, or environment variables by their names.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use std::time::Duration;
    ///
    /// use gitops_core::installation::Installation;
    ///
    /// let key = "controller.ignore.normalizer.jq.timeout".to_owned();
    /// let parameters = BTreeMap::from([(key, "2s500ms".to_owned())]);
    /// let (installation, _) = Installation::read(&BTreeMap::new())?;
    /// let installation = installation.parameters(&parameters)?;
    /// assert_eq!(installation.jq_timeout, Duration::from_millis(2500));
    /// # Ok::<(), gitops_core::installation::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Names the first setting that cannot be read.
    pub fn parameters(mut self, data: &BTreeMap<String, String>) -> Result<Self, Error> {
        let is_set = |key: &&str| data.get(*key).is_some_and(|text| !text.trim().is_empty());
        if let Some(key) = JQ_TIMEOUT.into_iter().find(is_set) {
            self.jq_timeout = timeout(key, data[key].trim())?;
        }
        Ok(self)
    }
}

/// Nought means the usual time.
fn timeout(key: &str, text: &str) -> Result<Duration, Error> {
    match duration::read(text) {
        Some(time) if time.is_zero() => Ok(super::JQ_TIMEOUT),
        Some(time) => Ok(time),
        None => Err(Error {
            key: key.to_owned(),
            reason: format!("{text:?} is no duration such as 1s or 500ms"),
        }),
    }
}
