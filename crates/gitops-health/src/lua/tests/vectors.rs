//! What expressions and statements give in the reference.

use serde_json::{Value, json};

use super::says;
use crate::lua::Libraries;

/// Returns the values of an expression as a text: their number, then type and
/// text of each.
const SHOW: &str = "\
local function show(...) local n = select('#', ...) local t = {} \
for i = 1, n do local v = select(i, ...) local k = type(v) \
if k == 'table' or k == 'function' or k == 'userdata' then t[i] = k \
else t[i] = k .. ':' .. tostring(v) end end \
return n .. ' ' .. table.concat(t, '|') end ";

fn fields() -> Value {
    json!({
        "status": {"conditions": [{"type": "Ready"}, {"type": "B"}]},
        "big": 12_345_678_901_234_567_u64, "float": 1.5, "whole": 3.0, "neg": -7,
        "null": null, "nulls": [1, null, 2, null], "empty": {}, "bool": true,
        "small": 0.00001, "e": 1e21,
    })
}

/// Runs one vector with some libraries; gives what is not as it should be.
fn fault(vector: &Value, libraries: Libraries) -> Option<String> {
    let script = match vector["expression"].as_str() {
        Some(expression) => {
            format!("{SHOW}return {{status = 'Healthy', message = show({expression})}}")
        }
        None => vector["script"].as_str().unwrap().to_owned(),
    };
    let expected = match vector["values"].as_str() {
        Some(values) => format!("Healthy {values}"),
        None => format!("error: {}", vector["error"].as_str().unwrap()),
    };
    let said = says(&script, libraries, &fields());
    (said != expected).then(|| format!("{script}\n  {said:?}, not {expected:?}"))
}

#[test]
fn scripts_give_what_they_give_in_the_reference() {
    let vectors = include_str!("../../../testdata/lua-values.jsonl");
    let mut faults = Vec::new();
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let libraries = match vector["libraries"].as_str() {
            Some("open") => &[Libraries::Open][..],
            Some("restricted") => &[Libraries::Restricted],
            _ => &[Libraries::Open, Libraries::Restricted],
        };
        faults.extend(
            libraries
                .iter()
                .filter_map(|libraries| fault(&vector, *libraries)),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
