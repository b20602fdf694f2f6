//! One question about partitions, and how far it has come.

use super::query::OffsetsQuery;
use super::results::{FoundOffset, OffsetLookup, Offsets};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use std::time::Duration;

/// How far one partition has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LookupState {
    Seeking,
    /// With its leader, in the request of this number.
    Sent(u64),
    Done,
}

/// A question as the main thread keeps it.
pub(super) struct OpenQuery {
    query: OffsetsQuery,
    steps: Vec<LookupState>,
    found: Vec<FoundOffset>,
    leaders: Vec<ErrorCode>,
    /// Whether all leaders were known at some time: what fails later is a broker's answer.
    begun: bool,
    not_before: Time,
    /// When the cluster may be asked for leaders again, and how often it has been.
    ask_at: Time,
    rounds: u32,
    retries: u32,
}

impl OpenQuery {
    pub fn new(query: OffsetsQuery, now: Time) -> Self {
        let n = query.asked.len();
        Self {
            steps: vec![LookupState::Seeking; n],
            found: vec![FoundOffset::failed(ErrorCode::NO_ERROR); n],
            leaders: vec![ErrorCode::_IN_PROGRESS; n],
            begun: false,
            not_before: now,
            ask_at: now,
            rounds: 0,
            retries: 0,
            query,
        }
    }

    pub fn query(&self) -> &OffsetsQuery {
        &self.query
    }

    pub fn give_up(self) {
        self.query.give_up();
    }

    /// Before this time nothing is asked.
    pub fn not_before(&self) -> Time {
        self.not_before
    }

    /// How often requests have been repeated.
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// Requests are to be repeated, but not before this time.
    pub fn retry_at(&mut self, time: Time) {
        self.not_before = time;
        self.retries = self.retries.saturating_add(1);
    }

    /// Whether a request is still under way for a partition, or will be.
    pub fn is_open(&self) -> bool {
        self.steps.iter().any(|s| *s != LookupState::Done)
    }

    /// The parts of the question that wait for a leader, with their places.
    pub fn seeking(&self) -> impl Iterator<Item = (usize, &OffsetLookup)> {
        let places = self.steps.iter().zip(&self.query.asked).enumerate();
        places.filter(|(_, (step, _))| **step == LookupState::Seeking).map(|(i, (_, asked))| (i, asked))
    }

    /// The places whose leaders were asked by the request of this number.
    pub fn sent_by(&self, number: u64) -> Vec<usize> {
        let places = self.steps.iter().enumerate();
        places.filter(|(_, step)| **step == LookupState::Sent(number)).map(|(i, _)| i).collect()
    }

    /// Whether the cluster may be asked for leaders now; if so, counts it. Returns when it may be asked
    /// again.
    pub fn next_round(&mut self, now: Time) -> (bool, Time) {
        let due = now >= self.ask_at;
        if due {
            self.rounds += 1;
            self.ask_at = now + Duration::from_millis(100) * self.rounds.min(20);
        }
        (due, self.ask_at)
    }

    /// All leaders are known.
    pub fn begin(&mut self) {
        self.begun = true;
        self.query.set_leaders_known();
    }

    pub fn set_leader(&mut self, place: usize, code: ErrorCode) {
        if let Some(leader) = self.leaders.get_mut(place) {
            *leader = code;
        }
    }

    pub fn set_sent(&mut self, place: usize, number: u64) {
        if let Some(step) = self.steps.get_mut(place) {
            *step = LookupState::Sent(number);
        }
    }

    pub fn set_found(&mut self, place: usize, result: FoundOffset) {
        if let (Some(step), Some(found)) = (self.steps.get_mut(place), self.found.get_mut(place)) {
            *step = LookupState::Done;
            *found = result;
        }
    }

    /// Looks for the partition's leader again.
    pub fn seek_again(&mut self, place: usize) {
        if let Some(step) = self.steps.get_mut(place) {
            *step = LookupState::Seeking;
        }
    }

    pub fn deadline(&self) -> Deadline {
        Deadline::at(self.query.deadline)
    }

    fn finish(self, error: ErrorCode, text: &str) {
        let answer = Offsets { error, leaders: self.leaders, found: self.found };
        self.query.answer(answer, Error::new(error, text));
    }

    /// The time is over.
    pub fn finish_late(self, any_up: bool) {
        let error = match self.begun {
            false if !any_up && !self.query.is_for_event() => ErrorCode::_ALL_BROKERS_DOWN,
            _ => ErrorCode::_TIMED_OUT,
        };
        let text = if self.begun {
            "Failed while waiting for response from broker: Local: Timed out".to_owned()
        } else {
            format!("Failed to query partition leaders: {}", ErrorCode::_TIMED_OUT.describe())
        };
        self.finish(error, &text);
    }

    /// All partitions have been heard of.
    pub fn finish_heard(self) {
        let none = self.leaders.iter().all(|code| *code != ErrorCode::NO_ERROR);
        if self.query.is_for_event() {
            if none && !self.query.asked.is_empty() {
                let text = "Failed to query partition leaders: No leaders found";
                return self.finish(ErrorCode::_NOENT, text);
            }
            return self.finish(ErrorCode::NO_ERROR, "");
        }
        let error = if none {
            ErrorCode::_UNKNOWN_PARTITION
        } else {
            // Partitions without a leader do not make the others' offsets worth less.
            let asked = self.leaders.iter().zip(&self.found);
            asked
                .filter(|(leader, _)| **leader == ErrorCode::NO_ERROR)
                .map(|(_, found)| found.error)
                .find(|code| *code != ErrorCode::NO_ERROR)
                .unwrap_or(ErrorCode::NO_ERROR)
        };
        self.finish(error, "");
    }
}
