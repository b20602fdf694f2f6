//! Lists of runs, the messages of a batch.

use super::store::Run;
use crate::base::clock::Time;

/// Enqueue time of the `n`th message.
#[must_use]
pub fn nth_enqueued(runs: &[Run], mut n: usize) -> Option<Time> {
    for run in runs {
        if n < run.len() {
            return Some(run.get(n).enqueued());
        }
        n -= run.len();
    }
    None
}

/// Cuts off the first `n` messages.
#[must_use]
pub fn split_runs(runs: &mut Vec<Run>, mut n: usize) -> Vec<Run> {
    let mut front = Vec::new();
    let mut rest = Vec::new();
    for mut run in runs.drain(..) {
        if n > 0 {
            let part = run.split_front(n);
            n -= part.len();
            front.push(part);
        }
        if !run.is_empty() {
            rest.push(run);
        }
    }
    *runs = rest;
    front
}
