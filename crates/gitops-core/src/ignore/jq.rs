//! jq programs that name parts of a document.
//!
//! Programs come from people who may not be trusted. A program is refused when it
//! is too long or nested too deeply, and every step of it that could repeat, recurse
//! or grow first passes a native function that counts (see [`guard`]). Programs run
//! on a thread of their own, whose stack is large enough for what the count allows.
//! Nothing in reach of a program ends the process, reads the clock, the environment
//! or files.

mod delete;
mod guard;
mod native;
mod path;

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use jaq_core::load::{Arena, File, Loader, parse};
use jaq_core::{Compiler, Ctx, Filter, Vars, data, unwrap_valr};
use jaq_json::Val;
use serde::Deserialize;
use serde_json::Value;

use super::place::Place;
use native::Budget;

/// What one program may cost on one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many steps it may take.
    pub steps: u64,
    /// How many values or bytes one value of it may hold.
    pub size: usize,
    /// How many paths it may name.
    pub paths: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: STEPS_A_SECOND,
            size: 1 << 20,
            paths: 10_000,
        }
    }
}

/// How many steps count as a second, and how many seconds there are at the most: the
/// stack has to hold what all of them allow.
const STEPS_A_SECOND: u64 = 100_000;
const MAX_SECONDS: u64 = 10;

impl Limits {
    /// The limits that stand for this time, of which ten seconds count at the most.
    /// Steps are counted, not time, so that the answer is the same on a busy machine.
    pub fn of_time(time: Duration) -> Self {
        let time = time.min(Duration::from_secs(MAX_SECONDS));
        let steps = u128::from(STEPS_A_SECOND) * time.as_millis() / 1_000;
        Self {
            steps: u64::try_from(steps).unwrap_or(u64::MAX),
            ..Self::default()
        }
    }
}

/// Longer programs are refused.
const MAX_LENGTH: usize = 8 * 1024;
/// Programs with more brackets inside each other are refused.
const MAX_NESTING: usize = 100;
/// Programs with more words and signs that parse into something deeper are refused.
const MAX_OPERATORS: usize = 1_000;
/// Parsing and compiling recurse with the program.
const COMPILE_STACK: usize = 64 << 20;
/// How deep a running program may recurse.
const RUN_STACK: usize = 8 << 20;
/// Every step can make the chain of a program's variables longer, and dropping that
/// chain recurses. The pages are only used by programs that do this.
const STACK_PER_STEP: usize = 1024;

type Data = data::JustLut<Val>;

/// A compiled program.
pub(super) struct Program {
    filter: Filter<Data>,
    form: Form,
}

/// What a program gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The paths of what it names.
    Paths,
    /// The document without what it names: a program that closes the bracket it
    /// stands in, which users do to change more than paths can say.
    Document,
}

/// What a program found in one document.
pub(super) enum Found {
    /// Places, each from the root.
    Places(Vec<Place>),
    /// The whole document after it.
    Document(Value),
}

impl Program {
    /// Compiles what stands inside `del(…)`.
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("is longer than {MAX_LENGTH} bytes"));
        }
        if nesting(text) > MAX_NESTING {
            return Err(format!("nests more than {MAX_NESTING} brackets"));
        }
        if operators(text) > MAX_OPERATORS {
            return Err(format!("has more than {MAX_OPERATORS} operators"));
        }
        on_a_stack_of(COMPILE_STACK, || compile(text))?
    }

    /// Whether it names places, and does not rewrite the document.
    pub(super) fn gives_paths(&self) -> bool {
        self.form == Form::Paths
    }

    /// Runs on a thread that [`run_all`] made ready.
    fn run(&self, document: &Val, limits: Limits) -> Result<Found, String> {
        let context = Ctx::<Data>::new(&self.filter.lut, Vars::new([]));
        let outputs = self.filter.id.run((context, document.clone()));
        let mut outputs = outputs.map(unwrap_valr);
        match self.form {
            Form::Document => {
                let output = outputs.next().ok_or("gives nothing")?.map_err(message)?;
                if outputs.next().is_some() {
                    return Err("gives more than one document".into());
                }
                let document = serde_json::from_str(&output.to_string());
                Ok(Found::Document(
                    document.map_err(|error| error.to_string())?,
                ))
            }
            Form::Paths => {
                let mut places = Vec::new();
                for output in outputs {
                    if let Some(reason) = Budget::exceeded() {
                        return Err(reason);
                    }
                    if places.len() >= limits.paths {
                        return Err(format!("names more than {} places", limits.paths));
                    }
                    places.push(path::place(&output.map_err(message)?)?);
                }
                Ok(Found::Places(places))
            }
        }
    }
}

/// Runs every program on its document, all on one thread of their own. The order of
/// the answers is that of the questions.
pub(super) fn run_all(
    questions: &[(&Program, &Value)],
    limits: Limits,
) -> Vec<Result<Found, String>> {
    let steps = usize::try_from(limits.steps).unwrap_or(usize::MAX);
    let stack = steps
        .saturating_mul(STACK_PER_STEP)
        .saturating_add(2 * RUN_STACK);
    let answers = on_a_stack_of(stack, || {
        let mut converted: Option<(*const Value, Val)> = None;
        let answer = |(program, document): &(&Program, &Value)| {
            let address = std::ptr::from_ref(*document);
            if converted
                .as_ref()
                .is_none_or(|(known, _)| *known != address)
            {
                let value = Val::deserialize(*document).map_err(|error| error.to_string())?;
                converted = Some((address, value));
            }
            let Some((_, value)) = &converted else {
                return Err("has no document".into());
            };
            Budget::start(limits, RUN_STACK);
            program.run(value, limits)
        };
        questions.iter().map(answer).collect::<Vec<_>>()
    });
    answers.unwrap_or_else(|error| questions.iter().map(|_| Err(error.clone())).collect())
}

fn on_a_stack_of<T: Send>(size: usize, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    let name = "jq".to_owned();
    thread::scope(|scope| {
        let thread = thread::Builder::new().name(name).stack_size(size);
        let running = thread.spawn_scoped(scope, work);
        let running = running.map_err(|error| format!("gets no thread: {error}"))?;
        running.join().map_err(|_| "ended its thread".to_owned())
    })
}

/// The message of a program's error, cut to a length that fits into a log.
///
/// An error may quote the document, which may be a Secret, so of its own errors only
/// the program's limits are told in full.
#[expect(clippy::needless_pass_by_value, reason = "made to stand in `map_err`")]
fn message(error: jaq_core::Error<Val>) -> String {
    Budget::exceeded().unwrap_or_else(|| {
        let text = error.to_string();
        let kind = [
            "cannot iterate",
            "cannot index",
            "cannot use",
            "invalid path",
        ];
        let known = kind.iter().find(|known| text.starts_with(*known));
        known.map_or_else(
            || "failed".to_owned(),
            |known| format!("failed: {known} a value"),
        )
    })
}

/// How many brackets stand inside each other; brackets in texts count too.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// How many words and signs there are after which a program may go deeper.
fn operators(text: &str) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_word(c)).filter(|word| {
        let nests = [
            "try", "catch", "if", "elif", "else", "def", "as", "reduce", "foreach", "label",
        ];
        nests.contains(word)
    });
    let signs = text.chars().filter(|c| "|,-+*/%=<>;?".contains(*c));
    words.count() + signs.count()
}

thread_local! {
    static BUDGET: RefCell<Budget> = const { RefCell::new(Budget::none()) };
}

fn compile(text: &str) -> Result<Program, String> {
    let whole = format!("del({text})");
    let (main, form) = match parse_main(text) {
        Some(term) => (guard::path_of(term), Form::Paths),
        None => (parse_main(&whole).ok_or("does not parse")?, Form::Document),
    };
    let defs = native::definitions().map(guard::definition);
    let main = guard::definition(parse::Def {
        name: "__main",
        args: Vec::new(),
        body: main,
    });
    let arena = Arena::default();
    let loader = Loader::new(defs.chain([main]));
    let file = File {
        code: "__main",
        path: (),
    };
    let modules = loader.load(&arena, file).map_err(|_| "does not parse")?;
    let filter = Compiler::default()
        .with_funs(native::functions())
        .compile(modules)
        .map_err(|errors| undefined(&errors))?;
    Ok(Program { filter, form })
}

fn parse_main(text: &str) -> Option<parse::Term<&str>> {
    jaq_core::load::parse(text, |parser| parser.term())
}

fn undefined(errors: &jaq_core::compile::Errors<&str, ()>) -> String {
    let all = errors.iter().flat_map(|(_, errors)| errors);
    let texts = all.map(|(name, what)| format!("{} {name} is not defined", what.as_str()));
    let mut texts: Vec<String> = texts.collect();
    texts.dedup();
    texts.join("; ")
}

#[cfg(test)]
mod tests;
