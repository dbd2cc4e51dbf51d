//! What other tasks need first: the Namespace they live in, the definition of
//! their kind.

use std::collections::BTreeMap;

use super::check::{Kinds, defined};
use super::repeat::Repeat;
use super::{Moved, Task};

/// Which task goes directly before which, by index, where it would come later.
pub(super) fn moves(tasks: &[Task], order: &[usize]) -> BTreeMap<usize, usize> {
    let needs = needs(tasks);
    let mut moves = BTreeMap::new();
    if needs.is_empty() {
        return moves;
    }
    let mut made = vec![false; tasks.len()];
    for index in order {
        made[*index] = true;
        for dependency in needs[*index].iter().flatten() {
            if !made[*dependency] {
                moves.entry(*dependency).or_insert(*index);
            }
        }
    }
    moves
}

/// Gives the tasks that are moved the phase and wave of those that need them.
pub(super) fn take_places(tasks: &mut [Task], moves: &BTreeMap<usize, usize>) {
    for (index, needed_by) in moves {
        let dependant = &tasks[*needed_by];
        let (phase, wave) = dependant.step();
        let needed_by = dependant.object.clone();
        let task = &mut tasks[*index];
        if task.step() != (phase, wave) {
            task.moved = Some(Box::new(Moved {
                phase: task.phase,
                wave: task.wave,
                needed_by,
            }));
            (task.phase, task.wave) = (phase, wave);
        }
    }
}

/// For each task the tasks it needs: that of its Namespace and that of its kind's
/// definition. Empty when no task makes either.
fn needs(tasks: &[Task]) -> Vec<[Option<usize>; 2]> {
    let makers = Makers::of(tasks);
    if makers.namespaces.is_empty() && makers.definitions.is_empty() {
        return Vec::new();
    }
    let mut namespaces = Repeat::new();
    let mut definitions = Repeat::new();
    let needs = |task| {
        let Task { object, .. }: &Task = task;
        if task.is_prune() {
            return [None, None];
        }
        let namespace = namespaces.ask(object.namespace.as_deref(), |name| {
            makers.namespaces.get((*name)?).copied()
        });
        let kind = (object.kind.group.as_str(), object.kind.kind.as_str());
        let definition = definitions.ask(kind, |(group, kind)| makers.definitions.get(group, kind));
        [namespace, definition]
    };
    tasks.iter().map(needs).collect()
}

/// The first tasks that make what others may need.
struct Makers<'a> {
    namespaces: BTreeMap<&'a str, usize>,
    definitions: Kinds<usize>,
}

impl<'a> Makers<'a> {
    fn of(tasks: &'a [Task]) -> Self {
        let mut makers = Self {
            namespaces: BTreeMap::new(),
            definitions: Kinds::default(),
        };
        for (index, task) in tasks.iter().enumerate() {
            let Some(target) = &task.target else { continue };
            if task.is("", "Namespace") {
                makers.namespaces.entry(&task.object.name).or_insert(index);
            } else if task.is("apiextensions.k8s.io", "CustomResourceDefinition")
                && let Some((group, kind)) = defined(target)
            {
                makers.definitions.insert(group, kind, index);
            }
        }
        makers
    }
}
