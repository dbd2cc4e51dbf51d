//! `Warning` headers, in which an API server talks to people.

use ::http::HeaderMap;
use ::http::header::WARNING;

/// The texts of all warnings of code 299, the only one API servers send, each once.
pub(super) fn texts(headers: &HeaderMap) -> Vec<String> {
    let mut texts = Vec::new();
    for header in headers.get_all(WARNING) {
        let header = String::from_utf8_lossy(header.as_bytes());
        for text in read(&header) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    texts
}

/// Reads `code agent "text" ["date"]`, separated by commas (RFC 7234, section 5.5).
/// Stops at the first thing that is not of this form.
fn read(header: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = header.trim_start();
    while let Some((code, after)) = rest.split_once(' ') {
        let Some((_agent, after)) = after.split_once(' ') else {
            break;
        };
        let Some((text, after)) = quoted(after.trim_start()) else {
            break;
        };
        if code == "299" {
            texts.push(text);
        }
        let after = after.trim_start();
        let after = quoted(after).map_or(after, |(_date, after)| after.trim_start());
        rest = after.trim_start_matches(',').trim_start();
    }
    texts
}

/// The content of the quoted string that `text` begins with, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut characters = text.strip_prefix('"')?.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((content, &text[at + 2..])),
            '\\' => content.push(characters.next()?.1),
            other => content.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, texts: &[&str]) {
        assert_eq!(read(header), texts, "{header}");
    }

    #[test]
    fn every_warning_of_a_header_is_read() {
        check(
            r#"299 - "unknown field \"spec.a\"""#,
            &["unknown field \"spec.a\""],
        );
        check(r#"299 - "a, b", 299 - "c""#, &["a, b", "c"]);
        check(
            r#"299 - "a" "Sat, 25 Aug 2012 23:34:45 GMT",299 - "b""#,
            &["a", "b"],
        );
        check(r#"199 agent "not meant for people", 299 - "b""#, &["b"]);
    }

    #[test]
    fn what_is_no_warning_is_left_out() {
        check("", &[]);
        check("299", &[]);
        check(r#"299 - "open"#, &[]);
        check(r#"299 - "open\"#, &[]);
        check(r#"299 - "é" ü"#, &["é"]);
    }
}
