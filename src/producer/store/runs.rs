//! The messages of a batch: a list of runs, mostly of one.

use super::run::Run;
use crate::base::clock::Time;
use std::ops::{Deref, DerefMut};

/// Runs in their order. A single one, which is what most batches have, needs no memory of its own: that would
/// be taken on the broker's thread and given back on the application's, for every batch.
pub enum Runs {
    One(Run),
    Many(Vec<Run>),
}

impl Runs {
    #[must_use]
    pub const fn new() -> Self {
        Self::Many(Vec::new())
    }

    pub fn push(&mut self, run: Run) {
        match std::mem::take(self) {
            Self::One(first) => *self = Self::Many(vec![first, run]),
            Self::Many(runs) if runs.is_empty() => *self = Self::One(run),
            Self::Many(mut runs) => {
                runs.push(run);
                *self = Self::Many(runs);
            }
        }
    }

    /// Takes the first run.
    pub fn pop_front(&mut self) -> Option<Run> {
        match self {
            Self::Many(runs) if runs.is_empty() => None,
            Self::Many(runs) => Some(runs.remove(0)),
            Self::One(_) => std::mem::take(self).into_iter().next(),
        }
    }

    /// Takes everything out of another list.
    pub fn append(&mut self, other: &mut Self) {
        self.extend(std::mem::take(other));
    }

    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl Default for Runs {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Vec<Run>> for Runs {
    fn from(runs: Vec<Run>) -> Self {
        Self::Many(runs)
    }
}

impl From<Run> for Runs {
    fn from(run: Run) -> Self {
        Self::One(run)
    }
}

impl Deref for Runs {
    type Target = [Run];

    #[inline]
    fn deref(&self) -> &[Run] {
        match self {
            Self::One(run) => std::slice::from_ref(run),
            Self::Many(runs) => runs,
        }
    }
}

impl DerefMut for Runs {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Run] {
        match self {
            Self::One(run) => std::slice::from_mut(run),
            Self::Many(runs) => runs,
        }
    }
}

impl Extend<Run> for Runs {
    fn extend<I: IntoIterator<Item = Run>>(&mut self, runs: I) {
        runs.into_iter().for_each(|run| self.push(run));
    }
}

impl FromIterator<Run> for Runs {
    fn from_iter<I: IntoIterator<Item = Run>>(runs: I) -> Self {
        let mut out = Self::new();
        out.extend(runs);
        out
    }
}

impl IntoIterator for Runs {
    type Item = Run;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Run>, std::vec::IntoIter<Run>>;

    fn into_iter(self) -> Self::IntoIter {
        match self {
            Self::One(run) => Some(run).into_iter().chain(Vec::new()),
            Self::Many(runs) => None.into_iter().chain(runs),
        }
    }
}

impl<'a> IntoIterator for &'a Runs {
    type Item = &'a Run;
    type IntoIter = std::slice::Iter<'a, Run>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

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
pub fn split_runs(runs: &mut Runs, mut n: usize) -> Runs {
    let mut front = Runs::new();
    let mut rest = Runs::new();
    for mut run in std::mem::take(runs) {
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

#[cfg(test)]
mod tests;
