//! From the text of a table to its rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::HealthStatus;

use super::value::{Fallback, Operand, Operator, Path, Piece, Root, Segment, Template, Test};
use super::{Rule, Step, Table, Verdict};

/// The tables of a text by `group/Kind`.
///
/// # Errors
///
/// Names the line that is no table. The texts are part of the crate, and a test
/// reads them all.
pub(crate) fn parse(text: &'static str) -> Result<BTreeMap<&'static str, Arc<Table>>, String> {
    let mut tables = BTreeMap::new();
    let mut heads: Vec<&'static str> = Vec::new();
    let mut steps = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(names) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            finish(&mut tables, &heads, &mut steps);
            heads = names.split_whitespace().collect();
            continue;
        }
        rule(line, &mut steps).ok_or_else(|| format!("line {number}: no rule: {line}"))?;
    }
    finish(&mut tables, &heads, &mut steps);
    Ok(tables)
}

fn finish(
    tables: &mut BTreeMap<&'static str, Arc<Table>>,
    heads: &[&'static str],
    steps: &mut Vec<Step>,
) {
    let table = Arc::new(Table {
        steps: std::mem::take(steps),
    });
    for head in heads {
        tables.insert(head, Arc::clone(&table));
    }
}

fn rule(line: &'static str, steps: &mut Vec<Step>) -> Option<()> {
    let mut columns = line.splitn(3, '|').map(str::trim);
    let (mark, status) = columns.next()?.split_once(' ')?;
    let rule = Rule {
        verdict: verdict(status)?,
        message: template(columns.next().unwrap_or_default())?,
        tests: words(columns.next().unwrap_or_default(), ' ')
            .map(test)
            .collect::<Option<_>>()?,
    };
    match (mark, steps.last_mut()) {
        ("-", _) => steps.push(Step::Rule(rule)),
        ("+", Some(Step::Walk { rules, .. })) => rules.push(rule),
        ("*", _) => steps.push(walk(path(".status.conditions")?, rule)),
        (mark, _) => steps.push(walk(path(mark.strip_prefix('*')?)?, rule)),
    }
    Some(())
}

fn walk(over: Path, rule: Rule) -> Step {
    Step::Walk {
        over,
        rules: vec![rule],
    }
}

fn verdict(name: &str) -> Option<Verdict> {
    Some(match name {
        "Healthy" => Verdict::Status(HealthStatus::Healthy),
        "Suspended" => Verdict::Status(HealthStatus::Suspended),
        "Progressing" => Verdict::Status(HealthStatus::Progressing),
        "Missing" => Verdict::Status(HealthStatus::Missing),
        "Degraded" => Verdict::Status(HealthStatus::Degraded),
        "Unknown" => Verdict::Status(HealthStatus::Unknown),
        "NoStatus" => Verdict::NoStatus,
        _ => return None,
    })
}

/// The parts of a text between separators that stand outside quotes and brackets.
fn words(text: &'static str, separator: char) -> impl Iterator<Item = &'static str> {
    let mut quoted = false;
    let mut depth = 0_usize;
    text.split(move |character| {
        match character {
            '"' => quoted = !quoted,
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == separator && !quoted && depth == 0
    })
    .filter(|word| !word.is_empty())
}

fn test(word: &'static str) -> Option<Test> {
    match word {
        "observed" => return Some(Test::Observed(true)),
        "unobserved" => return Some(Test::Observed(false)),
        "current" => return Some(Test::Current(true)),
        "outdated" => return Some(Test::Current(false)),
        _ => {}
    }
    if let Some(condition) = word.strip_prefix("has:") {
        let (kind, status) = condition.split_once('=')?;
        return Some(Test::Has { kind, status });
    }
    if let Some(rest) = word.strip_prefix("!?") {
        return path(rest).map(Test::Falsy);
    }
    if let Some(rest) = word.strip_prefix('?') {
        return path(rest).map(Test::Truthy);
    }
    if let Some(rest) = word.strip_prefix('!') {
        return path(rest).map(Test::Absent);
    }
    match comparison(word) {
        Some((left, operator, right)) => Some(Test::Compare {
            left: path(left)?,
            operator,
            right: words(right, ',').map(operand).collect::<Option<_>>()?,
        }),
        None => path(word).map(Test::Present),
    }
}

/// Splits at the first operator outside of brackets.
fn comparison(word: &'static str) -> Option<(&'static str, Operator, &'static str)> {
    const OPERATORS: [(&str, Operator); 7] = [
        ("!=", Operator::NotEqual),
        ("!>", Operator::NotGreater),
        (">=", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("=", Operator::Equal),
        (">", Operator::Greater),
        ("<", Operator::Less),
    ];
    let mut depth = 0_usize;
    for (at, character) in word.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ => {
                let rest = &word[at..];
                if let Some((sign, operator)) =
                    OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign))
                {
                    return Some((&word[..at], *operator, &rest[sign.len()..]));
                }
            }
        }
    }
    None
}

fn operand(text: &'static str) -> Option<Operand> {
    if let Some(text) = text.strip_prefix('"') {
        return text.strip_suffix('"').map(Operand::Text);
    }
    if text.starts_with(['.', '#']) {
        return match text.split_once("-.") {
            Some((minuend, _)) => {
                let subtrahend = &text[minuend.len() + 1..];
                Some(Operand::Difference(path(minuend)?, path(subtrahend)?))
            }
            None => path(text).map(Operand::Path),
        };
    }
    if let Some(own) = text.strip_prefix('@') {
        return path(own).map(Operand::Path);
    }
    Some(match text {
        "true" => Operand::Bool(true),
        "false" => Operand::Bool(false),
        text => text.parse().map_or(Operand::Text(text), Operand::Number),
    })
}

fn path(text: &'static str) -> Option<Path> {
    let (is_length, text) = match text.strip_prefix('#') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (root, mut rest) = match text.as_bytes().first()? {
        b'.' => (Root::Object, &text[1..]),
        b':' => {
            let (kind, rest) = text[1..].split_once('.')?;
            (Root::Condition(kind), rest)
        }
        _ => (Root::Entry, text),
    };
    let mut segments = Vec::new();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (key, after) = inner.split_once(']')?;
            segments.push(key.parse().map_or(Segment::Key(key), Segment::Index));
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        segments.push(Segment::Key(&rest[..end]));
        rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
    }
    Some(Path {
        root,
        segments,
        is_length,
    })
}

fn template(text: &'static str) -> Option<Template> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inner, after) = after.split_once('}')?;
        pieces.push(Piece::Text(before));
        pieces.push(place(inner)?);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| !matches!(piece, Piece::Text("")));
    Some(Template(pieces))
}

fn place(text: &'static str) -> Option<Piece> {
    let (paths, fallback) = if let Some((paths, text)) = text.split_once("??") {
        (paths, Fallback::Empty(text))
    } else if let Some((paths, text)) = text.split_once('?') {
        (paths, Fallback::Absent(text))
    } else {
        (text, Fallback::Nothing)
    };
    Some(Piece::Value {
        paths: words(paths, '/').map(path).collect::<Option<_>>()?,
        fallback,
    })
}
