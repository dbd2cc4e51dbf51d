//! Deletion of paths, which leaves alone what is not there.

use std::cmp::Ordering;

use jaq_core::{Error, ValR};
use jaq_json::Val;

use super::path;
use crate::ignore::place::{Place, Step};

/// `document` without what `paths` lead to.
pub(super) fn paths(mut document: Val, paths: &Val) -> ValR<Val> {
    let Val::Arr(paths) = paths else {
        return Err(Error::str("paths are not a list"));
    };
    let places = paths.iter().map(path::place);
    let mut places: Vec<Place> = places.collect::<Result<_, _>>().map_err(Error::str)?;
    places.sort_by(last_first);
    for place in &places {
        remove(&mut document, &place.0);
    }
    Ok(document)
}

/// Deepest and last first, so that no removal moves what is still to be removed.
pub(super) fn last_first(left: &Place, right: &Place) -> Ordering {
    right.cmp(left)
}

fn remove(value: &mut Val, steps: &[Step]) {
    match (value, steps) {
        (Val::Obj(map), [Step::Key(key)]) => {
            std::sync::Arc::make_mut(map).shift_remove(&Val::from(key.clone()));
        }
        (Val::Obj(map), [Step::Key(key), rest @ ..]) => {
            if let Some(child) = std::sync::Arc::make_mut(map).get_mut(&Val::from(key.clone())) {
                remove(child, rest);
            }
        }
        (Val::Arr(list), [Step::Index(index), rest @ ..]) => {
            let Some(at) = Step::position(*index, list.len()) else {
                return;
            };
            let list = std::sync::Arc::make_mut(list);
            match rest {
                [] => {
                    list.remove(at);
                }
                rest => remove(&mut list[at], rest),
            }
        }
        (Val::Arr(list), [Step::Range(from, to)]) => {
            let range = Step::range(*from, *to, list.len());
            std::sync::Arc::make_mut(list).drain(range);
        }
        _ => {}
    }
}
