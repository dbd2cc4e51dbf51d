//! Answers that repeat from one object to the next.

/// Remembers the last answer.
///
/// A comparison is ordered by kind, namespace and name, so neighbours mostly ask
/// the same about their kind or namespace, and a large application has few of both.
pub(super) struct Repeat<Q, A> {
    last: Option<(Q, A)>,
}

impl<Q: PartialEq, A: Copy> Repeat<Q, A> {
    pub(super) fn new() -> Self {
        Self { last: None }
    }

    /// The answer to `question`, which is only looked for when it is another than before.
    pub(super) fn ask(&mut self, question: Q, find: impl FnOnce(&Q) -> A) -> A {
        if let Some((before, answer)) = &self.last
            && *before == question
        {
            return *answer;
        }
        let answer = find(&question);
        self.last = Some((question, answer));
        answer
    }
}
