//! What goes wrong with calls for an object.

use gitops_core::apply::Reason;

use super::random::Random;
use crate::machine::Ask;

/// Every kind of refusal there is.
pub(super) const REASONS: [Reason; 13] = [
    Reason::NotFound,
    Reason::AlreadyExists,
    Reason::Conflict,
    Reason::Invalid,
    Reason::Unauthorized,
    Reason::Forbidden,
    Reason::UnknownKind,
    Reason::Expired,
    Reason::TooManyRequests,
    Reason::Timeout,
    Reason::TooLarge,
    Reason::Unavailable,
    Reason::Other,
];

/// Every kind of call there is.
pub(super) const ASKS: [Ask; 4] = [Ask::Check, Ask::Apply, Ask::Delete, Ask::Release];

/// Refusals that a later call need not meet.
const FOR_NOW: [Reason; 3] = [
    Reason::Unavailable,
    Reason::TooManyRequests,
    Reason::Timeout,
];

/// More calls than are ever made.
pub(super) const ALWAYS: u32 = u32::MAX;

/// What goes wrong with calls for an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// The first calls of a kind, or of each kind, are refused and do nothing.
    Refused {
        ask: Option<Ask>,
        times: u32,
        reason: Reason,
    },
    /// The first calls of each kind are made, but there is no answer that can be read.
    Lost { times: u32, reason: Reason },
    /// It cannot be looked at the first times.
    Hidden { times: u32, reason: Reason },
}

impl Fault {
    pub(super) fn random(random: &mut Random) -> Self {
        let few = 1 + u32::try_from(random.below(3)).unwrap();
        let reason = *random.pick(&REASONS);
        let times = if random.one_in(2) { few } else { ALWAYS };
        match random.below(13) {
            0..=2 => Self::Refused {
                ask: None,
                times: few,
                reason: *random.pick(&FOR_NOW),
            },
            3..=5 => Self::Refused {
                ask: Some(*random.pick(&ASKS)),
                times,
                reason,
            },
            6 | 7 => Self::Lost {
                times: few,
                reason: *random.pick(&FOR_NOW),
            },
            8 => Self::Lost {
                times: ALWAYS,
                reason: Reason::TooLarge,
            },
            // What is not found, or of no kind that is served, is not there to be hidden.
            9 | 10 if !matches!(reason, Reason::NotFound | Reason::UnknownKind) => {
                Self::Hidden { times, reason }
            }
            _ => Self::None,
        }
    }

    /// Whether it makes no difference to what is done again.
    pub(super) fn passes(self) -> bool {
        match self {
            Self::None => true,
            Self::Refused { ask, times, reason } => {
                let is_conflict = reason == Reason::Conflict && ask != Some(Ask::Delete);
                times < ALWAYS && (is_conflict || FOR_NOW.contains(&reason))
            }
            Self::Lost { reason, .. } => FOR_NOW.contains(&reason),
            Self::Hidden { times, reason } => {
                times < ALWAYS && (reason == Reason::Conflict || FOR_NOW.contains(&reason))
            }
        }
    }

    /// Whether a call that is made again, because its answer was lost with the process,
    /// may end differently from the first.
    pub(super) fn is_unsteady(self) -> bool {
        !self.passes() && !matches!(self, Self::Refused { times: ALWAYS, .. })
    }

    /// Whether nothing is to be seen of what is waited for.
    pub(super) fn hides_for_ever(self) -> bool {
        matches!(self, Self::Hidden { times: ALWAYS, .. })
    }

    /// Whether no apply succeeds for as much as its answer says.
    pub(super) fn forbids_applies(self) -> bool {
        match self {
            Self::Refused { ask, times, .. } => ask == Some(Ask::Apply) && times == ALWAYS,
            Self::Lost { times, .. } => times == ALWAYS,
            Self::None | Self::Hidden { .. } => false,
        }
    }

    /// Whether deletions are said to be needless, and not made.
    pub(super) fn denies_that_it_exists(self) -> bool {
        let (deletion, not_found) = (Some(Ask::Delete), Reason::NotFound);
        matches!(self, Self::Refused { ask, reason, .. } if ask == deletion && reason == not_found)
    }
}
