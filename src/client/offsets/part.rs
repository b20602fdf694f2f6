//! Offsets of partitions (ListOffsets): their ends, or where a time begins. Leaders are looked up, each is asked once, and
//! whoever asked is answered when all are heard of, or when his time is over.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::{Arc, Condvar, Mutex, Rank};
use crate::base::unwind;
use crate::broker::{BrokerHandle, ControlRequest, ControlResult, Op};
use crate::client::main_loop::{Main, MainOp};
use crate::client::metadata::{AppQuery, Scope};
use crate::client::queue::event_queue::EventQueue;
use crate::client::queue::events::Results;
use crate::client::{Client, Event};
use crate::cluster::leaders::Leader;
use crate::protocol::error_action::ErrorAction;
use crate::protocol::list_offsets::{Request, RequestPartition, Response};
use crate::protocol::primitives::Reader;
use crate::protocol::{ApiKey, ByTopic};
use std::ops::RangeInclusive;
use std::time::Duration;

/// The versions that librdkafka speaks.
const VERSIONS: RangeInclusive<i16> = 0..=7;

/// What is asked of one partition.
#[derive(Clone, Debug)]
pub struct Asked {
    pub topic: String,
    pub partition: i32,
    /// A time in milliseconds, or one of the negative numbers of `protocol::list_offsets`.
    pub target: i64,
}

/// What was heard of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub error: ErrorCode,
    pub offset: i64,
    pub timestamp: i64,
    pub leader_epoch: i32,
}

impl Found {
    fn failed(error: ErrorCode) -> Self {
        Self { error, offset: -1, timestamp: -1, leader_epoch: -1 }
    }
}

/// The answer to a question about partitions, each at the place where it was asked about.
#[derive(Clone, Debug)]
pub struct Offsets {
    /// The first error that ended the question as a whole.
    pub error: ErrorCode,
    /// What the search for leaders came to.
    pub leaders: Vec<ErrorCode>,
    pub found: Vec<Found>,
}

/// The outcome for one partition, as an event tells it.
pub struct OffsetResult {
    pub asked: Asked,
    pub found: Found,
}

/// Where the asking thread waits.
struct Slot {
    answer: Mutex<Progress>,
    arrived: Condvar,
}

#[derive(Default)]
struct Progress {
    leaders_known: bool,
    answer: Option<Offsets>,
}

/// Where an answer goes.
enum Sink {
    Caller(Arc<Slot>),
    Event { kind: i32, opaque: usize, queue: Arc<EventQueue> },
}

/// A question for the main thread.
pub struct OffsetsQuery {
    asked: Vec<Asked>,
    isolation_level: i8,
    deadline: Time,
    sink: Sink,
}

/// How far one partition has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Seeking,
    Sent(u64),
    Done,
}

/// A question as the main thread keeps it.
struct Waiting {
    query: OffsetsQuery,
    steps: Vec<Step>,
    found: Vec<Found>,
    leaders: Vec<ErrorCode>,
    /// Whether all leaders were known at some time: what fails later is a broker's answer.
    begun: bool,
    not_before: Time,
    /// When the cluster may be asked for leaders again, and how often it has been.
    ask_at: Time,
    rounds: u32,
    retries: u32,
}

/// What a leader answered.
pub struct OffsetsReply {
    number: u64,
    result: Result<Vec<(String, i32, Found)>, Error>,
}

impl Client {
    /// Asks the leaders and waits for the answer.
    pub fn list_offsets(&self, asked: Vec<Asked>, isolation_level: i8, timeout: Duration) -> Offsets {
        let slot =
            Arc::new(Slot { answer: Mutex::new(Rank::Leaf, Progress::default()), arrived: Condvar::new() });
        let start = self.now();
        let open = vec![ErrorCode::_IN_PROGRESS; asked.len()];
        let late = |error, leaders| Offsets { error, leaders, found: Vec::new() };
        let sink = Sink::Caller(slot.clone());
        let query = OffsetsQuery { asked, isolation_level, deadline: start + timeout, sink };
        self.main.push(MainOp::Offsets(query));
        let mut progress = slot.answer.lock();
        loop {
            if let Some(answer) = progress.answer.take() {
                return answer;
            }
            let left = timeout.saturating_sub(self.now().since(start));
            if left.is_zero() || unwind::is_pending() {
                break;
            }
            slot.arrived.wait_for(&mut progress, Some(left));
        }
        let known = progress.leaders_known;
        drop(progress);
        match known {
            true => late(ErrorCode::_TIMED_OUT, Vec::new()),
            false if self.brokers.read().iter().any(|b| b.is_up()) => late(ErrorCode::_TIMED_OUT, open),
            false => late(ErrorCode::_ALL_BROKERS_DOWN, open),
        }
    }

    /// Asks the leaders. The outcome is an event in the queue.
    pub fn list_offsets_event(
        &self,
        asked: Vec<Asked>,
        isolation_level: i8,
        timeout: Duration,
        (kind, opaque, queue): (i32, usize, Arc<EventQueue>),
    ) {
        let sink = Sink::Event { kind, opaque, queue };
        let deadline = self.now() + timeout;
        self.main.push(MainOp::Offsets(OffsetsQuery { asked, isolation_level, deadline, sink }));
    }
}

impl OffsetsQuery {
    fn answer(self, answer: Offsets, error: Error) {
        match self.sink {
            Sink::Caller(slot) => {
                slot.answer.lock().answer = Some(answer);
                slot.arrived.notify_all();
            }
            Sink::Event { kind, opaque, queue } => {
                let found = self.asked.into_iter().zip(answer.found);
                let results = match error.code {
                    ErrorCode::NO_ERROR => {
                        Results::Offsets(found.map(|(asked, found)| OffsetResult { asked, found }).collect())
                    }
                    _ => Results::None,
                };
                queue.push(Event::Outcome { kind, error, opaque, results });
            }
        }
    }

    /// The event of an administrator shows errors partition by partition; a caller is told the first.
    fn for_event(&self) -> bool {
        matches!(self.sink, Sink::Event { .. })
    }

    fn give_up(self) {
        let n = self.asked.len();
        let code = ErrorCode::_DESTROY;
        let answer = Offsets { error: code, leaders: vec![code; n], found: vec![Found::failed(code); n] };
        let text = format!("Failed to query partition leaders: {}", code.describe());
        self.answer(answer, Error::new(code, text));
    }
}

impl Waiting {
    fn new(query: OffsetsQuery, now: Time) -> Self {
        let n = query.asked.len();
        Self {
            steps: vec![Step::Seeking; n],
            found: vec![Found::failed(ErrorCode::NO_ERROR); n],
            leaders: vec![ErrorCode::_IN_PROGRESS; n],
            begun: false,
            not_before: now,
            ask_at: now,
            rounds: 0,
            retries: 0,
            query,
        }
    }

    fn finish(self, error: ErrorCode, text: &str) {
        let answer = Offsets { error, leaders: self.leaders, found: self.found };
        self.query.answer(answer, Error::new(error, text));
    }

    /// Partitions that a request is still under way for, or will be.
    fn is_open(&self) -> bool {
        self.steps.iter().any(|s| *s != Step::Done)
    }

    /// The parts of the question that wait for a leader, with their places.
    fn seeking(&self) -> impl Iterator<Item = (usize, &Asked)> {
        let places = self.steps.iter().zip(&self.query.asked).enumerate();
        places.filter(|(_, (step, _))| **step == Step::Seeking).map(|(i, (_, asked))| (i, asked))
    }

    fn end(&mut self, place: usize, result: Found) {
        if let (Some(step), Some(found)) = (self.steps.get_mut(place), self.found.get_mut(place)) {
            *step = Step::Done;
            *found = result;
        }
    }
}

/// The questions on their way, and what is known of leaders.
#[derive(Default)]
pub(in crate::client) struct Book {
    waiting: Vec<Waiting>,
    /// Numbers the requests.
    number: u64,
}

impl Book {
    /// The client ends: whoever asked is told so.
    pub(in crate::client) fn end(&mut self) {
        for waiting in self.waiting.drain(..) {
            waiting.query.give_up();
        }
    }
}

/// One leader's part of a question.
struct Share {
    node_id: i32,
    /// Places in the question, and the leader epochs.
    places: Vec<(usize, i32)>,
}

/// Shares out what is asked. A partition that is asked about twice goes into two requests: brokers take only one question
/// for a partition at a time.
fn share_out(asked: &[Asked], leaders: &[(usize, i32, i32)]) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let same = |a: usize, b: usize| match (asked.get(a), asked.get(b)) {
        (Some(a), Some(b)) => (&a.topic, a.partition) == (&b.topic, b.partition),
        _ => false,
    };
    for &(place, node_id, epoch) in leaders {
        let fits = |s: &&mut Share| s.node_id == node_id && !s.places.iter().any(|p| same(p.0, place));
        match shares.iter_mut().find(fits) {
            Some(share) => share.places.push((place, epoch)),
            None => shares.push(Share { node_id, places: vec![(place, epoch)] }),
        }
    }
    shares
}

fn request(asked: &[Asked], share: &Share, isolation_level: i8) -> Request {
    let partitions = share.places.iter().filter_map(|(place, epoch)| {
        let a = asked.get(*place)?;
        let partition = RequestPartition {
            partition: a.partition,
            current_leader_epoch: *epoch,
            timestamp: a.target,
            max_num_offsets: 1,
        };
        Some((&a.topic, partition))
    });
    Request { replica_id: -1, isolation_level, topics: ByTopic::group(partitions) }
}

fn decode(answer: ControlResult<'_>) -> Result<Vec<(String, i32, Found)>, Error> {
    let (version, body) = answer?;
    let response = Response::decode(version, &mut Reader::new(body))
        .map_err(|e| Error::new(ErrorCode::_BAD_MSG, format!("malformed ListOffsets response: {e}")))?;
    let mut all = Vec::new();
    for topic in response.topics {
        for p in topic.partitions {
            let offset =
                if version == 0 { p.old_style_offsets.last().copied().unwrap_or(-1) } else { p.offset };
            let found = Found {
                error: ErrorCode(i32::from(p.error_code)),
                offset,
                timestamp: p.timestamp,
                leader_epoch: p.leader_epoch,
            };
            all.push((topic.name.clone(), p.partition, found));
        }
    }
    Ok(all)
}

/// What an error in a ListOffsets response, or in place of one, calls for.
fn error_action(code: ErrorCode) -> ErrorAction {
    use ErrorCode as E;
    match code {
        E::NO_ERROR => ErrorAction::DONE,
        E::UNKNOWN_TOPIC_OR_PART
        | E::NOT_LEADER_FOR_PARTITION
        | E::BROKER_NOT_AVAILABLE
        | E::REPLICA_NOT_AVAILABLE
        | E::KAFKA_STORAGE_ERROR
        | E::OFFSET_NOT_AVAILABLE => ErrorAction::FAIL.and_refresh(),
        E::LEADER_NOT_AVAILABLE | E::FENCED_LEADER_EPOCH | E::UNKNOWN_LEADER_EPOCH | E::_DESTROY_BROKER => {
            ErrorAction::RETRY.and_refresh()
        }
        E::_TRANSPORT
        | E::_RESOLVE
        | E::_TIMED_OUT
        | E::_TIMED_OUT_QUEUE
        | E::REQUEST_TIMED_OUT
        | E::INVALID_MSG
        | E::COORDINATOR_LOAD_IN_PROGRESS
        | E::NOT_ENOUGH_REPLICAS
        | E::NOT_ENOUGH_REPLICAS_AFTER_APPEND => ErrorAction::RETRY,
        _ => ErrorAction::FAIL,
    }
}

impl Main {
    pub(in crate::client) fn add_offsets(&mut self, query: OffsetsQuery, now: Time) {
        for a in &query.asked {
            // What could not be asked last time may have come to be.
            if !matches!(self.view.topics.leaders().find(&a.topic, a.partition), Leader::Is { .. }) {
                self.view.topics.leaders().forget(&a.topic);
            }
        }
        self.offsets.waiting.push(Waiting::new(query, now));
    }

    /// Takes every question as far as it can go now.
    pub(in crate::client) fn serve_offsets(&mut self, now: Time) -> Deadline {
        let mut next = Deadline::NEVER;
        for mut waiting in std::mem::take(&mut self.offsets.waiting) {
            if now >= waiting.query.deadline {
                self.too_late(waiting);
                continue;
            }
            next = next.min(Deadline::at(waiting.query.deadline));
            if waiting.seeking().next().is_some() {
                if now < waiting.not_before {
                    next = next.min(Deadline::at(waiting.not_before));
                } else {
                    next = next.min(self.seek_leaders(&mut waiting, now));
                }
            }
            if waiting.is_open() {
                self.offsets.waiting.push(waiting);
            } else {
                self.all_heard(waiting);
            }
        }
        next
    }

    fn too_late(&mut self, waiting: Waiting) {
        for a in &waiting.query.asked {
            self.view.topics.leaders().unwant(&a.topic);
        }
        let error = match waiting.begun {
            false if !self.view.brokers.any_up() => ErrorCode::_ALL_BROKERS_DOWN,
            _ => ErrorCode::_TIMED_OUT,
        };
        let text = if waiting.begun {
            "Failed while waiting for response from broker: Local: Timed out".to_owned()
        } else {
            format!("Failed to query partition leaders: {}", ErrorCode::_TIMED_OUT.describe())
        };
        let error = if waiting.query.for_event() { ErrorCode::_TIMED_OUT } else { error };
        waiting.finish(error, &text);
    }

    /// Sends what has a leader; asks the cluster about the rest.
    fn seek_leaders(&mut self, waiting: &mut Waiting, now: Time) -> Deadline {
        let mut known = Vec::new();
        let mut failed = Vec::new();
        let mut unknown: Vec<String> = Vec::new();
        for (place, asked) in waiting.seeking() {
            match self.view.topics.leaders().find(&asked.topic, asked.partition) {
                Leader::Is { node_id, epoch } if self.view.brokers.handle(node_id).is_some() => {
                    known.push((place, node_id, epoch));
                }
                Leader::Is { .. } => failed.push((place, ErrorCode::LEADER_NOT_AVAILABLE)),
                Leader::None(code) => failed.push((place, code)),
                Leader::Unknown if unknown.contains(&asked.topic) => {}
                Leader::Unknown => unknown.push(asked.topic.clone()),
            }
        }
        if !unknown.is_empty() {
            return self.ask_for_leaders(waiting, unknown, now);
        }
        for (place, code) in failed {
            waiting.end(place, Found::failed(code));
            waiting.note_leader(place, code);
        }
        waiting.begun = true;
        if let Sink::Caller(slot) = &waiting.query.sink {
            slot.answer.lock().leaders_known = true;
        }
        for share in share_out(&waiting.query.asked, &known) {
            for (place, _) in &share.places {
                waiting.note_leader(*place, ErrorCode::NO_ERROR);
            }
            self.send_offsets(waiting, &share);
        }
        Deadline::NEVER
    }

    fn ask_for_leaders(&mut self, waiting: &mut Waiting, topics: Vec<String>, now: Time) -> Deadline {
        if now >= waiting.ask_at {
            waiting.rounds += 1;
            let pause = Duration::from_millis(100) * waiting.rounds.min(20);
            waiting.ask_at = now + pause;
            // One that no broker could be found for is replaced by the next.
            let until = waiting.ask_at.min(waiting.query.deadline);
            // Another question about the same topic may have ended meanwhile.
            topics.iter().for_each(|t| self.view.topics.leaders().want(t));
            self.queries.push(AppQuery::internal(Scope::Topics(topics), until));
        }
        Deadline::at(waiting.ask_at)
    }

    fn send_offsets(&mut self, waiting: &mut Waiting, share: &Share) {
        let Some(handle) = self.view.brokers.start(share.node_id) else { return };
        self.offsets.number += 1;
        let number = self.offsets.number;
        for (place, _) in &share.places {
            if let Some(step) = waiting.steps.get_mut(*place) {
                *step = Step::Sent(number);
            }
        }
        let request = request(&waiting.query.asked, share, waiting.query.isolation_level);
        push_request(&self.view.client, &handle, request, number);
    }

    pub(in crate::client) fn offsets_replied(&mut self, reply: OffsetsReply, now: Time) {
        let sent = Step::Sent(reply.number);
        // A question that was given up is not there any more.
        let Some(at) = self.offsets.waiting.iter().position(|w| w.steps.contains(&sent)) else { return };
        let mut waiting = self.offsets.waiting.swap_remove(at);
        let places: Vec<usize> =
            waiting.steps.iter().enumerate().filter(|(_, s)| **s == sent).map(|(i, _)| i).collect();
        let mut results: Vec<(usize, Found)> = Vec::new();
        for place in places {
            let Some(asked) = waiting.query.asked.get(place) else { continue };
            let found = match &reply.result {
                Ok(all) => all
                    .iter()
                    .find(|(topic, partition, _)| (topic, *partition) == (&asked.topic, asked.partition))
                    .map_or(Found::failed(ErrorCode::_BAD_MSG), |(_, _, found)| *found),
                Err(e) => Found::failed(e.code),
            };
            results.push((place, found));
        }
        let mut again = false;
        for (place, found) in results {
            let action = error_action(found.error);
            if action.refresh
                && let Some(asked) = waiting.query.asked.get(place)
            {
                self.view.topics.leaders().forget(&asked.topic);
                if self.view.topics.contains(&asked.topic) {
                    self.view.planner.suspect(&asked.topic);
                }
            }
            waiting.end(place, found);
            if action.retries()
                && let Some(step) = waiting.steps.get_mut(place)
            {
                again = true;
                *step = Step::Seeking;
            }
        }
        if again {
            waiting.not_before = now + self.retry_pause(waiting.retries);
            waiting.retries = waiting.retries.saturating_add(1);
        }
        if waiting.is_open() {
            self.offsets.waiting.push(waiting);
        } else {
            self.all_heard(waiting);
        }
    }

    /// `retry.backoff.ms`, doubled up to `retry.backoff.max.ms`.
    fn retry_pause(&self, retries: u32) -> Duration {
        let s = self.view.client.settings();
        s.retry.backoff.saturating_mul(1 << retries.min(16)).min(s.retry.backoff_max.max(s.retry.backoff))
    }

    fn all_heard(&mut self, waiting: Waiting) {
        for a in &waiting.query.asked {
            self.view.topics.leaders().unwant(&a.topic);
        }
        let none = waiting.leaders.iter().all(|code| *code != ErrorCode::NO_ERROR);
        if waiting.query.for_event() {
            if none && !waiting.query.asked.is_empty() {
                return waiting
                    .finish(ErrorCode::_NOENT, "Failed to query partition leaders: No leaders found");
            }
            return waiting.finish(ErrorCode::NO_ERROR, "");
        }
        let error = if none {
            ErrorCode::_UNKNOWN_PARTITION
        } else {
            // Partitions without a leader do not make the others' offsets worth less.
            let asked = waiting.leaders.iter().zip(&waiting.found);
            asked
                .filter(|(leader, _)| **leader == ErrorCode::NO_ERROR)
                .map(|(_, found)| found.error)
                .find(|code| *code != ErrorCode::NO_ERROR)
                .unwrap_or(ErrorCode::NO_ERROR)
        };
        waiting.finish(error, "");
    }
}

impl Waiting {
    fn note_leader(&mut self, place: usize, code: ErrorCode) {
        if let Some(leader) = self.leaders.get_mut(place) {
            *leader = code;
        }
    }
}

fn push_request(client: &Arc<Client>, handle: &Arc<BrokerHandle>, request: Request, number: u64) {
    let upward = Arc::downgrade(client);
    let reply = Box::new(move |answer: ControlResult<'_>| {
        if let Some(c) = upward.upgrade() {
            c.main.push(MainOp::OffsetsReply(OffsetsReply { number, result: decode(answer) }));
        }
    });
    handle.push(Op::Request(ControlRequest {
        api: ApiKey::ListOffsets,
        versions: VERSIONS,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply,
    }));
}
