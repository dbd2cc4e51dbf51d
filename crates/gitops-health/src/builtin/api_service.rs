//! APIService: whether the extension server answers.

use gitops_core::{Health, HealthStatus, Object};

use super::{Error, convert, unsupported};
use crate::field::{condition, text};

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    match object.version() {
        "v1" => convert(object, "APIService", "v1.APIService")?,
        "v1beta1" => convert(object, "APIService", "v1beta1.APIService")?,
        _ => return Err(unsupported(object, "APIService")),
    }
    Ok(judge(object))
}

fn judge(object: &Object) -> Health {
    let available = condition(object.value(), &["status", "conditions"], "Available");
    let Some(available) = available else {
        return Health::new(HealthStatus::Progressing, "Waiting to be processed");
    };
    let status = match text(available, &["status"]) {
        "True" => HealthStatus::Healthy,
        _ => HealthStatus::Progressing,
    };
    let message = format!(
        "{}: {}",
        text(available, &["reason"]),
        text(available, &["message"])
    );
    Health::new(status, message)
}
