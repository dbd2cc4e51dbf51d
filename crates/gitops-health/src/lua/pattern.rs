//! Lua patterns, with every step counted.
//!
//! A pattern is compiled to a small program and run by a loop with its own
//! stack of choices, so neither time nor the thread's stack depends on the
//! goodwill of who wrote the pattern. The frontier `%f` is not supported, as in
//! the reference.

mod compile;

use compile::{Class, Step, compile};

/// A compiled pattern.
pub(super) struct Pattern {
    steps: Vec<Step>,
    anchored: bool,
    captures: usize,
}

/// Where a pattern matched, and its captures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) captures: Vec<Capture>,
}

/// What a pair of parentheses caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capture {
    Text {
        start: usize,
        end: usize,
    },
    /// The 1-based position that `()` stands for.
    Position(usize),
}

/// Why a pattern cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("{0}")]
    Malformed(String),
    /// The bound on steps was reached.
    #[error("the pattern takes too many steps")]
    OutOfSteps,
}

/// Counts steps; `false` ends the match.
pub(super) trait Budget {
    fn spend(&mut self, steps: u64) -> bool;
}

/// How many steps are taken between two questions to the budget.
const STRIDE: u64 = 1024;
/// The deepest stack of choices: what a greedy repeat over a long text needs.
const DEEPEST: usize = 1 << 20;

impl Pattern {
    pub(super) fn new(pattern: &[u8]) -> Result<Self, Error> {
        compile(pattern)
    }

    /// The matches from `from` on, at most `limit` of them.
    pub(super) fn find(
        &self,
        text: &[u8],
        from: usize,
        limit: usize,
        budget: &mut impl Budget,
    ) -> Result<Vec<Match>, Error> {
        let mut matches = Vec::new();
        let mut at = from;
        while at <= text.len() && matches.len() < limit {
            let found = self.at(text, at, budget)?;
            at += 1;
            if let Some(found) = found {
                at = at.max(found.end);
                matches.push(found);
            }
            if self.anchored {
                break;
            }
        }
        Ok(matches)
    }

    /// The match that starts exactly at `start`.
    fn at(
        &self,
        text: &[u8],
        start: usize,
        budget: &mut impl Budget,
    ) -> Result<Option<Match>, Error> {
        let mut run = Run {
            text,
            slots: vec![None; self.captures * 2],
            choices: Vec::new(),
            steps: 0,
        };
        let mut place = Some((0, start));
        while let Some((step, at)) = place {
            run.steps += 1;
            if run.steps >= STRIDE && !budget.spend(std::mem::take(&mut run.steps)) {
                return Err(Error::OutOfSteps);
            }
            if let Step::Match = self.steps[step] {
                budget.spend(run.steps);
                return Ok(Some(Match {
                    start,
                    end: at,
                    captures: run.captures(self),
                }));
            }
            place = match run.advance(&self.steps[step], step, at)? {
                Some(next) => Some(next),
                None => run.back(),
            };
        }
        // Failing costs too: many short failures are as long as one long match.
        if !budget.spend(run.steps) {
            return Err(Error::OutOfSteps);
        }
        Ok(None)
    }
}

/// A capture's ends while a match is sought: the text's offsets, or a position.
type Slot = Option<usize>;

enum Choice {
    /// Go on here instead.
    Branch { step: usize, at: usize },
    /// Take a capture back.
    Restore { slot: usize, value: Slot },
}

struct Run<'a> {
    text: &'a [u8],
    slots: Vec<Slot>,
    choices: Vec<Choice>,
    /// Steps taken and not yet told to the budget.
    steps: u64,
}

impl Run<'_> {
    /// The next step and place; `None` where the step fails.
    fn advance(
        &mut self,
        step: &Step,
        index: usize,
        at: usize,
    ) -> Result<Option<(usize, usize)>, Error> {
        Ok(match step {
            Step::Char(class) => self.takes(class, at).then_some((index + 1, at + 1)),
            Step::Jump(to) => Some((*to, at)),
            Step::Split { first, second } => {
                self.choose(Choice::Branch { step: *second, at })?;
                Some((*first, at))
            }
            Step::Save(slot) => {
                let value = self.slots[*slot].replace(at);
                self.choose(Choice::Restore { slot: *slot, value })?;
                Some((index + 1, at))
            }
            Step::Balanced { open, close } => {
                self.balanced(*open, *close, at).map(|end| (index + 1, end))
            }
            Step::Back(capture) => self
                .back_reference(*capture, at)?
                .map(|end| (index + 1, end)),
            Step::End => (at == self.text.len()).then_some((index + 1, at)),
            Step::Match => None,
        })
    }

    fn choose(&mut self, choice: Choice) -> Result<(), Error> {
        if self.choices.len() >= DEEPEST {
            return Err(Error::OutOfSteps);
        }
        self.choices.push(choice);
        Ok(())
    }

    /// The latest way not yet taken.
    fn back(&mut self) -> Option<(usize, usize)> {
        loop {
            match self.choices.pop()? {
                Choice::Restore { slot, value } => self.slots[slot] = value,
                Choice::Branch { step, at } => return Some((step, at)),
            }
        }
    }

    fn takes(&self, class: &Class, at: usize) -> bool {
        self.text.get(at).is_some_and(|byte| class.matches(*byte))
    }

    fn balanced(&mut self, open: u8, close: u8, at: usize) -> Option<usize> {
        if self.text.get(at) != Some(&open) {
            return None;
        }
        let mut depth = 1_usize;
        for (offset, byte) in self.text.iter().enumerate().skip(at + 1) {
            self.steps += 1;
            if *byte == close {
                depth -= 1;
                if depth == 0 {
                    return Some(offset + 1);
                }
            } else if *byte == open {
                depth += 1;
            }
        }
        None
    }

    fn back_reference(&mut self, capture: usize, at: usize) -> Result<Option<usize>, Error> {
        let ends = (
            self.slots.get(capture * 2).copied().flatten(),
            self.slots.get(capture * 2 + 1).copied().flatten(),
        );
        let (Some(start), Some(end)) = ends else {
            return Err(Error::Malformed("invalid capture index".into()));
        };
        let text = self.text.get(start..end).unwrap_or_default();
        self.steps += text.len() as u64;
        Ok(self.text[at..].starts_with(text).then_some(at + text.len()))
    }

    fn captures(&self, pattern: &Pattern) -> Vec<Capture> {
        (0..pattern.captures)
            .map(|capture| {
                let start = self.slots[capture * 2].unwrap_or_default();
                match self.slots[capture * 2 + 1] {
                    Some(end) => Capture::Text { start, end },
                    None => Capture::Position(start + 1),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
