//! One path that a program names.

use jaq_json::Val;
use jaq_std::ValT as _;

use crate::ignore::place::{Place, Step};

/// Reads the list of keys and indexes that a program gives for a path.
pub(super) fn place(path: &Val) -> Result<Place, String> {
    let Val::Arr(steps) = path else {
        return Err("a path is not a list".into());
    };
    let steps: Result<_, String> = steps.iter().map(step).collect();
    steps.map(Place)
}

fn step(value: &Val) -> Result<Step, String> {
    match value {
        Val::TStr(text) | Val::BStr(text) => {
            Ok(Step::Key(String::from_utf8_lossy(text).into_owned()))
        }
        Val::Num(_) => integer(value).map(Step::Index),
        Val::Obj(bounds) => {
            let bound = |key: &str| match bounds.get(&Val::from(key.to_owned())) {
                None | Some(Val::Null) => Ok(None),
                Some(value) => integer(value).map(Some),
            };
            Ok(Step::Range(bound("start")?, bound("end")?))
        }
        _ => Err("a path has a step that is no key and no index".into()),
    }
}

fn integer(value: &Val) -> Result<i64, String> {
    let number = value.as_f64().ok_or("an index is no number")?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "indexes are cut as jq cuts them"
    )]
    let index = number.floor() as i64;
    Ok(index)
}
