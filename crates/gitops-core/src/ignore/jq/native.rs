//! What programs can call, and the functions that count.

use jaq_core::load::parse::{Def, Term};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Error, ValR};
use jaq_json::{Num, Val};
use jaq_std::ValT as _;

use super::{BUDGET, Data, Limits, delete};

/// What is left of a program's limits, and where its stack began.
pub(super) struct Budget {
    steps: u64,
    size: usize,
    stack_start: usize,
    stack: usize,
    exceeded: Option<&'static str>,
}

impl Budget {
    pub(super) const fn none() -> Self {
        Self {
            steps: 0,
            size: 0,
            stack_start: 0,
            stack: 0,
            exceeded: None,
        }
    }

    /// Begins to count for one program on this thread.
    pub(super) fn start(limits: Limits, stack: usize) {
        BUDGET.set(Self {
            steps: limits.steps,
            size: limits.size,
            stack_start: stack_address(),
            stack,
            exceeded: None,
        });
    }

    /// Which limit the program ran into.
    pub(super) fn exceeded() -> Option<String> {
        BUDGET.with_borrow(|budget| budget.exceeded.map(str::to_owned))
    }

    fn take(&mut self, steps: u64) -> Result<(), &'static str> {
        let used = self.stack_start.abs_diff(stack_address());
        let reason = if used > self.stack {
            "recurses too deeply"
        } else if self.steps < steps {
            "takes too many steps"
        } else {
            self.steps -= steps;
            return Ok(());
        };
        self.refuse(reason)
    }

    fn refuse(&mut self, reason: &'static str) -> Result<(), &'static str> {
        self.steps = 0;
        self.exceeded = Some(reason);
        Err(reason)
    }
}

/// Where the stack is: the address of a local, which is a number to compare and never
/// followed.
fn stack_address() -> usize {
    let local = 0u8;
    std::ptr::from_ref(&local).addr()
}

fn with_budget(check: impl FnOnce(&mut Budget) -> Result<(), &'static str>) -> ValR<Val> {
    match BUDGET.with_borrow_mut(check) {
        Ok(()) => Ok(Val::Null),
        Err(reason) => Err(Error::str(reason)),
    }
}

fn tick(input: &Val) -> ValR<Val> {
    let size = match input {
        Val::BStr(text) | Val::TStr(text) => text.len(),
        Val::Arr(list) => list.len(),
        Val::Obj(map) => map.len(),
        Val::Null | Val::Bool(_) | Val::Num(_) => 0,
    };
    with_budget(|budget| {
        if size > budget.size {
            return budget.refuse("makes too large a value");
        }
        budget.take(1)
    })
}

/// Values nested more deeply than this could not be dropped safely.
const MAX_DEPTH: usize = 512;

fn size(input: &Val) -> ValR<Val> {
    with_budget(|budget| {
        let mut left = budget.size;
        if !fits(input, &mut left, 0) {
            return budget.refuse("makes too large a value");
        }
        let counted = budget.size - left;
        budget.take(1 + u64::try_from(counted / 64).unwrap_or(u64::MAX))
    })
}

/// Counts down `left` for everything in `value`.
fn fits(value: &Val, left: &mut usize, depth: usize) -> bool {
    let own = match value {
        Val::BStr(text) | Val::TStr(text) => 1 + text.len(),
        _ => 1,
    };
    if *left < own || depth > MAX_DEPTH {
        return false;
    }
    *left -= own;
    match value {
        Val::Arr(list) => list.iter().all(|value| fits(value, left, depth + 1)),
        Val::Obj(map) => map
            .iter()
            .all(|(key, value)| fits(key, left, depth + 1) && fits(value, left, depth + 1)),
        _ => true,
    }
}

/// Multiplies, unless that repeats a text or grows a number without end.
fn multiply(left: Val, right: Val) -> ValR<Val> {
    let limit = BUDGET.with_borrow(|budget| budget.size);
    let too_large = match (&left, &right) {
        (Val::TStr(text) | Val::BStr(text), count @ Val::Num(_))
        | (count @ Val::Num(_), Val::TStr(text) | Val::BStr(text)) => {
            let count = count.as_f64().unwrap_or(f64::INFINITY);
            #[expect(clippy::cast_precision_loss, reason = "a bound need not be exact")]
            let size = text.len() as f64 * count;
            #[expect(clippy::cast_precision_loss, reason = "a bound need not be exact")]
            let fits = size <= limit as f64;
            !fits
        }
        (Val::Num(left), Val::Num(right)) => is_huge(left) || is_huge(right),
        _ => false,
    };
    if too_large {
        return with_budget(|budget| budget.refuse("makes too large a value"));
    }
    left * right
}

fn is_huge(number: &Num) -> bool {
    matches!(number, Num::BigInt(number) if number.bits() > 4096)
}

/// The functions a program can call, with those of this module.
pub(super) fn functions() -> impl Iterator<Item = Fun<Data>> {
    let own: [Fun<Data>; 4] = [
        run(("__tick", v(0), |cv| bome(tick(&cv.1)))),
        run(("__size", v(0), |cv| bome(size(&cv.1)))),
        run(("__multiply", v(2), |mut cv| {
            let right = cv.0.pop_var();
            bome(multiply(cv.0.pop_var(), right))
        })),
        run(("__delete", v(1), |mut cv| {
            bome(delete::paths(cv.1, &cv.0.pop_var()))
        })),
    ];
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(|(name, ..)| !REACHES_OUT.contains(name))
        .chain(own)
}

/// What ends the process, reads the clock or the environment, or writes.
const REACHES_OUT: [&str; 9] = [
    "halt",
    "env",
    "now",
    "debug_empty",
    "stderr_empty",
    "input",
    "inputs",
    "localtime",
    "strflocaltime",
];

/// What is defined in terms of those.
const DEFINED_OVER_THEM: [&str; 4] = ["halt", "halt_error", "debug", "stderr"];

/// The definitions a program can call.
pub(super) fn definitions<'a>() -> impl Iterator<Item = Def<&'a str, Term<&'a str>>> {
    let own = jaq_core::load::parse(OWN, |parser| parser.defs()).unwrap_or_default();
    jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|def| !DEFINED_OVER_THEM.contains(&def.name))
        .chain(own)
        .map(shorter)
}

/// Lets a definition stand beside others that do not live as long.
fn shorter<'a>(def: Def<&'static str, Term<&'static str>>) -> Def<&'a str, Term<&'a str>> {
    def
}

/// Deletion takes what is there and leaves what is not, and some functions that
/// rules use and jaq lacks.
const OWN: &str = r"
def del(f): __delete([path(f)]);
def delpaths($paths): __delete($paths);
def IN(values): any(values == .; .);
def IN(source; values): any(source == values; .);
def INDEX(source; f): reduce source as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def ascii: [.] | implode;
def toarray: if isarray then . else [.] end;
def trimstr($text): ltrimstr($text) | rtrimstr($text);
def leaf_paths: paths(scalars);
def tostream:
  path(def r: (.[]? | r), .; r) as $p
  | getpath($p)
  | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
";
