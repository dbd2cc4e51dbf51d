//! Which calls meet a fault.

use std::fmt;

use super::{Call, Fault, Verb};

/// A fault and the calls that meet it: all, unless it says otherwise.
///
/// ```
/// use gitops_core::apply::Reason;
/// use gitops_sync::memory::fault::{Fault, Rule, Verb};
///
/// let sometimes = Rule::new(Fault::AnswerLost).verb(Verb::Apply).percent(20, 7);
/// let secrets = Rule::new(Fault::Error(Reason::Forbidden)).kind("Secret");
/// let big = Rule::new(Fault::Error(Reason::Timeout)).when(|call| call.name.len() > 40);
/// # let _ = (sometimes, secrets, big);
/// ```
pub struct Rule {
    fault: Fault,
    conditions: Vec<Condition>,
    often: Often,
    /// How many calls have met the conditions.
    met: u64,
}

type Condition = Box<dyn Fn(&Call) -> bool + Send + Sync>;

/// Which of the calls that meet the conditions.
#[derive(Clone, Copy, Debug)]
enum Often {
    Always,
    First(u64),
    Nth(u64),
    Percent { percent: u64, random: u64 },
}

impl Rule {
    /// Has every call meet `fault`.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            conditions: Vec::new(),
            often: Often::Always,
            met: 0,
        }
    }

    /// Only calls that ask this.
    #[must_use]
    pub fn verb(self, verb: Verb) -> Self {
        self.when(move |call| call.verb == verb)
    }

    /// Only calls about this kind, such as `Deployment`.
    #[must_use]
    pub fn kind(self, kind: impl Into<String>) -> Self {
        let kind = kind.into();
        self.when(move |call| call.kind == kind)
    }

    /// Only calls about objects of this name.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.when(move |call| call.name == name)
    }

    /// Only calls of which this is true.
    #[must_use]
    pub fn when(mut self, condition: impl Fn(&Call) -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Box::new(condition));
        self
    }

    /// Only the first `count` of these calls.
    #[must_use]
    pub fn first(mut self, count: u64) -> Self {
        self.often = Often::First(count);
        self
    }

    /// Only the `number`th of these calls, counted from 1.
    #[must_use]
    pub fn nth(mut self, number: u64) -> Self {
        self.often = Often::Nth(number);
        self
    }

    /// So many in a hundred of these calls; which ones depends on `seed` alone.
    #[must_use]
    pub fn percent(mut self, percent: u8, seed: u64) -> Self {
        self.often = Often::Percent {
            percent: percent.into(),
            random: seed,
        };
        self
    }

    /// What goes wrong with this call.
    pub(super) fn fault(&mut self, call: &Call) -> Option<Fault> {
        if !self.conditions.iter().all(|condition| condition(call)) {
            return None;
        }
        self.met += 1;
        let strikes = match &mut self.often {
            Often::Always => true,
            Often::First(count) => self.met <= *count,
            Often::Nth(number) => self.met == *number,
            Often::Percent { percent, random } => {
                // Knuth's multiplier; the high bits are the random ones.
                *random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (*random >> 33) % 100 < *percent
            }
        };
        strikes.then_some(self.fault)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("fault", &self.fault)
            .field("often", &self.often)
            .field("met", &self.met)
            .finish_non_exhaustive()
    }
}
