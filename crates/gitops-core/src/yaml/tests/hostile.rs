use std::fmt::Write as _;

use crate::yaml::{Options, Problem, documents, objects, read};

#[track_caller]
fn refuses(text: &str, options: &Options, expected: impl Fn(&Problem) -> bool) {
    let error = read(text, options).unwrap_err();
    assert!(expected(&error.problem), "{error}");
}

#[test]
fn an_alias_bomb_is_refused_before_it_grows() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{inner}]").unwrap();
    }
    let options = Options::default().nodes(100_000);
    refuses(&text, &options, |problem| {
        matches!(problem, Problem::TooMany(100_000))
    });
}

#[test]
fn one_long_text_cannot_be_repeated_without_end() {
    let text = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(10_000),
        vec!["*a"; 10_000].join(",")
    );
    let options = Options::default().bytes(1 << 20);
    refuses(&text, &options, |problem| {
        matches!(problem, Problem::TooLarge(_))
    });
}

#[test]
fn anchors_inside_anchors_cost_what_they_copy() {
    let text = format!("{}{}", "&a [".repeat(200), "x,".repeat(100_000));
    let options = Options::default().nodes(1_000_000);
    assert!(read(&format!("{text}{}", "]".repeat(200)), &options).is_err());
}

#[test]
fn depth_is_bounded_in_both_notations() {
    let deep = |problem: &Problem| matches!(problem, Problem::TooDeep(_));
    let options = Options::default();
    refuses(&"[".repeat(200_000), &options, deep);
    refuses(&"{a: ".repeat(200_000), &options, deep);
    refuses(&"- ".repeat(200_000), &options, deep);
    refuses(&"[".repeat(200_000), &options.depth(usize::MAX), deep);
    let mut block = String::new();
    for level in 0..2_000 {
        writeln!(block, "{}a:", " ".repeat(level)).unwrap();
    }
    refuses(&block, &options, deep);
}

#[test]
fn a_text_at_the_largest_depth_is_read() {
    let options = Options::default().depth(usize::MAX);
    let text = format!(
        "{}{}",
        "[".repeat(Options::MAX_DEPTH),
        "]".repeat(Options::MAX_DEPTH)
    );
    assert!(read(&text, &options).is_ok());
}

#[test]
fn size_is_bounded_before_anything_is_read() {
    let options = Options::default().bytes(10);
    let results = objects("aaaaaaaaaaaaaaaaaaaaaaaa", &options);
    assert_eq!(results.len(), 1);
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(error.problem, Problem::TooLarge(10));
}

#[test]
fn the_bounds_hold_for_all_documents_together() {
    let text = "- a\n- b\n---\n".repeat(100);
    let options = Options::default().nodes(30);
    let read = documents(&text, &options);
    assert_eq!(read.filter(|document| document.value.is_ok()).count(), 10);
}

#[test]
fn an_anchor_cannot_hold_itself() {
    let options = Options::default();
    refuses("&a [*a]", &options, |problem| {
        *problem == Problem::Recursive
    });
    refuses("&a {b: *a}", &options, |problem| {
        *problem == Problem::Recursive
    });
}

#[test]
fn quoted_text_that_never_ends_costs_a_bounded_number_of_passes() {
    let text = format!("a: '{}", "x\n".repeat(20_000));
    assert!(read(&text, &Options::default()).is_err());
}
