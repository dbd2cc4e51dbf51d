//! Reading many objects on two threads.

use std::panic::resume_unwind;
use std::thread;

/// Fewer items than these are read about as fast as a thread starts.
const MANY: usize = 10_000;

/// What `read` makes of the items, in their order: of all of them at once, or of
/// each half where there are many.
///
/// Reading an object is mostly waiting for memory, which two threads do at the
/// same time. Where no thread can be had, the caller's does all.
pub(super) fn halves<'a, T: Sync, R: Send>(
    items: &'a [T],
    read: impl Fn(&'a [T]) -> R + Sync,
) -> (R, Option<R>) {
    if items.len() < MANY {
        return (read(items), None);
    }
    let (earlier, later) = items.split_at(items.len() / 2);
    thread::scope(|scope| {
        let helper = thread::Builder::new().spawn_scoped(scope, || read(later));
        let earlier = read(earlier);
        let later = match helper {
            Ok(helper) => helper.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => read(later),
        };
        (earlier, Some(later))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: usize) {
        let items: Vec<usize> = (0..count).collect();
        let (mut read, later) = halves(&items, <[usize]>::to_vec);
        assert_eq!(later.is_some(), count >= MANY);
        read.extend(later.into_iter().flatten());
        assert_eq!(read, items);
    }

    #[test]
    fn items_keep_their_order() {
        for count in [0, 1, MANY - 1, MANY, MANY + 1] {
            check(count);
        }
    }

    #[test]
    #[should_panic(expected = "the last item")]
    fn a_panic_reaches_the_caller() {
        let items: Vec<usize> = (0..MANY).collect();
        halves(&items, |some| {
            assert!(!some.contains(&(MANY - 1)), "the last item");
        });
    }
}
