//! How long and how much one operation may take.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gitops_core::source::Reason;

use super::error::Error;

/// The bounds of one operation, shared by all that works for it.
pub(super) struct Limits {
    timeout: Duration,
    deadline: Instant,
    /// Set when nobody waits for the result any more.
    stop: Arc<AtomicBool>,
    bytes: u64,
    left: AtomicU64,
}

impl Limits {
    pub(super) fn new(timeout: Duration, bytes: u64, stop: Arc<AtomicBool>) -> Arc<Self> {
        Arc::new(Self {
            timeout,
            deadline: Instant::now() + timeout,
            stop,
            bytes,
            left: AtomicU64::new(bytes),
        })
    }

    /// What gix looks at between its steps.
    pub(super) fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    /// The time left; never zero, because sockets take that for "for ever".
    pub(super) fn remaining(&self) -> Duration {
        self.deadline
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1))
    }

    /// Says which bound is broken, if one is.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::new(Reason::Timeout, "nobody waits any more"));
        }
        if Instant::now() >= self.deadline {
            return Err(Error::new(
                Reason::Timeout,
                format!("no answer within {:?}", self.timeout),
            ));
        }
        if self.left.load(Ordering::Relaxed) == 0 {
            return Err(Error::new(
                Reason::Invalid,
                format!("the answer is larger than the {} bytes allowed", self.bytes),
            ));
        }
        Ok(())
    }

    fn check_io(&self) -> io::Result<()> {
        self.check().map_err(io::Error::other)
    }

    fn spend(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                Some(left.saturating_sub(bytes))
            })
            .ok();
    }
}

/// A reader that ends with an error once a bound is broken.
pub(super) struct Bounded<R> {
    inner: R,
    limits: Arc<Limits>,
}

impl<R> Bounded<R> {
    pub(super) fn new(inner: R, limits: &Arc<Limits>) -> Self {
        Self {
            inner,
            limits: Arc::clone(limits),
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.limits.check_io()?;
            match self.inner.read(buffer) {
                Ok(count) => {
                    self.limits.spend(count);
                    return Ok(count);
                }
                // A socket whose short read timeout passed: time to look at the bounds again.
                Err(error) if is_pause(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A buffered reader that ends with an error once a bound is broken.
///
/// It reads only what is there already: the client's own `read` waits until the
/// whole buffer is full, however slowly that goes.
pub(super) struct BoundedBuffer<R>(Bounded<R>);

impl<R> BoundedBuffer<R> {
    pub(super) fn new(inner: R, limits: &Arc<Limits>) -> Self {
        Self(Bounded::new(inner, limits))
    }
}

impl<R: BufRead> Read for BoundedBuffer<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for BoundedBuffer<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.limits.check_io()?;
        self.0.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.0.limits.spend(count);
        self.0.inner.consume(count);
    }
}

fn is_pause(error: &io::Error) -> bool {
    // Only the operating system's own answer; an HTTP client's timeout is final.
    error.raw_os_error().is_some()
        && matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(timeout: Duration, bytes: u64) -> Arc<Limits> {
        Limits::new(timeout, bytes, Arc::default())
    }

    #[test]
    fn an_endless_answer_is_cut() {
        let limits = limits(Duration::from_mins(1), 10_000);
        let mut reader = Bounded::new(io::repeat(0), &limits);
        let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the answer is larger than the 10000 bytes allowed"
        );
    }

    #[test]
    fn time_passes_also_while_bytes_come() {
        let limits = limits(Duration::ZERO, 10_000);
        let mut reader = Bounded::new(io::repeat(0), &limits);
        assert!(reader.read(&mut [0; 8]).is_err());
        assert_eq!(limits.check().unwrap_err().reason, Reason::Timeout);
    }
}
