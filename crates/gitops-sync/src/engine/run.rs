//! Work in progress as a stream of events.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use futures::StreamExt;
use tokio::sync::{mpsc, watch};

use super::{Error, Event, Report};

/// Work on an Application: a stream of what happens, and a [`Report`] at the end.
///
/// Nothing goes on unless the stream is polled. Dropping it stops the work between
/// two requests to the cluster; what was done stays done, and the next
/// [`Engine::reconcile`](super::Engine::reconcile) finishes what was begun. To end a
/// sync for good, see [`Run::terminator`].
#[must_use = "nothing happens unless the events or the report are awaited"]
pub struct Run<'a, T = Report> {
    events: mpsc::UnboundedReceiver<Event>,
    work: Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>,
    end: Option<Result<T, Error>>,
    terminator: Terminator,
}

impl<'a, T: Unpin> Run<'a, T> {
    /// Work that tells what happens through the sender it is given.
    pub(super) fn new<F>(work: impl FnOnce(Events) -> F) -> Self
    where
        F: Future<Output = Result<T, Error>> + Send + 'a,
    {
        let (sender, events) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        Self {
            events,
            work: Box::pin(work(Events { sender, stopped })),
            end: None,
            terminator: Terminator(Arc::new(stop)),
        }
    }

    /// What ends the sync early, from wherever it is kept.
    pub fn terminator(&self) -> Terminator {
        self.terminator.clone()
    }

    /// Waits for the end, whatever events are left.
    ///
    /// # Errors
    ///
    /// When the Application could not be looked at, synced or deleted as a whole.
    pub async fn report(mut self) -> Result<T, Error> {
        loop {
            if let Some(end) = self.end.take() {
                return end;
            }
            self.next().await;
        }
    }
}

/// Ends a sync early.
#[derive(Clone, Debug)]
pub struct Terminator(Arc<watch::Sender<bool>>);

impl Terminator {
    /// Asks for the end: hooks that run are deleted, everything else stays as it
    /// is, and the sync has failed. Does nothing to one that has ended.
    pub fn terminate(&self) {
        self.0.send_replace(true);
    }
}

impl<T: Unpin> Stream for Run<'_, T> {
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

/// Where work tells what happens, and learns that it shall end. Nobody has to listen.
#[derive(Clone)]
pub(super) struct Events {
    sender: mpsc::UnboundedSender<Event>,
    stopped: watch::Receiver<bool>,
}

impl Events {
    /// Events that nobody hears.
    pub(super) fn unheard() -> Self {
        Self {
            sender: mpsc::unbounded_channel().0,
            stopped: watch::channel(false).1,
        }
    }

    pub(super) fn send(&self, event: Event) {
        // Nobody listens any more; the work goes on all the same.
        let _ = self.sender.send(event);
    }

    /// Whether the end was asked for.
    pub(super) fn is_terminated(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Returns when the end is asked for.
    pub(super) async fn terminated(&self) {
        let mut stopped = self.stopped.clone();
        if stopped.wait_for(|stopped| *stopped).await.is_err() {
            // Nobody is left who could ask.
            std::future::pending::<()>().await;
        }
    }
}
