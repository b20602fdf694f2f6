//! Whose turn it is: what is ready now, in the order in which it became so, and what is due when.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// The turns of those that a thread serves, by their keys. Each has one turn until it is served.
#[derive(Default)]
pub struct Agenda {
    entries: FxHashMap<u32, Entry>,
    ready: VecDeque<u32>,
    due: BTreeSet<(Time, u32)>,
}

#[derive(Default)]
struct Entry {
    is_ready: bool,
    due: Deadline,
}

impl Agenda {
    /// Somebody new, who is ready at once.
    pub fn add(&mut self, key: u32) {
        self.entries.insert(key, Entry::default());
        self.ready(key);
    }

    pub fn remove(&mut self, key: u32) {
        if let Some(Entry { due, .. }) = self.entries.remove(&key)
            && let Some(at) = due.time()
        {
            self.due.remove(&(at, key));
        }
    }

    /// There is something to do for `key`; whoever is not known any more has no turn.
    pub fn ready(&mut self, key: u32) {
        if let Some(entry) = self.entries.get_mut(&key)
            && !std::mem::replace(&mut entry.is_ready, true)
        {
            self.ready.push_back(key);
        }
    }

    /// Unless it becomes ready before, `key` has its next turn at this time.
    pub fn sleep_until(&mut self, key: u32, due: Deadline) {
        let Some(entry) = self.entries.get_mut(&key).filter(|entry| entry.due != due) else { return };
        let before = std::mem::replace(&mut entry.due, due);
        if let Some(at) = before.time() {
            self.due.remove(&(at, key));
        }
        if let Some(at) = due.time() {
            self.due.insert((at, key));
        }
    }

    /// Those whose time has come are ready.
    pub fn wake_due(&mut self, now: Time) {
        while let Some((at, key)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, key));
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.due = Deadline::NEVER;
            }
            self.ready(key);
        }
    }

    /// How many have a turn now.
    pub fn waiting(&self) -> usize {
        self.ready.len()
    }

    /// Whose turn it is.
    pub fn next(&mut self) -> Option<u32> {
        while let Some(key) = self.ready.pop_front() {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.is_ready = false;
                return Some(key);
            }
        }
        None
    }

    /// How long there is nothing to do; `None` for ever.
    pub fn idle_from(&self, now: Time) -> Option<Duration> {
        if !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        self.due.first().map(|(at, _)| at.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(agenda: &mut Agenda) -> Vec<u32> {
        std::iter::from_fn(|| agenda.next()).collect()
    }

    #[test]
    fn turns_come_in_order_and_once() {
        let mut agenda = Agenda::default();
        [3, 1, 2].into_iter().for_each(|key| agenda.add(key));
        agenda.ready(1);
        assert_eq!((agenda.waiting(), agenda.idle_from(Time(0))), (3, Some(Duration::ZERO)));
        assert_eq!(drain(&mut agenda), [3, 1, 2]);
        assert_eq!(agenda.idle_from(Time(0)), None);
        agenda.ready(2);
        agenda.ready(9);
        agenda.remove(2);
        assert!(drain(&mut agenda).is_empty());
    }

    #[test]
    fn sleepers_are_woken_when_they_are_due_and_not_twice() {
        let mut agenda = Agenda::default();
        [1, 2, 3].into_iter().for_each(|key| agenda.add(key));
        assert_eq!(drain(&mut agenda), [1, 2, 3]);
        agenda.sleep_until(1, Deadline::at(Time(50)));
        agenda.sleep_until(2, Deadline::at(Time(20)));
        agenda.sleep_until(3, Deadline::at(Time(10)));
        agenda.sleep_until(3, Deadline::at(Time(30)));
        assert_eq!(agenda.idle_from(Time(5)), Some(Duration::from_micros(15)));
        agenda.wake_due(Time(20));
        agenda.ready(2);
        assert_eq!(drain(&mut agenda), [2]);
        agenda.sleep_until(1, Deadline::NEVER);
        agenda.remove(3);
        agenda.wake_due(Time(100));
        assert!(drain(&mut agenda).is_empty());
        assert_eq!(agenda.idle_from(Time(100)), None);
    }
}
