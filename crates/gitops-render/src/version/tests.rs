use std::cmp::Ordering;

use proptest::prelude::*;

use super::{Constraint, Error, Version};

#[track_caller]
fn check(constraint: &str, admitted: &[&str], refused: &[&str]) {
    let parsed = Constraint::parse(constraint).unwrap();
    for (versions, expected) in [(admitted, true), (refused, false)] {
        for version in versions {
            let admits = parsed.admits(&Version::parse(version).unwrap());
            assert_eq!(admits, expected, "{constraint:?} on {version:?}");
        }
    }
}

#[track_caller]
fn improper(constraint: &str) {
    let error = Constraint::parse(constraint).unwrap_err();
    assert!(
        matches!(error, Error::Constraint(_)),
        "{constraint:?}: {error}"
    );
}

#[test]
fn versions_are_read_loosely() {
    for (text, printed) in [
        ("1", "1.0.0"),
        ("v1.2", "1.2.0"),
        ("01.02", "1.2.0"),
        ("1.2.3-b+m", "1.2.3-b+m"),
        ("1.2-rc.1", "1.2.0-rc.1"),
        ("1.2.3+a-b", "1.2.3+a-b"),
    ] {
        let version = Version::parse(text).unwrap();
        assert_eq!(version.to_string(), printed);
        assert_eq!(version.original(), text);
    }
}

#[test]
fn what_is_no_version_is_refused() {
    for text in [
        "", "v", "V1", "a", "1.", "1..2", "1.2.3.4", " 1", "1-", "1-a..b", "1.2.3-ä",
    ] {
        assert_eq!(Version::parse(text), Err(Error::Version), "{text:?}");
    }
    assert_eq!(Version::parse("1.2.3-01"), Err(Error::LeadingZero));
    let large = Version::parse("18446744073709551616").unwrap_err();
    assert_eq!(large, Error::OutOfRange("18446744073709551616".into()));
}

#[test]
fn precedence_follows_the_specification() {
    let ascending = [
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "2.0.0",
    ];
    for pair in ascending.windows(2) {
        let [left, right] = [pair[0], pair[1]].map(|text| Version::parse(text).unwrap());
        assert_eq!(left.precedence(&right), Ordering::Less, "{left} {right}");
        assert_eq!(right.precedence(&left), Ordering::Greater, "{right} {left}");
    }
}

#[test]
fn build_data_does_not_change_precedence() {
    let [one, other] = ["1.2.3+a", "v1.2.3+b"].map(|text| Version::parse(text).unwrap());
    assert_eq!(one.precedence(&other), Ordering::Equal);
    assert!(one < other);
}

#[test]
fn successors_keep_the_prefix_and_drop_the_suffixes() {
    let version = Version::parse("v1.2.3-rc.1+m").unwrap();
    assert_eq!(version.next_patch().unwrap().original(), "v1.2.3");
    assert_eq!(version.next_minor().unwrap().original(), "v1.3.0");
    assert_eq!(version.next_major().unwrap().original(), "v2.0.0");
    let last = Version::parse("18446744073709551615.0.0").unwrap();
    assert_eq!(last.next_major(), None);
}

#[test]
fn missing_parts_are_wild() {
    check("1.2", &["1.2.0", "1.2.9"], &["1.1.9", "1.3.0"]);
    check("=1", &["1.0.0", "1.9.9"], &["2.0.0", "0.9.0"]);
    check(">1.2", &["1.3.0", "2.0.0"], &["1.2.5", "1.2.0"]);
    check(">1", &["2.0.0"], &["1.5.0"]);
    check("<=1.2", &["1.2.9", "1.0.0"], &["1.3.0"]);
    check("<=1", &["1.9.0"], &["2.0.0"]);
    check("!=1.x", &["2.0.0"], &["1.3.0"]);
    check("!=1.2", &["1.3.0"], &["1.2.7"]);
    check("<1.2", &["1.1.9"], &["1.2.0"]);
}

#[test]
fn wild_cards_take_every_release() {
    for constraint in ["*", "x", "X", ">=x", "=*", "~x", "x.1.2"] {
        check(constraint, &["0.0.0", "3.0.0"], &["1.0.0-beta"]);
    }
    check("*-0", &["1.0.0-beta", "1.0.0"], &[]);
    check("1.2.*", &["1.2.9"], &["1.3.0"]);
    check("1.x.5", &["1.9.0"], &["2.0.0"]);
    check("^x", &["0.0.0"], &["1.0.0", "0.1.0"]);
    check("!=x", &["1.0.0"], &["0.0.0"]);
}

#[test]
fn tilde_stays_within_the_minor_version() {
    check("~1.2.3", &["1.2.3", "1.2.9"], &["1.3.0", "1.2.2"]);
    check("~>1.2.3", &["1.2.4"], &["1.3.0"]);
    check("~1", &["1.9.9"], &["2.0.0"]);
    check("~0.0.3", &["0.0.9"], &["0.1.0"]);
    check("~0.0.0", &["0.0.0", "7.0.0"], &[]);
}

#[test]
fn caret_stays_within_what_breaks() {
    check("^1.2.3", &["1.2.3", "1.9.0"], &["1.2.2", "2.0.0"]);
    check("^0.2.3", &["0.2.9"], &["0.3.0"]);
    check("^0.0.3", &["0.0.3"], &["0.0.4"]);
    check("^0.0", &["0.0.9"], &["0.1.0"]);
    check("^0", &["0.9.0"], &["1.0.0"]);
}

#[test]
fn pre_releases_need_a_group_that_names_one() {
    check(">=1.2.3", &["1.2.4"], &["1.2.4-beta"]);
    check(
        ">=1.2.3-alpha",
        &["1.2.3-beta", "1.2.4-beta"],
        &["1.2.3-alp"],
    );
    check(">=1.2 || >=3-0", &["1.2.0", "3.1.0-rc"], &["2.0.0-rc"]);
    check("<1.0.0-0", &["0.9.0"], &["1.0.0-alpha", "1.0.0"]);
    check(
        ">= 1.16-0, < 1.19-0",
        &["1.18.0", "1.17.1-gke.1"],
        &["1.19.0"],
    );
    check("!=1.2-rc", &["1.2.1", "1.2.3-a"], &["1.2.7-rc"]);
}

#[test]
fn ranges_include_both_ends() {
    check("1.2 - 1.4", &["1.2.0", "1.4.9"], &["1.1.9", "1.5.0"]);
    check("1.2.0 - 1.4.5", &["1.4.5"], &["1.4.6"]);
    check("1 - 2 || 4 - 5", &["2.9.0", "4.0.0"], &["3.0.0"]);
    check("1 - 3, !=2.0.0", &["1.5.0"], &["2.0.0"]);
    check("!=2.0.0, 1 - 3", &["1.5.0"], &["2.0.0"]);
    check("1 - 3 !=2.0.0", &["1.5.0"], &["2.0.0"]);
}

#[test]
fn conditions_are_joined_by_commas_or_blanks() {
    for constraint in [
        ">1 <3",
        ">1,<3",
        "> 1 , < 3",
        "  >1\t<3 ",
        "=>2 =<2.9",
        "v2",
    ] {
        check(constraint, &["2.0.0"], &["3.0.0", "1.0.0"]);
    }
    check("<1.2 || >2.0.0", &["1.0.0", "2.5.0"], &["1.5.0"]);
}

#[test]
fn what_is_no_constraint_is_refused() {
    for text in [
        "",
        " ",
        "latest",
        "1.2.3.4",
        ">=1.2.3 || ",
        "|| 1",
        ">1<3",
        ">1,,<3",
        ",1",
        "1,",
        "> =1",
        ">>1",
        "1|2",
        "xx",
        "1.2.3-",
        "1.2.3-01",
        "1.a",
        ">1 - 2",
        "1 - 2 - 3",
        "1.0 1.2 - 1.4",
        "99999999999999999999",
        "!1",
        "1 -2",
        "V1",
    ] {
        improper(text);
    }
    let error = Constraint::parse(">=1.2.3 || ").unwrap_err();
    assert_eq!(error.to_string(), r#"improper constraint: " ""#);
}

#[test]
fn oversized_constraints_are_refused() {
    assert_eq!(Constraint::parse(&"1".repeat(513)), Err(Error::TooLong));
    assert_eq!(
        Constraint::parse(&["1"; 33].join("||")),
        Err(Error::TooManyGroups)
    );
    assert!(Constraint::parse(&["1"; 32].join("||")).is_ok());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}", other in "[0-9x*v.<>=!~^|, +a-]{0,30}") {
        for text in [text, other] {
            let _ = Version::parse(&text);
            if let Ok(constraint) = Constraint::parse(&text) {
                constraint.admits(&Version::parse("1.2.3").unwrap());
            }
        }
    }

    #[test]
    fn a_version_meets_itself_and_its_own_bounds(
        (major, minor, patch) in (0_u64..9, 0_u64..9, 0_u64..9),
    ) {
        let text = format!("{major}.{minor}.{patch}");
        let version = Version::parse(&text).unwrap();
        for operator in ["", "=", ">=", "<=", "~", "^"] {
            let constraint = Constraint::parse(&format!("{operator}{text}")).unwrap();
            prop_assert!(constraint.admits(&version), "{operator}{text}");
        }
        for operator in ["!=", ">", "<"] {
            let constraint = Constraint::parse(&format!("{operator}{text}")).unwrap();
            prop_assert!(!constraint.admits(&version), "{operator}{text}");
        }
    }
}
