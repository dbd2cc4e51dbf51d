//! Watches that end too early.

use futures::{StreamExt, stream};
use gitops_core::apply::{Error, Reason, WatchStream};

/// How a watch ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    Closed,
    Expired,
}

/// The first `count` events and the end.
pub(super) fn ended(events: WatchStream, count: usize, end: End) -> WatchStream {
    let last = match end {
        End::Closed => None,
        End::Expired => {
            let message = "injected fault: too old resource version";
            Some(Err(Error::new(Reason::Expired, message)))
        }
    };
    Box::pin(events.take(count).chain(stream::iter(last)))
}
