//! The subset and the full parser agree wherever the subset reads a text.
#![expect(clippy::disallowed_methods, reason = "tests read files and settings")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::yaml::compose::{self, Budget};
use crate::yaml::{Dialect, Options, to_yaml_pretty, write};

const DIALECTS: [Dialect; 3] = [Dialect::Kubernetes, Dialect::Helm, Dialect::Kustomize];

/// Whether the text is in the subset; what it reads then is what the full parser reads.
#[track_caller]
fn is_read_alike(text: &str, dialect: Dialect) -> bool {
    let options = Options::default().dialect(dialect);
    let (mut quick, mut full) = (Budget::new(&options), Budget::new(&options));
    let Ok(value) = compose::by_subset(text, &options, &mut quick) else {
        return false;
    };
    let expected = compose::by_full_parser(text, &options, &mut full);
    assert_eq!(Ok(value), expected, "{dialect:?}\n{text}\n{text:?}");
    assert_eq!(format!("{quick:?}"), format!("{full:?}"), "{text}");
    true
}

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    folder.is_dir().then_some(folder)
}

fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            yaml_files(&path, files);
        } else if path
            .extension()
            .is_some_and(|it| it == "yaml" || it == "yml")
        {
            files.push(path);
        }
    }
}

#[test]
fn real_files_are_read_alike() {
    let Some(folder) = folder() else {
        eprintln!("skipped: ../shared/data is missing");
        return;
    };
    let mut files = Vec::new();
    yaml_files(&folder, &mut files);
    let (mut all, mut quick) = (0, 0);
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        for part in text.split("\n---\n") {
            let part = format!("{part}\n");
            all += 1;
            quick += usize::from(is_read_alike(&part, Dialect::Kubernetes));
        }
    }
    eprintln!("{quick} of {all} documents are in the subset");
    assert!(quick * 10 > all * 9, "{quick} of {all}");
}

#[test]
fn every_form_of_the_subset_is_read() {
    for text in [
        "",
        "# only a comment\n",
        "---\n# a comment\na: 1\n",
        "a: 1\n---\nb: [\n",
        "a:\nb: # c\nc:  x  # d\n",
        "a:\n- 1\n-\n- - 2\n  - 3\n-   b: c\n    d: e\nf:\n  - g\n",
        "a: b\n  c\n\n  d\n\ne: f\n",
        "- a\n  b\n- - c\n   d\n",
        "plain text\nof two lines\n",
        "a: 'it''s'\nb: \"\\u0041\\x42\\n\\\"\"\n'c': d\n\"e\": f\n",
        "a: 'x  \n\n  y\n  z'\nb: \"x\\\n  y \\\n  z\n\n  \"\n",
        "a: |\n  x\n   y\n\n  z\n\nb: |-\n  x\nc: |+\n  x\n\nd: |2\n    x\ne: |\nf: 1\n",
        "a: >\n  x\n  y\n\n  z\n   indented\n  more\n\n\n  end\nb: >-\n  x\n\n",
        "a: |\n  with\ttab\n  \tand leading\nb: 1\n",
        "a: {}\nb: []\nc: [1, 'x', \"y\", {d: e, \"f\":g h}]\nd: [\n  1,\n  2, # two\n  ]\n",
        "{\"a\": [1, 2, {\"b\": null}], \"c\": \"d\"}\n",
        "url: http://x:80/#y\nkey with blanks: a#b\n-x: --flag\n",
    ] {
        assert!(is_read_alike(text, Dialect::Kubernetes), "{text}");
    }
}

/// Pieces that make texts which look much like YAML.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\n",
        "\n",
        "\n",
        "\n\n",
        "\n  ",
        "\n  ",
        "\n    ",
        "\n   ",
        " ",
        "  ",
        "- ",
        "- ",
        "-",
        "a",
        "b",
        "key",
        "a: ",
        "b: ",
        "c:",
        ": ",
        ":",
        "#",
        " # c",
        "# d",
        "'",
        "''",
        "\"",
        "\\n",
        "\\",
        "\\\n",
        "|",
        "|-",
        "|+",
        "|2",
        ">",
        ">-",
        ">+",
        ">1",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ",",
        "1",
        "0x1",
        "true",
        "~",
        "<<",
        "<<: ",
        "&a ",
        "*a",
        "!!str ",
        "? ",
        "---\n",
        "\n---\n",
        "...",
        "%",
        "@",
        "`",
        "\t",
        "é",
        "😀",
        "x y",
        "...\n",
        ".",
        "null",
        "key: value",
        "- a: b",
        "x: |\n  ",
        "text",
        "\u{fffe}",
        "\u{1fffe}",
        "\u{ad}",
        "--- ",
    ]);
    prop::collection::vec(piece, 1..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_alike(text in text()) {
        for dialect in DIALECTS {
            is_read_alike(&text, dialect);
        }
    }

    #[test]
    fn what_is_written_is_read_alike(value in super::properties::value()) {
        for dialect in DIALECTS {
            is_read_alike(&write(&value), dialect);
            is_read_alike(&(to_yaml_pretty(&value) + "\n"), dialect);
        }
    }
}

/// How many texts to try; `GITOPS_TEST_CASES` asks for more.
fn cases() -> u32 {
    let asked = std::env::var("GITOPS_TEST_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(3_000)
}
