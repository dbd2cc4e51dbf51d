//! One rule that leaves something out.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Random, places};

/// Adds a rule of the Application or of the installation to a case.
pub(super) fn add(case: &mut Value, random: &mut Random) {
    let side = ["target", "live"][random.below(2)];
    let paths = places(&case[side]);
    let Some(path) = paths.get(random.below(paths.len())) else {
        return;
    };
    let (list, text) = match random.below(5) {
        0 | 1 => ("jsonPointers", pointer(path)),
        2 | 3 => ("jqPathExpressions", expression(&case[side], path, random)),
        _ => (
            "managedFieldsManagers",
            share_fields(&mut case["live"], random),
        ),
    };
    let group = match case["target"]["apiVersion"]
        .as_str()
        .unwrap()
        .split_once('/')
    {
        Some((group, _)) => group.to_owned(),
        None => String::new(),
    };
    let kind = case["target"]["kind"].clone();
    if random.one_in(3) {
        let lists = format!("{list}:\n- {}\n", Value::from(text));
        let key = format!("{group}/{}", kind.as_str().unwrap());
        case["overrides"] = json!({key: {"ignoreDifferences": lists}});
    } else {
        let kind = if random.one_in(4) { json!("*") } else { kind };
        case["ignore"] = json!([{"group": group, "kind": kind, list: [text]}]);
    }
}

fn pointer(path: &[String]) -> String {
    let text = path
        .iter()
        .map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")));
    text.collect()
}

/// An expression for one place, in one of the ways people write it.
fn expression(object: &Value, path: &[String], random: &mut Random) -> String {
    let mut text = String::new();
    let mut place = object;
    for step in path {
        if let Value::Array(list) = place {
            let element = &list[step.parse::<usize>().unwrap()];
            let name = element.get("name").and_then(Value::as_str);
            text += &part_of_list(step, name, random);
            place = element;
        } else {
            if text.ends_with(']') && random.one_in(8) {
                text.push('?');
            }
            let _ = write!(text, "[{}]", Value::from(step.as_str()));
            place = &place[step.as_str()];
        }
    }
    let text = text.trim_end_matches(" | ");
    let text = format!(".{text}").replace("| [", "| .[");
    match random.below(12) {
        0 => format!("{text}?"),
        1 => format!("{text} // empty"),
        2 => format!("{text}, .spec.nothing"),
        3 => format!("if {text} then {text} else empty end"),
        4 => format!(".. | .[{}]?", Value::from(path.last().unwrap().as_str())),
        _ => text,
    }
}

fn part_of_list(index: &str, name: Option<&str>, random: &mut Random) -> String {
    match (name, random.below(3)) {
        (Some(name), 0 | 1) => format!("[] | select(.name == {name:?}) | "),
        (_, 2) => format!("[{index}]"),
        _ => "[]".to_owned(),
    }
}

/// Gives part of the live object's fields to another manager, and names one of both.
fn share_fields(live: &mut Value, random: &mut Random) -> String {
    let entries = live["metadata"].get_mut("managedFields");
    let Some(Value::Array(entries)) = entries.filter(|entries| entries.is_array()) else {
        return "nobody".to_owned();
    };
    let Some(first) = entries.first_mut() else {
        return "nobody".to_owned();
    };
    let mut second = first.clone();
    second["manager"] = "somebody".into();
    let (mut mine, mut theirs) = (Map::new(), Map::new());
    for (key, fields) in first["fieldsV1"].as_object().into_iter().flatten() {
        let owner = if random.one_in(2) {
            &mut mine
        } else {
            &mut theirs
        };
        owner.insert(key.clone(), fields.clone());
    }
    let name = first["manager"].as_str().unwrap_or_default().to_owned();
    first["fieldsV1"] = mine.into();
    second["fieldsV1"] = theirs.into();
    entries.push(second);
    if random.one_in(2) {
        name
    } else {
        "somebody".to_owned()
    }
}
