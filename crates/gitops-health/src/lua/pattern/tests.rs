use super::{Budget, Capture, Error, Match, Pattern};

struct Steps(u64);

impl Budget for Steps {
    fn spend(&mut self, steps: u64) -> bool {
        self.0 = self.0.saturating_sub(steps);
        self.0 > 0
    }
}

fn find(pattern: &str, text: &str) -> Vec<Match> {
    Pattern::new(pattern.as_bytes())
        .unwrap()
        .find(text.as_bytes(), 0, usize::MAX, &mut Steps(1_000_000))
        .unwrap()
}

/// The first match and its captures, as texts.
#[track_caller]
fn gives(pattern: &str, text: &str, expected: &[&str]) {
    let found: Vec<String> = find(pattern, text)
        .first()
        .map(|found| {
            let captures = found.captures.iter().map(|capture| match capture {
                Capture::Text { start, end } => text[*start..*end].to_owned(),
                Capture::Position(position) => position.to_string(),
            });
            std::iter::once(text[found.start..found.end].to_owned())
                .chain(captures)
                .collect()
        })
        .unwrap_or_default();
    assert_eq!(found, expected, "{pattern:?} in {text:?}");
}

#[test]
fn patterns_match_as_in_lua() {
    gives("^ERROR", "ERROR: x", &["ERROR"]);
    gives("^ERROR", "an ERROR", &[]);
    gives("Policy$", "MyPolicy", &["Policy"]);
    gives("Policy$", "Policy2", &[]);
    gives("(%d+)/(%d+)", "ready 2/13", &["2/13", "2", "13"]);
    gives(
        "(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)Z",
        "at 2026-01-02T03:04:05Z",
        &["2026-01-02T03:04:05Z", "2026", "01", "02", "03", "04", "05"],
    );
    gives("a-b", "aaab", &["aaab"]);
    gives("<(.-)>", "<a><b>", &["<a>", "a"]);
    gives("%b()", "f(a(b)c)d", &["(a(b)c)"]);
    gives("()ll()", "hello", &["ll", "3", "5"]);
    gives("(.)%1", "hello", &["ll", "l"]);
    gives("[^%s]+", "  word ", &["word"]);
    gives("[a-c%d]+", "xxb2c-", &["b2c"]);
    gives("[]]", "a]", &["]"]);
    gives("x?y", "y", &["y"]);
    gives("%", "%", &[]);
    gives("a.-$", "xayb", &["ayb"]);
    gives("", "ab", &[""]);
}

#[test]
fn matches_do_not_overlap_and_may_be_empty() {
    let spans = |pattern, text| -> Vec<(usize, usize)> {
        find(pattern, text)
            .iter()
            .map(|found| (found.start, found.end))
            .collect()
    };
    assert_eq!(spans("a", "aaa"), [(0, 1), (1, 2), (2, 3)]);
    assert_eq!(spans("x*", "ab"), [(0, 0), (1, 1), (2, 2)]);
}

#[test]
fn malformed_patterns_are_refused() {
    for pattern in ["[", "[a", "(x", "x)", "%0"] {
        assert!(Pattern::new(pattern.as_bytes()).is_err(), "{pattern:?}");
    }
    assert!(matches!(
        Pattern::new(b"%1")
            .unwrap()
            .find(b"a", 0, 1, &mut Steps(9000)),
        Err(Error::Malformed(_))
    ));
}

#[test]
fn a_pattern_bomb_runs_out_of_steps() {
    let pattern = Pattern::new("a*".repeat(30).as_bytes()).unwrap();
    let bomb = Pattern::new(format!("{}b", "a*".repeat(30)).as_bytes()).unwrap();
    let text = "a".repeat(100);
    assert_eq!(
        pattern
            .find(text.as_bytes(), 0, 1, &mut Steps(100_000))
            .unwrap()
            .len(),
        1
    );
    let found = bomb.find(text.as_bytes(), 0, 1, &mut Steps(100_000));
    assert_eq!(found, Err(Error::OutOfSteps));
    let long = "a".repeat(3_000_000);
    let found = Pattern::new(b".*b")
        .unwrap()
        .find(long.as_bytes(), 0, 1, &mut Steps(u64::MAX));
    assert_eq!(found, Err(Error::OutOfSteps));
}
