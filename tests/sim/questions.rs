//! What an application asks of the cluster beside producing: metadata, offsets, administration. Each
//! question is answered in its time whatever goes wrong, none waits for nothing, and when all is well again
//! each gets what it asked for.

use super::oracle::MARGIN;
use super::plan::{Engine, Plan};
use super::schedules::campaign;
use super::world::{Summary, World};
use fastrand::Rng;
use rdkafka::base::clock::Time;
use rdkafka::base::error::ErrorCode;
use rdkafka::client::Client;
use rdkafka::client::admin::{self, AdminCall, AdminRequest};
use rdkafka::client::events::{Event, EventQueue, Flow};
use rdkafka::client::metadata::{self, MetadataScope, PendingMetadata};
use rdkafka::client::offsets::{self, OffsetLookup};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const SCHEDULES: u64 = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Metadata,
    Offsets,
    Admin,
}

const KINDS: [Kind; 3] = [Kind::Metadata, Kind::Offsets, Kind::Admin];

struct Open {
    kind: Kind,
    deadline: Time,
    /// Asked when all was well: it is asked again until it succeeds, which has to be before this time.
    until: Option<Time>,
}

/// The questions of one application. Answers come to a queue, or to whoever asked.
pub struct Questions {
    queue: Arc<EventQueue>,
    pending: Vec<(usize, PendingMetadata)>,
    open: BTreeMap<usize, Open>,
    again: Vec<(Kind, Time)>,
    asked: usize,
    pub answered: usize,
    pub failed: usize,
    pub violations: Vec<String>,
}

impl Questions {
    pub fn new() -> Self {
        Self {
            queue: Arc::new(EventQueue::new()),
            pending: Vec::new(),
            open: BTreeMap::new(),
            again: Vec::new(),
            asked: 0,
            answered: 0,
            failed: 0,
            violations: Vec::new(),
        }
    }

    pub fn open(&self) -> usize {
        self.open.len()
    }

    pub fn ask_anything(&mut self, plan: &Plan, client: &Client, rng: &mut Rng) {
        let kind = KINDS[rng.usize(0..KINDS.len())];
        let timeout = Duration::from_millis(rng.u64(200..20_000));
        let topic = &plan.topics[rng.usize(0..plan.topics.len())];
        self.ask(kind, timeout, &topic.name, client, None);
    }

    /// One of each kind. An answer may still fail: the last request may be on a connection that died in the
    /// troubled time.
    pub fn ask_in_calm(&mut self, until: Time, plan: &Plan, client: &Client) {
        for kind in KINDS {
            self.ask(kind, Duration::from_secs(30), &plan.topics[0].name, client, Some(until));
        }
    }

    /// Asks again what has failed although all is well.
    pub fn ask_again(&mut self, plan: &Plan, client: &Client) {
        for (kind, until) in std::mem::take(&mut self.again) {
            self.ask(kind, Duration::from_secs(30), &plan.topics[0].name, client, Some(until));
        }
    }

    fn ask(&mut self, kind: Kind, timeout: Duration, topic: &str, client: &Client, until: Option<Time>) {
        let number = self.asked;
        self.asked += 1;
        let deadline = client.now() + timeout;
        self.open.insert(number, Open { kind, deadline, until });
        match kind {
            Kind::Metadata => {
                let scope = if number.is_multiple_of(2) {
                    MetadataScope::All
                } else {
                    MetadataScope::Topics(vec![topic.to_owned()])
                };
                self.pending.push((number, metadata::ask(client, scope, timeout)));
            }
            Kind::Offsets => {
                let asked = OffsetLookup { topic: topic.to_owned(), partition: 0, target: -1 };
                offsets::list_by_event(client, vec![asked], 0, timeout, (0, number, self.queue.clone()));
            }
            Kind::Admin => admin::send(
                client,
                AdminRequest {
                    call: AdminCall::DescribeCluster { authorized_operations: false },
                    kind: 0,
                    opaque: number,
                    queue: self.queue.clone(),
                    deadline,
                    hide_slow: false,
                    broker: None,
                },
            ),
        }
    }

    /// Takes the answers that have come, and looks whether any is late.
    pub fn take_answers(&mut self, client: &Client) {
        let now = client.now();
        let mut answers = Vec::new();
        self.pending.retain(|(number, pending)| match pending.take() {
            Some(answer) => {
                answers.push((*number, answer.err().map_or(ErrorCode::NO_ERROR, |e| e.code)));
                false
            }
            None => true,
        });
        client.serve_queue(&self.queue, Some(Duration::ZERO), &mut |event| {
            if let Event::Outcome { error, opaque, .. } = event {
                answers.push((opaque, error.code));
            }
            Flow::Continue
        });
        for (number, error) in answers {
            self.answer(number, error, now);
        }
        // Who asks for metadata watches the time himself.
        let gives_up = |q: &Open| q.kind == Kind::Metadata && q.until.is_none() && now >= q.deadline;
        self.pending.retain(|(number, _)| !self.open.get(number).is_some_and(gives_up));
        self.failed += self.open.extract_if(.., |_, q| gives_up(q)).count();
        for (number, q) in self.open.extract_if(.., |_, q| now > q.deadline + MARGIN) {
            self.violations.push(format!("question {number} ({:?}) is not answered in its time", q.kind));
        }
    }

    fn answer(&mut self, number: usize, error: ErrorCode, now: Time) {
        let Some(q) = self.open.remove(&number) else {
            self.violations.push(format!("question {number} is answered although nobody waits for it"));
            return;
        };
        match error {
            ErrorCode::NO_ERROR => self.answered += 1,
            _ if q.until.is_some_and(|until| now < until) => {
                self.again.extend(q.until.map(|until| (q.kind, until)))
            }
            _ if q.until.is_some() => {
                self.violations
                    .push(format!("question {number} ({:?}) fails although all is well: {error:?}", q.kind));
            }
            _ => self.failed += 1,
        }
    }
}

fn plan(seed: u64, engine: Engine) -> Plan {
    let mut plan = Plan::draw(seed ^ 0x0a5c_0000).on(engine);
    plan.versions.clear();
    plan.habits.messages = plan.habits.messages.min(8);
    plan.habits.destroy_after = None;
    for t in &mut plan.topics {
        t.exists = true;
    }
    plan
}

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    World::new(plan(seed, engine), trace).run_questions()
}

#[test]
fn questions_on_legacy() {
    campaign("questions_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace));
}

#[test]
fn questions_on_v2() {
    campaign("questions_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace));
}
