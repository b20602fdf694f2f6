//! Transactions under faults: what was committed is visible as a whole, what was aborted not at all, nothing
//! twice, in order.

use super::app::Served;
use super::brokers::{Log, decompress};
use super::logs;
use super::oracle::{Message, Oracle, id_of};
use super::plan::{Engine, Event, Plan, TransactionHabits, UNLIMITED};
use super::schedules::campaign;
use super::world::{Summary, World};
use fastrand::Rng;
use rdkafka::base::error::ErrorCode;
use rdkafka::client::Client;
use rdkafka::client::txn::{Calls, ErrorClass, GroupMember, TxnError};
use rdkafka::consumer::offset_to_commit::OffsetToCommit;
use rdkafka::protocol::primitives::Reader;
use std::collections::BTreeMap;
use std::time::Duration;

/// How a transaction ended, as the application was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    Committed,
    Aborted,
}

#[derive(Debug)]
struct Transaction {
    /// The first message that may be part of it, and the first that is not.
    messages: std::ops::Range<usize>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Init,
    Ready,
    /// So many messages are still to be produced.
    Open(usize),
    /// Consumer offsets are on their way into the transaction.
    SendingOffsets,
    Committing,
    Aborting,
    Done,
}

/// The transactional side of the application. Calls are made with no time to wait, and made again until they
/// are done.
#[derive(Debug)]
pub struct Transactional {
    phase: Phase,
    left: usize,
    book: Vec<Transaction>,
    habits: TransactionHabits,
    untroubled: bool,
    /// Brokers may say that transactions cannot go on: that is no fault then.
    lied_to: bool,
}

impl Transactional {
    pub fn new(habits: TransactionHabits, plan: &Plan) -> Self {
        let (left, lied_to) = (habits.transactions, plan.has_liars());
        Self { phase: Phase::Init, left, book: Vec::new(), habits, untroubled: !plan.trouble, lied_to }
    }

    /// Whether a call has not come to its end.
    pub fn is_in_call(&self) -> bool {
        matches!(self.phase, Phase::Init | Phase::SendingOffsets | Phase::Committing | Phase::Aborting)
    }

    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// No new transaction begins.
    pub fn stop(&mut self) {
        self.left = 0;
    }

    /// One turn. Returns how many messages are to be produced now.
    pub fn act(
        &mut self,
        client: &Client,
        rng: &mut Rng,
        oracle: &mut Oracle,
        serve: &mut Served<'_>,
    ) -> usize {
        const NOW: Option<Duration> = Some(Duration::ZERO);
        let calls = Calls::of(client).unwrap();
        match self.phase {
            Phase::Init => {
                if self.went_well(calls.init_transactions(NOW), oracle) {
                    self.phase = Phase::Ready;
                }
            }
            Phase::Ready if self.left == 0 => self.phase = Phase::Done,
            Phase::Ready => {
                self.left -= 1;
                if let Err(f) = calls.begin_transaction() {
                    return self.give_up(oracle, format!("begin_transaction: {f:?}"));
                }
                let first = oracle.next_id();
                self.book.push(Transaction { messages: first..first, end: End::Open });
                self.phase = Phase::Open(rng.usize(0..self.habits.size));
            }
            Phase::Open(0) => {
                if let Some(t) = self.book.last_mut() {
                    t.messages.end = oracle.next_id();
                }
                if rng.f64() >= self.habits.offsets {
                    self.phase = self.last_phase(rng);
                    return 0;
                }
                self.phase = Phase::SendingOffsets;
                let timeout = Some(Duration::from_secs(rng.u64(1..60)));
                let result = calls.begin_offsets(member(), offsets(), timeout);
                self.offsets_sent(result, rng, oracle);
            }
            Phase::SendingOffsets => self.offsets_sent(calls.offsets_result(), rng, oracle),
            Phase::Open(n) => {
                let burst = rng.usize(1..=n);
                self.phase = Phase::Open(n - burst);
                return burst;
            }
            Phase::Committing => {
                let result = calls.commit_transaction(NOW, &mut |e| serve.take(&e, oracle));
                self.ended(result, End::Committed, oracle);
            }
            Phase::Aborting => {
                let result = calls.abort_transaction(NOW, &mut |e| serve.take(&e, oracle));
                self.ended(result, End::Aborted, oracle);
            }
            Phase::Done => {}
        }
        0
    }

    /// How the transaction is to end.
    fn last_phase(&self, rng: &mut Rng) -> Phase {
        if rng.f64() < self.habits.aborts { Phase::Aborting } else { Phase::Committing }
    }

    fn offsets_sent(&mut self, result: Option<Result<(), TxnError>>, rng: &mut Rng, oracle: &mut Oracle) {
        match result {
            None => {}
            Some(Ok(())) => self.phase = self.last_phase(rng),
            // The coordinator does not know of the offsets: they are sent again, or the transaction goes
            // without.
            Some(Err(f)) if f.class == ErrorClass::Retriable => self.phase = Phase::Open(0),
            Some(Err(f)) if f.class == ErrorClass::Abortable => self.phase = Phase::Aborting,
            // The transaction has failed already: the end of it says why.
            Some(Err(f)) if f.code == ErrorCode::_STATE => self.phase = Phase::Committing,
            Some(Err(f)) => {
                self.give_up(oracle, format!("offsets cannot be sent: {f:?}"));
            }
        }
    }

    fn ended(&mut self, result: Result<(), TxnError>, end: End, oracle: &mut Oracle) {
        match result {
            Ok(()) => {
                if let Some(t) = self.book.last_mut() {
                    t.end = end;
                }
                self.phase = Phase::Ready;
            }
            Err(f) if f.class == ErrorClass::Retriable => {}
            Err(f) if f.class == ErrorClass::Abortable && end == End::Committed => {
                self.phase = Phase::Aborting
            }
            Err(f) => {
                self.give_up(oracle, format!("{end:?} cannot be had: {f:?}"));
            }
        }
    }

    fn went_well(&mut self, result: Result<(), TxnError>, oracle: &mut Oracle) -> bool {
        match result {
            Ok(()) => return true,
            Err(f) if f.class == ErrorClass::Retriable => {}
            Err(f) => {
                self.give_up(oracle, format!("no transactions: {f:?}"));
            }
        }
        false
    }

    /// Ends the application's work, which only a lie may bring about. Returns how many messages are to be
    /// produced now.
    fn give_up(&mut self, oracle: &mut Oracle, why: String) -> usize {
        if !self.lied_to {
            oracle.violations.push(why);
        }
        self.phase = Phase::Done;
        0
    }

    pub fn describe(&self) -> String {
        format!("{:?} with {} transactions begun", self.phase, self.book.len())
    }

    /// Compares what readers of committed messages see with what the application was told.
    pub fn judge(&self, batches: &[Log], oracle: &mut Oracle) {
        if self.untroubled {
            let timed_out =
                |m: &Message| m.fate.as_ref().is_some_and(|f| f.error == ErrorCode::_MSG_TIMED_OUT);
            let late = oracle.messages.iter().filter(|m| timed_out(m)).count();
            if late > 0 {
                oracle.violations.push(format!("{late} messages timed out although nothing went wrong"));
            }
        }
        let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
        for (place, log) in batches {
            let visible = committed(log);
            let ids: Vec<usize> = visible.iter().filter_map(|v| id_of(v)).collect();
            for pair in ids.windows(2).filter(|p| p[0] >= p[1]) {
                oracle.violations.push(format!("in {place:?} message {} comes before {}", pair[0], pair[1]));
            }
            ids.into_iter().for_each(|id| *seen.entry(id).or_default() += 1);
        }
        for t in &self.book {
            for id in t.messages.clone() {
                let times = seen.get(&id).copied().unwrap_or_default();
                let wanted = usize::from(t.end == End::Committed);
                if times != wanted && t.end != End::Open {
                    oracle
                        .violations
                        .push(format!("message {id} of a transaction {:?} is visible {times} times", t.end));
                }
                if t.end == End::Committed && !oracle.is_delivered(id) {
                    oracle
                        .violations
                        .push(format!("message {id} was committed but is not reported as delivered"));
                }
            }
        }
    }
}

/// The values of the records that a reader of committed messages gets from a log, in its order.
fn committed(log: &[Vec<u8>]) -> Vec<Vec<u8>> {
    const CONTROL: i16 = 0x20;
    const TRANSACTIONAL: i16 = 0x10;
    let mut open: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    let mut visible = vec![false; log.len()];
    for (i, batch) in log.iter().enumerate() {
        let attributes = Reader::new(&batch[21..]).i16().unwrap();
        let producer = Reader::new(&batch[43..]).i64().unwrap();
        if attributes & CONTROL != 0 {
            let commit = marker_commits(batch);
            for n in open.remove(&producer).unwrap_or_default() {
                visible[n] = commit;
            }
        } else if attributes & TRANSACTIONAL != 0 {
            open.entry(producer).or_default().push(i);
        } else {
            visible[i] = true;
        }
    }
    let shown = log.iter().zip(visible).filter(|(_, v)| *v);
    let records = shown.flat_map(|(b, _)| logs::records(b, decompress).unwrap());
    records.filter_map(|r| r.value).collect()
}

/// The key of a control record: version, then 0 for an abort and 1 for a commit.
fn marker_commits(batch: &[u8]) -> bool {
    let mut r = Reader::new(&batch[61..]);
    r.varint().unwrap();
    r.i8().unwrap();
    r.varlong().unwrap();
    r.varint().unwrap();
    let len = usize::try_from(r.varint().unwrap()).unwrap();
    let key = r.take(len).unwrap();
    key[2..4] == [0, 1]
}

fn member() -> GroupMember {
    GroupMember { group: "group".into(), generation: -1, member: String::new(), instance: None }
}

fn offsets() -> Vec<OffsetToCommit> {
    let topic = "topic-0".into();
    vec![OffsetToCommit { topic, partition: 0, offset: 1, leader_epoch: -1, metadata: None }]
}

impl Plan {
    /// The same with transactions.
    pub fn in_transactions(mut self) -> Self {
        let mut rng = Rng::with_seed(self.seed ^ 0x7a25);
        let s = &mut self.settings;
        s.idempotence.enabled = true;
        s.transactions.id = Some("id".into());
        s.network.max_in_flight = s.network.max_in_flight.min(5);
        s.retry.retries = UNLIMITED;
        s.queue.max_messages = Some(100_000);
        s.queue.max_bytes = 1 << 30;
        self.versions.clear();
        self.habits.purges = 0.0;
        self.habits.flushes = 0.0;
        self.habits.destroy_after = None;
        self.habits.pause_us = self.habits.pause_us.min(20_000);
        for t in &mut self.topics {
            t.exists = true;
            t.settings.required_acks = -1;
            t.settings.message_timeout = Some(Duration::from_millis(rng.u64(4_000..30_000)));
        }
        // A topic that goes away takes committed messages with it, and one that is refused for good ends
        // transactions only.
        self.events.retain(|(_, e)| !matches!(e, Event::TopicError { .. } | Event::CreateTopic { .. }));
        if self.trouble {
            for api in [10, 22, 24, 25, 26, 28] {
                if rng.bool() {
                    let at = self.calm_after.mul_f64(rng.f64() / 2.0);
                    let from = [
                        ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
                        ErrorCode::NOT_COORDINATOR,
                        ErrorCode::COORDINATOR_NOT_AVAILABLE,
                        ErrorCode::CONCURRENT_TRANSACTIONS,
                        ErrorCode::_TRANSPORT,
                    ];
                    let codes = (0..rng.usize(1..4)).map(|_| from[rng.usize(0..from.len())]).collect();
                    self.events.push((at, Event::RequestErrors { api, codes }));
                }
            }
            for _ in 0..rng.usize(0..3) {
                let at = self.calm_after.mul_f64(rng.f64() / 2.0);
                let broker = rng.i32(1..=self.brokers);
                self.events.push((at, Event::Coordinator { broker }));
            }
            self.events.sort_by_key(|(at, _)| *at);
        }
        self.transaction_version = rng.i16(0..=2);
        if self.trouble && rng.bool() {
            // The last transaction is not over when the first batch of the next one adds its partition.
            let at = self.calm_after.mul_f64(rng.f64() / 2.0);
            let topic = rng.usize(0..self.topics.len());
            let partition = rng.i32(0..self.topics[topic].partitions);
            let codes = vec![ErrorCode::CONCURRENT_TRANSACTIONS; rng.usize(1..4)];
            self.events.push((at, Event::PartitionErrors { topic, partition, codes }));
            self.events.sort_by_key(|(at, _)| *at);
        }
        self.transactions = Some(TransactionHabits {
            transactions: rng.usize(1..15),
            size: 1 << rng.u32(0..8),
            aborts: [0.0, 0.3][rng.usize(0..2)],
            offsets: [0.0, 0.3][rng.usize(0..2)],
        });
        self.lose_producer_state(&mut rng, false);
        self
    }
}

/// How many schedules a full run has on each engine.
const SCHEDULES: u64 = 500;

pub fn plan(seed: u64, engine: Engine) -> Plan {
    Plan::draw(seed ^ 0x7a25_0000).in_transactions().on(engine)
}

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    World::new(plan(seed, engine), trace).run_transactions()
}

#[test]
fn transactions_on_legacy() {
    campaign("transactions_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace));
}

#[test]
fn transactions_on_v2() {
    campaign("transactions_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace));
}
