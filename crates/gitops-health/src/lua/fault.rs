//! Errors of scripts, in the words users know from the reference.

use mlua::{Lua, Value};

/// The name of a script's chunk, as error texts show it.
pub(super) const CHUNK: &str = "=<string>";

/// An error at the script's line that is being run.
pub(super) fn raise(lua: &Lua, text: &str) -> mlua::Error {
    mlua::Error::runtime(match line(lua) {
        Some(line) => format!("<string>:{line}: {text}"),
        None => text.to_owned(),
    })
}

/// The line that the script is at, below our own functions.
pub(super) fn line(lua: &Lua) -> Option<usize> {
    (0..8).find_map(|level| {
        lua.inspect_stack(level, |debug| {
            let is_script = debug.source().source.as_deref() == Some(CHUNK);
            debug.current_line().filter(|_| is_script)
        })
        .flatten()
    })
}

/// The text of a caught error value, without calling anything of the script's.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string_lossy(),
        Value::Error(error) => innermost(error),
        Value::Number(number) => super::number::text(*number),
        Value::Integer(whole) => whole.to_string(),
        Value::Nil => "nil".into(),
        Value::Boolean(flag) => flag.to_string(),
        other => format!("{}: {:p}", other.type_name(), other.to_pointer()),
    }
}

/// What an error says below the wrappers of the virtual machine.
pub(super) fn innermost(error: &mlua::Error) -> String {
    match error {
        mlua::Error::CallbackError { cause, .. }
        | mlua::Error::BadArgument { cause, .. }
        | mlua::Error::WithContext { cause, .. } => innermost(cause),
        mlua::Error::RuntimeError(text) => text.clone(),
        mlua::Error::SyntaxError { message, .. } => message.clone(),
        mlua::Error::MemoryError(_) => "not enough memory".into(),
        other => other.to_string(),
    }
}

/// The reference's text for what Lua 5.2 says about `source`.
pub(super) fn translate(text: &str, source: &str) -> String {
    let (place, line, said) = split(text);
    let line = line
        .and_then(|line| source.lines().nth(line.checked_sub(1)?))
        .unwrap_or_default();
    format!("{place}{}", reworded(said, line))
}

/// `<string>:3: text` as its place, its line and what is said.
fn split(text: &str) -> (&str, Option<usize>, &str) {
    let place = text.strip_prefix("<string>:").and_then(|rest| {
        let (line, said) = rest.split_once(": ")?;
        Some((line.parse().ok()?, said))
    });
    match place {
        Some((line, said)) => (&text[..text.len() - said.len()], Some(line), said),
        None => ("", None, text),
    }
}

fn reworded(said: &str, line: &str) -> String {
    if said.starts_with("attempt to index a non-table object(") {
        // The prelude's own words are the reference's.
        return said.to_owned();
    }
    if let Some(subject) = said.strip_prefix("attempt to index ") {
        return index_text(subject, line);
    }
    if said.starts_with("attempt to call ") {
        return "attempt to call a non-function object".into();
    }
    if let Some(subject) = said.strip_prefix("attempt to concatenate ") {
        return concat_text(subject, line);
    }
    if said.starts_with("attempt to get length of ") {
        return "__len undefined".into();
    }
    if let Some(kinds) = said.strip_prefix("attempt to compare two ") {
        let kind = kinds.trim_end_matches(" values");
        return format!("attempt to compare {kind} with {kind}");
    }
    if let Some((name, rest)) = said
        .strip_prefix("'for' ")
        .and_then(|rest| rest.split_once(" must be "))
    {
        let name = if name == "initial value" {
            "init"
        } else {
            name
        };
        return format!("for statement {name} must be {rest}");
    }
    if said.starts_with("bad argument #") {
        return said
            .replacen('\'', "", 2)
            .replace("got no value", "got nil");
    }
    if said.starts_with("stack overflow") || said.starts_with("C stack overflow") {
        return "stack overflow".into();
    }
    said.to_owned()
}

fn index_text(subject: &str, line: &str) -> String {
    let kind = kind(subject);
    match subject_name(subject).and_then(|name| key_after(line, name)) {
        Some(key) => format!("attempt to index a non-table object({kind}) with key '{key}'"),
        None => format!("attempt to index a non-table object({kind})"),
    }
}

fn concat_text(subject: &str, line: &str) -> String {
    let kind = kind(subject);
    let is_left = subject_name(subject).is_some_and(|name| is_before_concat(line, name));
    let (left, right) = if is_left {
        (kind, "string")
    } else {
        ("string", kind)
    };
    format!("cannot perform concat operation between {left} and {right}")
}

/// The type in `field 'x' (a nil value)` or `a nil value`.
fn kind(subject: &str) -> &str {
    let described = subject.rsplit_once("(a ").map_or(subject, |(_, kind)| kind);
    described
        .trim_end_matches(')')
        .trim_end_matches(" value")
        .trim_start_matches("a ")
}

fn subject_name(subject: &str) -> Option<&str> {
    subject.split('\'').nth(1)
}

/// The key by which `name` is indexed on a source line.
fn key_after<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.match_indices(name).find_map(|(at, _)| {
        let rest = line[at + name.len()..].trim_start();
        if let Some(rest) = rest.strip_prefix(['.', ':']) {
            let key = rest.trim_start();
            let end = key
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(key.len());
            return (end > 0).then_some(&key[..end]);
        }
        let rest = rest.strip_prefix('[')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split(quote).next()
    })
}

fn is_before_concat(line: &str, name: &str) -> bool {
    line.match_indices(name)
        .any(|(at, _)| line[at + name.len()..].trim_start().starts_with(".."))
}

/// A compile error's text in the reference's form.
pub(super) fn compile_text(text: &str) -> String {
    let (_, line, said) = split(text);
    match said.rsplit_once(" near ") {
        Some((_, "<eof>")) => "<string> at EOF:   syntax error\n".into(),
        Some((_, token)) => {
            let token = token.trim_matches('\'');
            let line = line.unwrap_or_default();
            format!("<string> line:{line} near '{token}':   syntax error\n")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[track_caller]
    fn gives(said: &str, line: &str, expected: &str) {
        let text = translate(&format!("<string>:1: {said}"), line);
        assert_eq!(text, format!("<string>:1: {expected}"));
    }

    #[test]
    fn errors_are_told_in_the_reference_s_words() {
        gives(
            "attempt to index field 'status' (a nil value)",
            "if obj.status.health ~= nil then",
            "attempt to index a non-table object(nil) with key 'health'",
        );
        gives(
            "attempt to index local 's' (a string value)",
            "return s:find('x')",
            "attempt to index a non-table object(string) with key 'find'",
        );
        gives(
            "attempt to call global 'f' (a nil value)",
            "f()",
            "attempt to call a non-function object",
        );
        gives(
            "attempt to concatenate field 'x' (a nil value)",
            "return \"a\" .. obj.x",
            "cannot perform concat operation between string and nil",
        );
        gives(
            "attempt to compare two nil values",
            "",
            "attempt to compare nil with nil",
        );
        gives(
            "attempt to compare nil with number",
            "",
            "attempt to compare nil with number",
        );
        gives(
            "attempt to get length of local 'x' (a nil value)",
            "#x",
            "__len undefined",
        );
        gives(
            "'for' initial value must be a number",
            "",
            "for statement init must be a number",
        );
        gives(
            "bad argument #1 to 'ipairs' (table expected, got no value)",
            "",
            "bad argument #1 to ipairs (table expected, got nil)",
        );
    }
}
