use super::translate;

#[track_caller]
fn refuses(pattern: &str, expected: &str) {
    let refused = translate(pattern).map(|translation| translation.pattern);
    assert_eq!(refused, Err(expected.to_owned()), "{pattern}");
}

#[track_caller]
fn matches(pattern: &str, text: &str, expected: &str) {
    let translated = translate(pattern).expect(pattern).pattern;
    let regex = regex::Regex::new(&translated).expect(pattern);
    let found = regex.find(text).map_or("", |found| found.as_str());
    assert_eq!(found, expected, "{pattern} is {translated}");
}

#[test]
fn what_go_refuses_is_told_in_its_words() {
    let missing = "missing argument to repetition operator";
    for (pattern, operator) in [
        ("* ", "*"),
        ("a|+", "+"),
        ("(?:?)", "?"),
        ("{2}", "{2}"),
        ("*?", "*?"),
        ("(?i)*", "*"),
    ] {
        refuses(pattern, &format!("{missing}: `{operator}`"));
    }
    refuses("a**", "invalid nested repetition operator: `**`");
    refuses("a{2}{3}", "invalid nested repetition operator: `{2}{3}`");
    refuses("a???", "invalid nested repetition operator: `???`");
    refuses("a{1001}", "invalid repeat count: `{1001}`");
    refuses("x{2,1}", "invalid repeat count: `{2,1}`");
    refuses("((a{40}){5}b){6}", "invalid repeat count: `{6}`");
    refuses("(?z)", "invalid or unsupported Perl syntax: `(?z`");
    refuses("(?=a)", "invalid or unsupported Perl syntax: `(?=`");
    refuses("(?i", "invalid or unsupported Perl syntax: `(?i`");
    refuses("(?P<n", "invalid named capture: `(?P<n`");
    refuses("(?P<é>x)", "invalid named capture: `(?P<é>`");
    refuses("a\\", "trailing backslash at end of expression: ``");
    refuses("(a", "missing closing ): `(a`");
    refuses("a)b", "unexpected ): `a)b`");
    refuses("x[a", "missing closing ]: `[a`");
}

#[test]
fn escapes_and_classes_that_go_does_not_know_are_refused() {
    refuses(r"\u0041", r"invalid escape sequence: `\u`");
    refuses(r"a\8", r"invalid escape sequence: `\8`");
    refuses(r"(a)\1", r"invalid escape sequence: `\1`");
    refuses(r"\Z", r"invalid escape sequence: `\Z`");
    refuses(r"\é", r"invalid escape sequence: `\é`");
    refuses(r"\x4", r"invalid escape sequence: `\x4`");
    refuses(r"\x{110000}", r"invalid escape sequence: `\x{110000`");
    refuses(r"[\b]", r"invalid escape sequence: `\b`");
    refuses(r"[a-\d]", r"invalid escape sequence: `\d`");
    refuses("[z-a]", "invalid character class range: `z-a`");
    refuses("[[:foo:]]", "invalid character class range: `[:foo:]`");
    for property in [
        r"\p{Lowercase}",
        r"\p{sc=Greek}",
        r"\p{Foo}",
        r"\pX",
        r"\p{",
    ] {
        refuses(
            property,
            &format!("invalid character class range: `{property}`"),
        );
    }
}

#[test]
fn what_go_takes_is_taken() {
    for pattern in [
        "",
        "a*",
        "a*?b+",
        "^*",
        "(a|b)+",
        "(?i)a*",
        "(?i-s:a)*",
        "(?ii-i)a",
        "(?)a",
        "(?P<n>x)?",
        "(?P<n>x)(?P<n>y)(?<1n>z)",
        "[]*]+",
        "[[:alpha:]*]*",
        "[[:^alpha:]]",
        r"\Q**\E*",
        r"\p{Greek}+",
        r"\p{^Lu}\P{^Greek}\p{Uppercase_Letter}\p{Any}",
        r"\*+\_\ ",
        "x{,3}",
        "x{01}",
        "a{2,}?",
        "é*",
        r"[\]]*",
        r"\07\12",
        r"\x{1F600}[\x41-\x{5a}]",
        "(((a{10}){10}){10})?",
    ] {
        let translated = translate(pattern).expect(pattern).pattern;
        assert!(regex::Regex::new(&translated).is_ok(), "{pattern}");
    }
}

#[test]
fn in_brackets_most_characters_are_plain() {
    for (pattern, text, expected) in [
        (r"^[\w-\.]+$", "a.b-c", "a.b-c"),
        ("[a-c-9]+", "x9-bz", "9-b"),
        ("[--/]+", "a-./b", "-./"),
        ("[a-]+", "-a-", "-a-"),
        ("[^]a]+", "]xa", "x"),
        ("[]]+", "a]]", "]]"),
        ("[[]", "a[", "["),
        ("[a&&b]+", "x&&", "&&"),
        ("[~~]", "~", "~"),
        ("[[:digit:]-x]+", "a1-x", "1-x"),
        (r"[\d.]+", "v1.2", "1.2"),
        (r"[\pL_]+", "1é_", "é_"),
        (r"[\p{Greek}]+", "aβγ", "βγ"),
        ("[a^]+", "^a", "^a"),
    ] {
        matches(pattern, text, expected);
    }
}

#[test]
fn braces_that_count_nothing_are_plain() {
    matches(r#"{"a":{}"#, r#"x{"a":{}}"#, r#"{"a":{}"#);
    matches("a{,2}", "a{,2}", "a{,2}");
    matches("^a{2,}b{1}$", "aaab", "aaab");
    matches(r"\p{Lu}\x{41}+", "xÉAA", "ÉAA");
    matches("{", "{", "{");
}

#[test]
fn shorthands_are_of_ascii() {
    matches(r"\w+", "é1", "1");
    matches(r"\d", "٣3", "3");
    matches(r"\S+", " é ", "é");
    matches(r"\bé?x\b", "éx", "x");
    matches(r"\Qa.b\E.", "a.bc", "a.bc");
    matches(r"\Q[x", "[x", "[x");
    matches(r"\101\x42", "xAB", "AB");
}
