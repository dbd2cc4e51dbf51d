//! The order of keys: numbers inside text compare by value.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

/// How a digit before the first difference ranks a letter against something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// go-yaml 2: letters come last.
    LettersLast,
    /// go-yaml 3: letters come last, but first after a digit.
    LettersFirstAfterDigits,
}

/// Sorts `items` by their keys.
///
/// The order is not transitive (`a10` < `a1b` < `a2` < `a10`), which the
/// standard library's sort may answer with a panic; merging never does, and starting from
/// the order of code points makes the result the same for every input order.
pub(crate) fn sort<'a, T: Copy>(items: &mut Vec<(&'a str, T)>, rule: Rule) {
    items.sort_by(|a, b| a.0.cmp(b.0));
    let sorted = |items: &[(&'a str, T)]| {
        items
            .windows(2)
            .all(|pair| compare(pair[0].0, pair[1].0, rule) != Ordering::Greater)
    };
    if sorted(items) {
        return;
    }
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for run in items.chunks(width * 2) {
            let (left, right) = run.split_at(width.min(run.len()));
            merge(left, right, rule, &mut merged);
        }
        *items = merged;
        width *= 2;
    }
}

fn merge<'a, T: Copy>(
    mut left: &[(&'a str, T)],
    mut right: &[(&'a str, T)],
    rule: Rule,
    merged: &mut Vec<(&'a str, T)>,
) {
    while let (Some(first), Some(second)) = (left.first(), right.first()) {
        if compare(second.0, first.0, rule) == Ordering::Less {
            merged.push(*second);
            right = &right[1..];
        } else {
            merged.push(*first);
            left = &left[1..];
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
}

/// Compares two keys.
pub(crate) fn compare(a: &str, b: &str, rule: Rule) -> Ordering {
    let mut bytes = a.bytes().zip(b.bytes());
    let Some(mut at) = bytes.position(|(left, right)| left != right) else {
        return a.len().cmp(&b.len());
    };
    while !a.is_char_boundary(at) {
        at -= 1;
    }
    let (head, a, b) = (&a[..at], &a[at..], &b[at..]);
    let (Some(left), Some(right)) = (a.chars().next(), b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (is_letter(left), is_letter(right)) {
        (true, true) => left.cmp(&right),
        (false, false) => compare_numbers(head, a, b),
        (letter, _) => {
            let after_digit = rule == Rule::LettersFirstAfterDigits
                && head.chars().next_back().is_some_and(is_digit);
            if letter == after_digit {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
    }
}

/// Compares the digits at the start of `a` and `b`, which differ in their first character
/// and follow the same `head`.
fn compare_numbers(head: &str, a: &str, b: &str) -> Ordering {
    // Zeros that continue a number count; zeros that start one do not.
    let continues = (a.starts_with('0') || b.starts_with('0'))
        && head
            .chars()
            .rev()
            .take_while(|character| is_digit(*character))
            .any(|digit| digit != '0');
    let (left, left_length) = leading_number(a, continues);
    let (right, right_length) = leading_number(b, continues);
    left.cmp(&right)
        .then(left_length.cmp(&right_length))
        .then_with(|| a.chars().next().cmp(&b.chars().next()))
}

/// The number at the start of `text` and how many digits it has; it wraps as Go's integers do.
fn leading_number(text: &str, continues: bool) -> (i64, usize) {
    text.chars()
        .take_while(|character| is_digit(*character))
        .fold((i64::from(continues), 0), |(value, length), digit| {
            let digit = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
            (value.wrapping_mul(10).wrapping_add(digit), length + 1)
        })
}

/// Unicode's general category L, which is narrower than [`char::is_alphabetic`].
fn is_letter(character: char) -> bool {
    static LETTER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\A\p{L}").expect("a constant pattern"));
    character.is_ascii_alphabetic()
        || (!character.is_ascii() && LETTER.is_match(character.encode_utf8(&mut [0; 4])))
}

/// Unicode's general category Nd, which is narrower than [`char::is_numeric`].
fn is_digit(character: char) -> bool {
    static DIGIT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\A\p{Nd}").expect("a constant pattern"));
    character.is_ascii_digit()
        || (!character.is_ascii() && DIGIT.is_match(character.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: Rule, keys: &[&str]) {
        let mut items: Vec<_> = keys.iter().rev().map(|key| (*key, ())).collect();
        sort(&mut items, rule);
        let sorted: Vec<_> = items.iter().map(|(key, ())| *key).collect();
        assert_eq!(sorted, keys);
    }

    #[test]
    fn numbers_compare_by_value_and_letters_come_last() {
        check(
            Rule::LettersLast,
            &[
                "", "-", "0x1", "1", "2", "10", "A", "a", "a1", "a9", "a10", "b",
            ],
        );
        check(Rule::LettersLast, &["a1", "a01", "a001"]);
        check(Rule::LettersLast, &["a1.5", "a1b"]);
        check(Rule::LettersFirstAfterDigits, &["a1b", "a1.5"]);
    }

    #[test]
    fn an_order_that_runs_in_a_circle_does_no_harm() {
        let mut keys: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
        keys.extend((0..40).map(|n| format!("a{n}b")));
        let mut items: Vec<_> = keys.iter().map(|key| (key.as_str(), ())).collect();
        sort(&mut items, Rule::LettersLast);
        let once = items.clone();
        items.reverse();
        sort(&mut items, Rule::LettersLast);
        assert_eq!(items, once);
    }
}
