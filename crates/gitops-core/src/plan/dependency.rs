//! What other tasks need first: the Namespace they live in, the definition of
//! their kind.

use std::collections::BTreeMap;

use super::check::{Kinds, defined};
use super::repeat::Repeat;
use super::{Moved, Task};

/// Puts tasks directly before the first that needs them, with its phase and wave,
/// where they would come later.
pub(super) fn lead(tasks: &mut [Task], order: Vec<usize>) -> Vec<usize> {
    let needs = needs(tasks);
    if needs.is_empty() {
        return order;
    }
    let mut line = Line {
        placed: vec![false; tasks.len()],
        order: Vec::with_capacity(order.len()),
        needs,
        tasks,
    };
    for index in order {
        line.place(index);
    }
    line.order
}

/// Tasks that are put in line one after the other.
struct Line<'a> {
    tasks: &'a mut [Task],
    needs: Vec<[Option<usize>; 2]>,
    placed: Vec<bool>,
    order: Vec<usize>,
}

impl Line<'_> {
    /// Puts a task in line unless it is, behind what it needs. That is a Namespace
    /// or a definition, and what these need themselves ends after a few.
    fn place(&mut self, index: usize) {
        if std::mem::replace(&mut self.placed[index], true) {
            return;
        }
        for needed in self.needs[index].into_iter().flatten() {
            if !self.placed[needed] {
                self.take_place(needed, index);
                self.place(needed);
            }
        }
        self.order.push(index);
    }

    /// Gives a task the phase and wave of one that needs it.
    fn take_place(&mut self, index: usize, needed_by: usize) {
        let dependant = &self.tasks[needed_by];
        let (phase, wave) = dependant.step();
        let needed_by = dependant.object.clone();
        let task = &mut self.tasks[index];
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
        // A Namespace lives in none, whatever it says.
        let namespace = object.namespace.as_deref();
        let namespace = namespace.filter(|_| !task.is("", "Namespace"));
        let namespace = namespaces.ask(namespace, |name| makers.namespaces.get((*name)?).copied());
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
