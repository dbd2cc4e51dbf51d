//! Work in progress as a stream of events.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::StreamExt;
use tokio::sync::mpsc;

use super::{Error, Event, Report};

/// A sync on its way: a stream of what happens, and a [`Report`] at the end.
///
/// Nothing goes on unless the stream is polled, and dropping it stops the sync
/// between two requests to the cluster; what was done stays done, and the next
/// run continues from there.
#[must_use = "nothing happens unless the events or the report are awaited"]
pub struct Run<'a> {
    events: mpsc::UnboundedReceiver<Event>,
    work: Pin<Box<dyn Future<Output = Result<Report, Error>> + Send + 'a>>,
    end: Option<Result<Report, Error>>,
}

impl<'a> Run<'a> {
    /// Work that tells what happens through the sender it is given.
    pub(super) fn new<F>(work: impl FnOnce(Events) -> F) -> Self
    where
        F: Future<Output = Result<Report, Error>> + Send + 'a,
    {
        let (sender, events) = mpsc::unbounded_channel();
        Self {
            events,
            work: Box::pin(work(Events(sender))),
            end: None,
        }
    }

    /// Waits for the end, whatever events are left.
    ///
    /// # Errors
    ///
    /// When the Application could not be looked at or synced as a whole.
    pub async fn report(mut self) -> Result<Report, Error> {
        loop {
            if let Some(end) = self.end.take() {
                return end;
            }
            self.next().await;
        }
    }
}

impl Stream for Run<'_> {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        let this = &mut *self;
        if this.end.is_none()
            && let Poll::Ready(end) = this.work.as_mut().poll(context)
        {
            this.end = Some(end);
        }
        match this.events.poll_recv(context) {
            Poll::Ready(Some(event)) => Poll::Ready(Some(event)),
            _ if this.end.is_some() => Poll::Ready(None),
            _ => Poll::Pending,
        }
    }
}

/// Where work tells what happens. Nobody has to listen.
#[derive(Clone)]
pub(super) struct Events(mpsc::UnboundedSender<Event>);

impl Events {
    /// Events that nobody hears.
    pub(super) fn unheard() -> Self {
        Self(mpsc::unbounded_channel().0)
    }

    pub(super) fn send(&self, event: Event) {
        // Nobody listens any more; the work goes on all the same.
        let _ = self.0.send(event);
    }
}
