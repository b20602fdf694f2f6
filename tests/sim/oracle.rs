//! What has to be true: the book of all messages that were accepted, and the judgement over it.

use super::history::{History, Place};
use super::plan::{Plan, UNLIMITED};
use rdkafka::base::clock::Time;
use rdkafka::base::error::ErrorCode;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How much later than its time a report may come: the client looks for overdue messages about once a second.
pub const MARGIN: Duration = Duration::from_millis(1_100);

/// As many batches of a partition an idempotent producer has in flight.
const MAX_IN_FLIGHT: usize = 5;

/// What a delivery report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    pub error: ErrorCode,
    pub partition: i32,
    pub offset: i64,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub topic: usize,
    /// -1: left to the partitioner.
    pub wanted: i32,
    pub key: Option<Vec<u8>>,
    pub value: Vec<u8>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub accepted: Time,
    pub timeout: Option<Duration>,
    /// Whether the broker acknowledges it: not with `acks=0`.
    pub acked: bool,
    pub fate: Option<Fate>,
    pub reported: Option<Time>,
}

impl Message {
    pub fn is_delivered(&self) -> bool {
        self.fate.as_ref().is_some_and(|f| f.error == ErrorCode::NO_ERROR)
    }

    /// Delivered and acknowledged.
    fn delivered(&self) -> Option<&Fate> {
        self.fate.as_ref().filter(|f| self.acked && f.error == ErrorCode::NO_ERROR)
    }

    /// Without a timeout nothing is held against a message before the end.
    fn due(&self) -> Time {
        self.timeout.map_or(Time(i64::MAX), |t| self.accepted + t + MARGIN)
    }
}

/// What may be expected of a schedule.
#[derive(Clone, Copy, Debug)]
pub struct Expectations {
    /// Nothing may be in the log twice, unless the broker has lost the producer's state in between: then it
    /// takes a batch once more that is sent again because its answer was lost, and no client could know.
    pub no_duplicates: bool,
    /// Delivered messages of a partition are in the order in which they were produced, by where each was
    /// stored first. Only batches that were in flight together when the broker lost the producer's state may
    /// be in another.
    pub ordered: bool,
    /// Everything has to be delivered.
    pub all_delivered: bool,
    /// How long that may take.
    pub within: Option<Duration>,
    /// The brokers are old, and their messages have no headers.
    pub no_headers: bool,
}

#[derive(Default)]
pub struct Oracle {
    pub messages: Vec<Message>,
    /// Messages without a report, by the time at which there has to be one.
    open: BTreeSet<(Time, usize)>,
    pub violations: Vec<String>,
}

impl Oracle {
    pub fn accept(&mut self, m: Message) -> usize {
        let id = self.messages.len();
        self.open.insert((m.due(), id));
        self.messages.push(m);
        id
    }

    pub fn next_id(&self) -> usize {
        self.messages.len()
    }

    pub fn is_delivered(&self, id: usize) -> bool {
        self.messages.get(id).is_some_and(Message::is_delivered)
    }

    pub fn is_reported(&self, id: usize) -> bool {
        self.messages.get(id).is_some_and(|m| m.fate.is_some())
    }

    /// When the oldest message that has no report yet was accepted.
    pub fn oldest_open(&self) -> Option<Time> {
        self.open.iter().map(|(_, id)| self.messages[*id].accepted).min()
    }

    pub fn open(&self) -> usize {
        self.open.len()
    }

    pub fn report(&mut self, id: usize, value: &[u8], fate: Fate, now: Time) {
        let Some(m) = self.messages.get_mut(id) else {
            self.violations.push(format!("report for message {id}, which was never accepted"));
            return;
        };
        if m.value != value {
            self.violations.push(format!("report of message {id} shows another value"));
        }
        if let Some(before) = &m.fate {
            self.violations.push(format!("message {id} reported twice: {before:?}, then {fate:?}"));
            return;
        }
        self.open.remove(&(m.due(), id));
        m.fate = Some(fate);
        m.reported = Some(now);
    }

    /// All reports that existed at `now` have been served.
    pub fn all_served(&mut self, now: Time) {
        while let Some((due, id)) = self.open.first().copied().filter(|(due, _)| *due < now) {
            self.open.pop_first();
            let m = &self.messages[id];
            self.violations.push(format!(
                "message {id} (topic {} partition {}) accepted at {} with timeout {:?} has no report at {} (due {})",
                m.topic, m.wanted, m.accepted.0, m.timeout, now.0, due.0
            ));
        }
    }

    /// The judgement at the end, over the logs of all partitions by topic and partition.
    pub fn judge(&mut self, logs: &BTreeMap<(usize, i32), History>, expect: Expectations) {
        let mut wrong = Vec::new();
        for (id, m) in self.messages.iter().enumerate().filter(|(_, m)| m.fate.is_none()) {
            wrong.push(format!("message {id} was never reported (accepted at {})", m.accepted.0));
        }
        self.judge_records(logs, expect, &mut wrong);
        let places = self.places(logs, &mut wrong);
        if expect.ordered {
            self.judge_order(logs, &places, &mut wrong);
        }
        if expect.all_delivered {
            let lost = self.messages.iter().enumerate().filter_map(|(id, m)| {
                let fate = m.fate.as_ref().filter(|f| f.error != ErrorCode::NO_ERROR)?;
                Some(format!("message {id} was not delivered although nothing went wrong: {fate:?}"))
            });
            wrong.extend(lost);
        }
        if let Some(within) = expect.within {
            let took = |m: &Message| m.reported.map_or(Duration::MAX, |t| t.since(m.accepted));
            let late = self.messages.iter().enumerate().filter(|(_, m)| took(m) > within);
            wrong.extend(late.map(|(id, m)| format!("message {id} took {:?}", took(m))));
        }
        self.violations.append(&mut wrong);
    }

    /// Every record is a message that was accepted, unchanged, in a partition where it may be.
    fn judge_records(
        &self,
        logs: &BTreeMap<(usize, i32), History>,
        expect: Expectations,
        wrong: &mut Vec<String>,
    ) {
        let mut seen = BTreeMap::new();
        for ((topic, partition), log) in logs {
            for (at, r) in log.records().filter(|(_, r)| !r.marker) {
                let place = format!("topic {topic} partition {partition} offset {}", r.offset);
                let id = r.value.as_deref().and_then(id_of);
                let Some((id, m)) = id.and_then(|id| Some((id, self.messages.get(id)?))) else {
                    wrong.push(format!("{place}: a record that nobody produced"));
                    continue;
                };
                let headers = if expect.no_headers { &[][..] } else { &m.headers };
                let same = r.key == m.key && r.value.as_ref() == Some(&m.value) && r.headers == headers;
                if !same || m.topic != *topic || (m.wanted >= 0 && m.wanted != *partition) {
                    wrong.push(format!("{place}: message {id} was changed or misdirected"));
                }
                let again = seen.insert(id, (*topic, *partition, at));
                let pardoned =
                    |(t, p, before)| (t, p) == (*topic, *partition) && log.lost_state_between(before, at);
                if expect.no_duplicates && again.is_some_and(|before| !pardoned(before)) {
                    wrong.push(format!("{place}: message {id} is in the log twice"));
                }
            }
        }
    }

    /// Where the delivered messages were stored first, by message. What is reported delivered is there, at
    /// the very offset that was reported.
    fn places(
        &self,
        logs: &BTreeMap<(usize, i32), History>,
        wrong: &mut Vec<String>,
    ) -> BTreeMap<usize, Place> {
        let all: BTreeMap<_, _> = logs.iter().map(|(at, log)| (*at, log.places())).collect();
        let mut found = BTreeMap::new();
        for (id, m) in self.messages.iter().enumerate() {
            let Some(f) = m.delivered() else { continue };
            let stored = all.get(&(m.topic, f.partition)).and_then(|log| log.get(&id));
            let stored = stored.filter(|places| places.iter().any(|(offset, _)| *offset == f.offset));
            match stored.and_then(|places| places.first()) {
                Some((_, first)) => {
                    found.insert(id, *first);
                }
                None => wrong.push(format!("message {id} is reported delivered as {f:?} and is not there")),
            }
        }
        found
    }

    fn judge_order(
        &self,
        logs: &BTreeMap<(usize, i32), History>,
        places: &BTreeMap<usize, Place>,
        wrong: &mut Vec<String>,
    ) {
        // Messages that wait for the cluster to be known wait in one place if they name their partition and
        // in another if they do not, so order holds for each kind.
        let mut last: BTreeMap<(usize, i32, bool), (Place, usize)> = BTreeMap::new();
        for (id, place) in places {
            let m = &self.messages[*id];
            let Some(f) = m.delivered() else { continue };
            let line = last.entry((m.topic, f.partition, m.wanted < 0)).or_insert((*place, *id));
            let (before, other) = *line;
            let in_flight_at_loss = || {
                let log = &logs[&(m.topic, f.partition)];
                log.batches_since_loss(*place, before).is_some_and(|n| n < MAX_IN_FLIGHT)
            };
            if before > *place && !in_flight_at_loss() {
                wrong.push(format!(
                    "message {other} is at {before:?}, message {id}, produced later, at {place:?} (topic {} partition {})",
                    m.topic, f.partition
                ));
            }
            *line = (*place, *id).max((before, other));
        }
    }
}

/// A value that says which message it belongs to and what every byte of it has to be.
pub fn value_for(id: usize, len: usize) -> Vec<u8> {
    let mut v = (id as u64).to_be_bytes().to_vec();
    v.extend((8..len).map(|i| (i * 31 + id * 7) as u8));
    v
}

pub fn id_of(value: &[u8]) -> Option<usize> {
    Some(u64::from_be_bytes(value.get(..8)?.try_into().ok()?) as usize)
}

impl Oracle {
    /// No message fails without a reason, and none times out before its time.
    pub fn judge_failures(&mut self, plan: &Plan) {
        let patient = plan.settings.retry.retries >= UNLIMITED;
        for (id, m) in self.messages.iter().enumerate().filter(|(_, m)| !m.is_delivered()) {
            let (Some(fate), Some(at)) = (&m.fate, m.reported) else { continue };
            if !plan.explains(m.topic, fate.error) {
                self.violations.push(format!("message {id} failed without a reason: {fate:?}"));
            }
            let early = m.timeout.is_some_and(|t| at < m.accepted + t);
            if fate.error == ErrorCode::_MSG_TIMED_OUT && patient && early {
                let after = at.since(m.accepted);
                self.violations.push(format!("message {id} timed out after {after:?} of {:?}", m.timeout));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::logs::Record;
    use super::*;

    const STRICT: Expectations = Expectations {
        no_duplicates: true,
        ordered: true,
        all_delivered: true,
        within: None,
        no_headers: false,
    };

    fn message(id: usize) -> Message {
        Message {
            topic: 0,
            wanted: 0,
            key: None,
            value: value_for(id, 10),
            headers: Vec::new(),
            accepted: Time(0),
            timeout: Some(Duration::from_secs(1)),
            acked: true,
            fate: None,
            reported: None,
        }
    }

    fn delivered(offset: i64) -> Fate {
        Fate { error: ErrorCode::NO_ERROR, partition: 0, offset }
    }

    fn record(offset: i64, id: usize) -> Record {
        Record { offset, key: None, value: Some(value_for(id, 10)), headers: Vec::new(), marker: false }
    }

    fn judged(records: Vec<Record>, fates: &[Fate]) -> Vec<String> {
        let mut log = History::default();
        log.extend(records.into_iter().map(|r| vec![r]));
        judged_by(log, fates)
    }

    fn judged_by(log: History, fates: &[Fate]) -> Vec<String> {
        let mut o = Oracle::default();
        for (id, f) in fates.iter().enumerate() {
            o.accept(message(id));
            o.report(id, &value_for(id, 10), f.clone(), Time(0));
        }
        o.judge(&BTreeMap::from([((0, 0), log)]), STRICT);
        o.violations
    }

    #[test]
    fn a_good_run_passes() {
        assert!(judged(vec![record(0, 0), record(1, 1)], &[delivered(0), delivered(1)]).is_empty());
    }

    #[test]
    fn each_kind_of_violation_is_seen() {
        let bad = [
            judged(vec![record(0, 0)], &[delivered(0), delivered(1)]),
            judged(vec![record(0, 1), record(1, 0)], &[delivered(1), delivered(0)]),
            judged(vec![record(0, 0), record(1, 0)], &[delivered(0)]),
            judged(vec![record(0, 7)], &[]),
            judged(vec![], &[Fate { error: ErrorCode::_MSG_TIMED_OUT, ..delivered(-1001) }]),
        ];
        assert!(bad.iter().all(|v| !v.is_empty()), "{bad:#?}");

        let mut o = Oracle::default();
        o.accept(message(0));
        o.all_served(Time(2_000_000));
        assert!(o.violations.is_empty());
        o.all_served(Time(2_200_000));
        assert_eq!(o.violations.len(), 1);
        o.report(0, &value_for(0, 10), delivered(0), Time(0));
        o.report(0, &value_for(0, 10), delivered(0), Time(0));
        o.report(5, b"", delivered(0), Time(0));
        assert_eq!(o.violations.len(), 3);
    }

    /// A log of batches of a message each; `None`: the state of producers is lost.
    fn log(messages: &[Option<usize>]) -> History {
        let mut log = History::default();
        for (id, offset) in messages.iter().zip(0..) {
            match id {
                Some(id) => log.extend([vec![record(offset, *id)]]),
                None => log.lose_state(),
            }
        }
        log
    }

    #[test]
    fn twice_or_in_another_order_only_where_the_broker_has_lost_its_state() {
        let twice = |messages: &[Option<usize>]| judged_by(log(messages), &[delivered(0)]).len();
        assert_eq!(twice(&[Some(0), None, Some(0)]), 0);
        assert_eq!(twice(&[Some(0), Some(0), None]), 1);
        assert_eq!(twice(&[None, Some(0), Some(0)]), 2, "nor is it where it is said to be");
        let turned = |messages: &[Option<usize>], first, second| {
            judged_by(log(messages), &[delivered(first), delivered(second)]).len()
        };
        assert_eq!(turned(&[None, Some(1), Some(0)], 2, 1), 0);
        assert_eq!(turned(&[Some(1), None, Some(0)], 2, 0), 1);
        assert_eq!(turned(&[Some(1), Some(0), None], 1, 0), 1);
    }
}
