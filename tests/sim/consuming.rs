//! A consumer against simulated brokers: it is given every message of its partitions once and in order, and
//! is told of each end once, whatever goes wrong meanwhile. With seeks it goes on at the place that was
//! named; where logs lose their end under a new leader, what it has in the end is what the logs have.

use super::clock::Tracing;
use super::consumer_world::{Habits, Ordeal, World};
use super::encrypted;
use super::schedules::{Totals, campaign};
use std::sync::{Arc, Mutex};

const SCHEDULES: u64 = 600;

fn consume(name: &str, count: u64, habits: Habits) -> Option<Totals> {
    campaign(name, count, &|seed, trace| World::new(seed, habits, &trace.into()).run())
}

#[test]
fn consuming() {
    consume("consuming", SCHEDULES, Habits { polls: 0.8, ..Habits::default() });
}

#[test]
fn consuming_here_and_there() {
    let habits = Habits { polls: 0.5, seeks: 0.1, pauses: 0.2, ..Habits::default() };
    consume("consuming_here_and_there", SCHEDULES, habits);
}

#[test]
fn consuming_encrypted() {
    let habits = Habits { polls: 0.8, seeks: 0.02, encrypted: true, ..Habits::default() };
    encrypted::judge(consume("consuming_encrypted", SCHEDULES, habits));
}

#[test]
fn consuming_what_gets_lost() {
    let habits = Habits { polls: 0.8, truncations: 0.1, ..Habits::default() };
    consume("consuming_what_gets_lost", SCHEDULES, habits);
}

/// Topics are deleted and made anew, with other ids. What is read of each of them is read once and in order.
#[test]
fn consuming_topics_made_anew() {
    let habits = Habits { polls: 0.8, recreations: 0.1, ..Habits::default() };
    consume("consuming_topics_made_anew", SCHEDULES, habits);
}

#[test]
fn consuming_in_shortages() {
    let habits = Habits { polls: 0.8, ordeal: Ordeal::Shortages, ..Habits::default() };
    consume("consuming_in_shortages", SCHEDULES / 3, habits);
}

#[test]
fn consuming_from_replacements() {
    let habits = Habits { polls: 0.8, seeks: 0.02, ordeal: Ordeal::Replacements, ..Habits::default() };
    consume("consuming_from_replacements", SCHEDULES / 3, habits);
}

#[test]
fn consuming_overtaken_answers() {
    let habits = Habits { polls: 0.8, seeks: 0.05, overtaken: 0.5, ..Habits::default() };
    consume("consuming_overtaken_answers", SCHEDULES / 3, habits);
}

/// What is read is not judged: who is lied to cannot know. Nothing panics, the end comes, and nothing is left
/// behind.
#[test]
fn consuming_lies() {
    let habits = Habits { polls: 0.8, seeks: 0.02, pauses: 0.02, lies: 0.6, ..Habits::default() };
    consume("consuming_lies", SCHEDULES / 3, habits);
}

/// A seed that fails must fail again, and a mend be seen to mend it.
#[test]
fn a_schedule_of_a_consumer_is_a_function_of_its_seed() {
    let habits = Habits { polls: 0.7, seeks: 0.05, pauses: 0.05, truncations: 0.1, ..Habits::default() };
    let run = |seed| {
        let lines = Arc::default();
        let summary = World::new(seed, habits, &Tracing::Kept(Arc::clone(&lines))).run();
        let lines = std::mem::take(&mut *Mutex::lock(&lines).unwrap());
        (summary, lines)
    };
    let mut lines = 0;
    for seed in (0..12).chain([7_000_664]) {
        let (first, second) = (run(seed), run(seed));
        let differ = first.1.iter().zip(&second.1).find(|(a, b)| a != b);
        assert_eq!(differ, None, "seed {seed}");
        assert_eq!(first.0, second.0, "seed {seed}");
        assert_eq!(first.1.len(), second.1.len(), "seed {seed}");
        lines += first.1.len();
    }
    assert!(lines > 1_000, "there is next to nothing to be compared");
}
