//! Bounds on what a template may use.

use std::cell::Cell;
use std::sync::Arc;

/// Steps between two looks at the clock.
const STEPS_PER_CHECK: u64 = 1024;

/// What one render may use at most.
///
/// The defaults let through every chart that people run and stop every template
/// that does not end, or that would fill the memory, within seconds.
#[derive(Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Actions executed, turns of loops included.
    pub steps: u64,
    /// Bytes of output of one template, and of one string or list made on the way.
    pub output: usize,
    /// Bytes that all strings and lists made on the way have together.
    pub allocation: usize,
    /// Templates executed inside one another.
    pub depth: usize,
    /// Bytes of the thread's stack that a render may take.
    pub stack: usize,
    /// Asked now and then whether to stop, such as by a deadline.
    pub interrupt: Option<Interrupt>,
}

/// A check whether a render should stop.
pub type Interrupt = Arc<dyn Fn() -> bool + Send + Sync>;

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 50_000_000,
            output: 64 << 20,
            allocation: 1 << 30,
            depth: 1000,
            stack: 1 << 20,
            interrupt: None,
        }
    }
}

impl Limits {
    /// Stops the render as soon as `check` says so; it is asked every few
    /// thousand actions.
    #[must_use]
    pub fn interrupt(mut self, check: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.interrupt = Some(Arc::new(check));
        self
    }

    /// Sets how many actions may be executed.
    #[must_use]
    pub fn steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// Sets how many bytes one template may write.
    #[must_use]
    pub fn output(mut self, bytes: usize) -> Self {
        self.output = bytes;
        self
    }

    /// Sets how many bytes all intermediate values may take together.
    #[must_use]
    pub fn allocation(mut self, bytes: usize) -> Self {
        self.allocation = bytes;
        self
    }

    /// Sets how many templates may be executed inside one another.
    #[must_use]
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// Sets how many bytes of stack may be taken; the thread must have them.
    #[must_use]
    pub fn stack(mut self, bytes: usize) -> Self {
        self.stack = bytes;
        self
    }
}

/// A bound that a render reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::steps`].
    #[error("more than {0} actions executed; raise the limit on steps if the template really ends")]
    Steps(u64),
    /// [`Limits::output`].
    #[error("output is larger than {0} bytes")]
    Output(usize),
    /// A string or list alone is larger than [`Limits::output`].
    #[error("one value takes more than {0} bytes, which is more than may be written")]
    Value(usize),
    /// [`Limits::allocation`].
    #[error("values made on the way take more than {0} bytes")]
    Allocation(usize),
    /// [`Limits::depth`].
    #[error("exceeded maximum template depth ({0})")]
    Depth(usize),
    /// [`Limits::stack`].
    #[error("exceeded maximum template depth (stack of {0} bytes)")]
    Stack(usize),
    /// A value is nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH), or holds itself.
    #[error("value is nested deeper than {0}, or holds itself")]
    Nesting(usize),
    /// [`Limits::interrupt`] said so.
    #[error("render was interrupted: it took too long or was given up")]
    Interrupted,
}

/// What one render has used so far.
pub(crate) struct Budget<'a> {
    limits: &'a Limits,
    steps: Cell<u64>,
    allocated: Cell<usize>,
    /// The address of a local where the render began.
    base: usize,
}

impl<'a> Budget<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            steps: Cell::new(0),
            allocated: Cell::new(0),
            base: stack_address(),
        }
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Counts one action.
    pub(crate) fn step(&self) -> Result<(), Limit> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > self.limits.steps {
            return Err(Limit::Steps(self.limits.steps));
        }
        if steps.is_multiple_of(STEPS_PER_CHECK) {
            return self.check_interrupt();
        }
        Ok(())
    }

    fn check_interrupt(&self) -> Result<(), Limit> {
        match &self.limits.interrupt {
            Some(interrupt) if interrupt() => Err(Limit::Interrupted),
            _ => Ok(()),
        }
    }

    /// Counts bytes that a value takes, before or after it is made.
    pub(crate) fn allocate(&self, bytes: usize) -> Result<(), Limit> {
        if bytes > self.limits.output {
            return Err(Limit::Value(self.limits.output));
        }
        let allocated = self.allocated.get().saturating_add(bytes);
        self.allocated.set(allocated);
        if allocated > self.limits.allocation {
            return Err(Limit::Allocation(self.limits.allocation));
        }
        Ok(())
    }

    /// Checks that there is stack left.
    pub(crate) fn check_stack(&self) -> Result<(), Limit> {
        let used = self.base.abs_diff(stack_address());
        if used > self.limits.stack {
            return Err(Limit::Stack(self.limits.stack));
        }
        Ok(())
    }
}

/// Where the stack is now, near enough: the address of a local.
#[inline(never)]
fn stack_address() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&local)).addr()
}
