//! Random applications, synced in a world of faults, crashes and stale news.
//!
//! A run is a function of its seed, which every failure prints. What is checked
//! holds for every sync: no wave begins before the one before is where it should
//! be, nothing is deleted that is not to go, a failed PreSync leaves everything
//! as it is, a crash changes nothing about the end, and what does not end waits
//! for something with a name.

mod application;
mod fault;
mod random;
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gitops_core::apply::{ApplyOptions, DeleteOptions, Reason};
use gitops_core::plan::{Phase, Task};
use jiff::{SignedDuration, Timestamp};

use super::{Call, Observed, Operation, OperationPhase, Step};
use application::Application;
use fault::{ALWAYS, ASKS, Fault, REASONS};
use random::Random;
use world::World;

/// How many runs; `GITOPS_SIMULATIONS` asks for another number.
const RUNS: u64 = 100_000;
/// Every so many seeds there is a run for each place where the process may die.
const THOROUGH: u64 = 16;
/// Rounds without steps after which nothing more is going to happen.
const MOST_IDLE: usize = 30;
/// More rounds than any run needs.
const MOST_ROUNDS: usize = 4_000;

/// What became of a run.
#[derive(Debug, PartialEq)]
struct End {
    phase: OperationPhase,
    message: String,
    objects: Vec<String>,
    hooks_run: Vec<(String, u32)>,
}

/// How a run is disturbed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Disturbance {
    None,
    /// The process dies now and then, with some of its calls made.
    Crashes,
    /// The process dies once, in this round.
    Crash(usize),
    /// The operation is told to end at some point.
    Termination,
}

struct Run {
    operation: Operation,
    world: World,
    random: Random,
    now: Timestamp,
    log: Log,
}

/// The steps of each round.
#[derive(Default, PartialEq)]
struct Log(Vec<Vec<Step>>);

impl std::fmt::Display for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (round, steps) in self.0.iter().enumerate() {
            writeln!(f, "{round} {steps:?}")?;
        }
        Ok(())
    }
}

impl Run {
    fn new(application: &Application, seed: u64) -> Self {
        Self {
            operation: Operation::new(application.plan()),
            world: World::new(application),
            random: Random::new(seed ^ 0x5eed),
            now: Timestamp::UNIX_EPOCH,
            log: Log::default(),
        }
    }

    /// Runs until the operation ends or nothing changes any more.
    fn go(mut self, disturbance: Disturbance) -> (End, Log) {
        let mut seen = Observed::default();
        let mut idle = 0;
        for round in 0.. {
            assert!(round < MOST_ROUNDS, "goes on for ever\n{}", self.log);
            if disturbance == Disturbance::Termination && self.random.one_in(12) {
                self.operation.terminate();
                idle = 0;
            }
            let steps = self.operation.advance(&seen, self.now);
            self.log.0.push(steps.clone());
            if self.operation.phase().is_completed() {
                break;
            }
            self.now += SignedDuration::from_millis(500);
            idle = if steps.is_empty() { idle + 1 } else { 0 };
            if idle > MOST_IDLE {
                self.check_waiting();
                break;
            }
            let dies = match disturbance {
                Disturbance::Crashes => self.random.one_in(6),
                Disturbance::Crash(at) => at == round,
                Disturbance::None | Disturbance::Termination => false,
            };
            if dies {
                self.crash(&steps);
                seen = Observed::default();
                continue;
            }
            let plan = self.operation.plan();
            let answers = steps.iter().map(|step| self.world.make(step, plan));
            let answers = answers.collect();
            let awaited = self.operation.awaited();
            let mut sightings = self.world.look(&awaited, plan, &mut self.random);
            self.random.shuffle(&mut sightings);
            seen = Observed {
                answers,
                sightings,
                approved_at: None,
            };
        }
        if let Some(broken) = self.world.broken(self.operation.plan()) {
            panic!("{broken}\n{:#?}\n{}", self.world, self.log);
        }
        (self.end(), self.log)
    }

    /// Stores the operation, makes some of its calls, and forgets the rest.
    fn crash(&mut self, steps: &[Step]) {
        let stored = serde_json::to_string(&self.operation).unwrap();
        let plan = self.operation.plan().clone();
        for step in steps {
            if self.random.one_in(2) {
                self.world.make(step, &plan);
            }
        }
        self.operation = serde_json::from_str(&stored).unwrap();
    }

    fn check_waiting(&self) {
        let waiting = self.operation.waiting();
        let named = waiting.is_some_and(|waiting| !waiting.tasks.is_empty());
        assert!(named, "hangs: {:?}\n{}", self.operation, self.log);
        assert!(
            self.world.is_stuck(waiting.unwrap(), self.operation.plan()),
            "waits for what has happened: {}\n{:?}\n{}",
            self.operation.message(),
            self.world,
            self.log
        );
    }

    fn end(&self) -> End {
        End {
            phase: self.operation.phase(),
            message: self.operation.message().to_owned(),
            objects: self.world.objects(),
            hooks_run: self.world.hooks_run(),
        }
    }
}

/// Simulates one application in several ways, and says in how many.
fn simulate(seed: u64) -> u64 {
    let application = Application::random(seed);
    let run = |disturbance| Run::new(&application, seed).go(disturbance);
    let (end, log) = run(Disturbance::None);
    let (again, log_again) = run(Disturbance::None);
    assert_eq!(end, again, "another run ends differently");
    assert!(log == log_again, "another run differs\n{log}\n{log_again}");

    let crashes = if seed.is_multiple_of(THOROUGH) {
        (0..log.0.len()).map(Disturbance::Crash).collect()
    } else {
        vec![Disturbance::Crashes]
    };
    let runs = 3 + u64::try_from(crashes.len()).unwrap();
    for disturbance in crashes {
        let (crashed, crashed_log) = run(disturbance);
        let logs = || format!("{log}\n--- with {disturbance:?}\n{crashed_log}");
        let why = || format!("a crash makes a difference\n{application:#?}\n{}", logs());
        if application.is_unsteady() {
            // It ends, and breaks no law on the way.
        } else if application.may_fail() {
            // What else was begun by then depends on when the failure is seen.
            assert_eq!(end.phase, crashed.phase, "{}", why());
        } else {
            assert_eq!(end, crashed, "{}", why());
        }
    }

    run(Disturbance::Termination);
    runs
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn no_fault_breaks_a_law() {
    let wanted = setting("GITOPS_SIMULATIONS").unwrap_or(RUNS);
    let first = setting("GITOPS_SEED").unwrap_or(0);
    let (next, runs) = (AtomicU64::new(first), AtomicU64::new(0));
    let simulate = || {
        while runs.load(Ordering::Relaxed) < wanted {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let made = std::panic::catch_unwind(|| simulate(seed));
            let Ok(made) = made else {
                panic!("GITOPS_SEED={seed} GITOPS_SIMULATIONS=1 shows it again");
            };
            runs.fetch_add(made, Ordering::Relaxed);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(simulate);
        }
    });
    let (runs, next) = (runs.into_inner(), next.into_inner());
    println!("{runs} of {runs} runs, of seeds {first} to {}", next - 1);
}

#[test]
fn a_broken_law_is_seen() {
    // Plain objects without faults, in more than one wave.
    let is_fit = |application: &Application| {
        let plan = application.plan();
        let plain = |task: &Task| task.apply().is_some() && !task.is_hook();
        let first = plan.tasks.first().map(Task::step);
        let things = &mut application.things.values();
        plan.tasks.iter().all(plain)
            && plan.tasks.last().map(Task::step) > first
            && things.all(|thing| thing.fault == Fault::None)
    };
    let application = (0..1_000).map(Application::random).find(is_fit).unwrap();
    let plan = application.plan();
    let task = plan.tasks.len() - 1;
    let object = plan.tasks[task].target.clone().unwrap();
    let call = Call::Apply {
        object,
        options: ApplyOptions::default(),
    };
    let mut world = World::new(&application);
    world.make(&Step { task, call }, &plan);
    let broken = world.broken(&plan).expect("a wave was left out");
    assert!(broken.contains("before"), "{broken}");

    let object = plan.tasks[task].object.clone();
    let call = Call::Delete {
        object,
        options: DeleteOptions::default(),
    };
    let mut world = World::new(&application);
    world.make(&Step { task, call }, &plan);
    let broken = world.broken(&plan).expect("what is wanted was deleted");
    assert!(broken.contains("deletes"), "{broken}");
}

#[test]
fn every_fault_is_drawn_for_every_call() {
    let mut random = Random::new(0);
    let drawn: Vec<Fault> = (0..20_000).map(|_| Fault::random(&mut random)).collect();
    let check = |fault: Fault| assert!(drawn.contains(&fault), "{fault:?} is never drawn");
    for times in [1, ALWAYS] {
        for reason in REASONS {
            for ask in ASKS.map(Some) {
                check(Fault::Refused { ask, times, reason });
            }
            // The driver tells what is not found, or of no kind that is served, as gone.
            if !matches!(reason, Reason::NotFound | Reason::UnknownKind) {
                check(Fault::Hidden { times, reason });
            }
        }
    }
    for reason in [
        Reason::Unavailable,
        Reason::TooManyRequests,
        Reason::Timeout,
    ] {
        let (ask, times) = (None, 1);
        check(Fault::Refused { ask, times, reason });
        check(Fault::Lost { times, reason });
    }
    let (times, reason) = (ALWAYS, Reason::TooLarge);
    check(Fault::Lost { times, reason });
}

/// Whether a task's phase is carried out unless something fails.
fn is_regular(phase: Phase) -> bool {
    phase != Phase::SyncFail
}

fn shared<T>(value: T) -> Arc<T> {
    Arc::new(value)
}
