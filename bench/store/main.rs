//! Measures the candidates for the message store against each other: the full life of a message from
//! produce() to its delivery report, without network and scheduling. What came of it stands in
//! `docs/internals/store.md`.
//!
//!     cargo bench --bench store                 everything, about a minute
//!     cargo bench --bench store -- --short      a few seconds
//!     ... -- --depth 100000                     with a backlog of so many messages on one thread
//!     ... -- --default-malloc                   malloc may return memory to the system between rounds
//!     ... -- --only F --case 1 --rounds 200     one candidate alone, for a profiler

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A failure here is a failed measurement.

mod case;
mod check;
mod cpu;
mod early;
mod late;
mod linked;
mod memory;
mod request;
mod run;

use case::{CASES, Candidate, Case};
use cpu::median;
use run::{Cost, Source};

/// The baseline first.
const NAMES: [&str; 5] = ["L", "F", "E", "A", "P"];

fn make(name: &str, case: &Case) -> Box<dyn Candidate> {
    match name {
        "L" => Box::new(linked::Linked::new(case)),
        "F" => Box::new(late::Late::new(case, false)),
        "E" => Box::new(late::Late::new(case, true)),
        "A" => Box::new(early::Early::new(case, early::Binding::Fixed)),
        "P" => Box::new(early::Early::new(case, early::Binding::Patched)),
        _ => panic!("no candidate {name}: one of {NAMES:?}"),
    }
}

struct Plan {
    names: Vec<&'static str>,
    cases: Vec<usize>,
    rounds: usize,
    /// Messages that queue up before they are sent, on one thread.
    depth: usize,
    messages: usize,
    threaded_messages: usize,
}

impl Plan {
    fn from(args: &[String]) -> Self {
        let short = args.iter().any(|a| a == "--short");
        let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
        let number = |name: &str| value(name).map(|v| v.parse().expect("a number"));
        let all = if short { vec![1, 9] } else { (0..CASES.len()).collect() };
        Self {
            names: NAMES.iter().copied().filter(|n| value("--only").is_none_or(|o| o == n)).collect(),
            cases: number("--case").map_or(all, |c| vec![c]),
            rounds: number("--rounds").unwrap_or(if short { 7 } else { 21 }),
            depth: number("--depth").unwrap_or(2048),
            messages: 16_384,
            threaded_messages: if short { 32_000 } else { 64_000 },
        }
    }
}

/// A candidate's rounds in one way of running.
type Rounds = Vec<Cost>;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, name, case] = args.as_slice()
        && mode == "--memory"
    {
        return memory::child(name, &CASES[case.parse::<usize>().unwrap()]);
    }
    if args.is_empty() {
        // `cargo test --all-targets` runs benchmarks too, without an argument; `cargo bench` gives `--bench`.
        return println!("nothing measured; run `cargo bench --bench store`");
    }
    if !args.iter().any(|a| a == "--default-malloc") {
        cpu::keep_freed_memory();
    }
    let plan = Plan::from(&args);
    println!("L librdkafka's shape");
    println!(
        "F slot and arena, encode at drain (the library)   E the same with the legacy engine's scheduling"
    );
    println!("A encode at append, batch fixed at append         P encode at append, patched at drain");
    println!(
        "CPU ns per message, medians of {} interleaved rounds; ratio to L: median of pairs",
        plan.rounds
    );
    for &i in &plan.cases {
        let case = &CASES[i];
        check::same_result(&plan.names, case);
        println!("\n[{i}] {}", case.title());
        println!("      one thread: {:>27} | two threads: {:>34} |    memory", "ratio", "ratio");
        println!(
            "  produce   drain  report   total   to L | produce   drain  report   total   to L    wall |  B/msg   to L"
        );
        measure(&plan, i);
    }
}

fn measure(plan: &Plan, index: usize) {
    let case = &CASES[index];
    let mut source = Source::new(case);
    let candidates: Vec<_> = plan.names.iter().map(|n| make(n, case)).collect();
    let mut alone: Vec<Rounds> = vec![Rounds::new(); candidates.len()];
    let mut threaded = alone.clone();
    // The first rounds fill pools and caches and do not count.
    for round in 0..plan.rounds + 2 {
        for (i, c) in candidates.iter().enumerate() {
            let a = run::alone(&mut source, &**c, plan.messages, plan.depth);
            let t = run::threaded(&mut source, &**c, plan.threaded_messages);
            if round >= 2 {
                alone[i].push(a);
                threaded[i].push(t);
            }
        }
    }
    let bytes: Vec<f64> = plan.names.iter().map(|n| memory::of(n, index)).collect();
    for (i, name) in plan.names.iter().enumerate() {
        println!(
            "{name} {} | {} {:7.1} | {:6.0} {:6.2}",
            columns(&alone[i], &alone[0]),
            columns(&threaded[i], &threaded[0]),
            median(threaded[i].iter().map(|c| c.wall)),
            bytes[i],
            bytes[i] / bytes[0],
        );
    }
}

fn columns(rounds: &[Cost], baseline: &[Cost]) -> String {
    let m = |f: fn(&Cost) -> f64| median(rounds.iter().map(f));
    let ratio = median(rounds.iter().zip(baseline).map(|(c, l)| c.total() / l.total()));
    format!(
        "{:7.1} {:7.1} {:7.1} {:7.1} {ratio:6.2}",
        m(|c| c.produce),
        m(|c| c.serve),
        m(|c| c.poll),
        m(Cost::total)
    )
}
