//! `APIServices`: those that the server answers itself are available.

use std::sync::Arc;

use gitops_core::Object;

use super::condition::{self, Condition};
use super::set_status;
use crate::memory::state::State;

pub(super) fn reconcile(state: &mut State, service: &Arc<Object>) {
    let local = service.value()["spec"].get("service").is_none();
    let (reason, message) = if local {
        ("Local", "Local APIServices are always available")
    } else {
        ("Passed", "all checks passed")
    };
    let mut status = service.value()["status"].clone();
    let available = Condition {
        kind: "Available",
        status: true,
        reason,
        message: message.into(),
    };
    condition::set(&mut status, &available, &state.time());
    set_status(state, service, status);
}
