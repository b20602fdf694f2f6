//! Runs the schedules.

use super::plan::{Engine, Plan};
use super::world::{Summary, World};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many schedules a full run has.
const SCHEDULES: u64 = 2_000;

pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|v| v.parse().unwrap_or_else(|_| panic!("{name} is not a number: {v}")))
}

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    caught(|| World::new(Plan::draw(seed).some_with_old_brokers().on(engine), trace).run())
}

/// A panic is a violation like others.
fn caught(run: impl FnOnce() -> Summary) -> Summary {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_default();
        Summary { violations: vec![format!("panic: {text}")], ..Summary::default() }
    })
}

#[test]
fn schedules_on_legacy() {
    schedules(Engine::Legacy);
}

#[test]
fn schedules_on_multibatch() {
    schedules(Engine::Multibatch);
}

#[test]
fn schedules_on_v2() {
    schedules(Engine::V2);
}

fn schedules(engine: Engine) {
    let name = format!("schedules_on_{}", format!("{engine:?}").to_lowercase());
    campaign(&name, SCHEDULES, &|seed, trace| run(seed, engine, trace));
}

/// Schedules that have found something, by the name of their test: they are run each time.
const FOUND: [(&str, u64); 19] = [
    // Messages in a request that the connection never took as a whole were reported late.
    ("schedules_on_v2", 904_137),
    ("exactly_once_on_v2", 902_191),
    ("exactly_once_on_v2", 917_714),
    // Two partitions of one number, one of them of a topic that was gone for a while, in one request.
    ("overtaken_answers_on_v2", 917_445),
    ("overtaken_answers_on_v2", 2_002_745),
    // The search for a coordinator began with a broker that could not be started, and never ended.
    ("shortages_on_v2", 143),
    // A network on which every request times out: what waited to be sent again was purged with the next
    // burst.
    ("engines_report_and_store_the_same", 187),
    // A hint about a topic of the same name that was gone made the new one's leader epochs old news for good.
    ("exactly_once_on_v2", 1_009_783),
    // A batch that was given up, but stored, did not count among those that had overtaken an open one.
    ("overtaken_answers_on_v2", 12_394),
    // A line that took nothing any more stayed up, and one message after the other timed out in front of it.
    ("encrypted_on_legacy", 2_733),
    ("encrypted_on_multibatch", 2_733),
    // What the former leader answered late was taken, though its log had lost it.
    ("consuming_what_gets_lost", 7_000_664),
    // Likewise what it said late of where its log ends.
    ("consuming_what_gets_lost", 40_000_326),
    ("consuming_what_gets_lost", 40_005_040),
    // A broker left and came back under its id, and could not be started at once: its partitions waited for
    // good.
    ("consuming_in_shortages", 40_004_864),
    ("consuming_in_shortages", 40_007_785),
    // A topic made anew with fewer partitions: the others were asked for under the old id, and one request
    // had one id for all partitions of a name.
    ("consuming_topics_made_anew", 1_510),
    ("consuming_topics_made_anew", 2_411),
    ("consuming_topics_made_anew", 40_001_308),
];

/// From so many schedules on, a campaign has to come up to its floors: one that delivers nothing, or in which
/// nothing goes wrong, proves nothing.
const FLOOR_FROM: u64 = 20;

/// Runs one schedule for each of many seeds, or the one that the environment names. `name` is that of the
/// test. Returns what all of them came to; `None` for a single one.
pub fn campaign(name: &str, count: u64, run: &(dyn Fn(u64, bool) -> Summary + Sync)) -> Option<Totals> {
    if let Some(seed) = number("SIM_SEED") {
        let summary = caught(|| run(seed, number("SIM_TRACE").is_some_and(|t| t > 0)));
        println!("{summary:#?}");
        assert!(summary.violations.is_empty(), "seed {seed}: {:#?}", summary.violations);
        return None;
    }
    let first = number("SIM_FIRST").unwrap_or(0);
    let count = number("SIM_SCHEDULES").unwrap_or(count);
    let next = AtomicU64::new(first);
    let totals = Mutex::new(Totals::default());
    let mut found = Totals::default();
    for (_, seed) in FOUND.iter().filter(|(test, _)| *test == name) {
        found.add(*seed, &caught(|| run(*seed, false)));
    }
    assert!(found.bad.is_empty(), "failed once more: {:?}", found.bad);
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    let summary = caught(|| run(seed, false));
                    totals.lock().unwrap().add(seed, &summary);
                }
            });
        }
    });
    let mut t = totals.into_inner().unwrap();
    println!(
        "{name}: {count} schedules, {} messages delivered, {} failed, {} connections cut",
        t.delivered, t.failed, t.cuts
    );
    t.bad.sort_unstable();
    assert!(
        t.bad.is_empty(),
        "{} of {count} failed; replay with SIM_SEED=n cargo test {name}: {:?}",
        t.bad.len(),
        t.bad
    );
    assert!(
        count < FLOOR_FROM || (t.delivered as u64 >= count && t.cuts >= count / 4),
        "{name}: too little has happened: {t:?}"
    );
    Some(t)
}

/// What the schedules of a campaign came to.
#[derive(Debug, Default)]
pub struct Totals {
    pub schedules: u64,
    pub delivered: usize,
    pub failed: usize,
    cuts: u64,
    /// Handshakes of TLS that could come to no good end.
    pub handshakes: u64,
    bad: Vec<u64>,
}

impl Totals {
    fn add(&mut self, seed: u64, s: &Summary) {
        self.schedules += 1;
        self.delivered += s.delivered;
        self.failed += s.failed;
        self.cuts += s.counters.cuts;
        self.handshakes += s.counters.handshakes;
        if let Some(worst) = s.violations.first() {
            println!("SIM_SEED={seed}: {} violations, first: {worst}", s.violations.len());
            self.bad.push(seed);
        }
    }
}

#[test]
fn a_schedule_is_a_function_of_its_seed() {
    for engine in Engine::ALL {
        for seed in 0..10 {
            assert_eq!(run(seed, engine, false), run(seed, engine, false), "seed {seed} on {engine:?}");
        }
    }
}
