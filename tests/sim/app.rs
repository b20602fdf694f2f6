//! The application: produces, polls, flushes and purges as its habits and the dice say.
#![allow(unsafe_code)] // A message whose value is not copied is handed over as a raw range, as from C.

use super::oracle::{Fate, Message, Oracle, value_for};
use super::plan::Plan;
use super::transactions::Transactional;
use fastrand::Rng;
use rdkafka::base::clock::{Clock, Time};
use rdkafka::base::error::ErrorCode;
use rdkafka::client::events::{Event, Flow};
use rdkafka::client::{Client, NewMessage, purge};
use rdkafka::producer::partition::topic::Topic;
use rdkafka::producer::partition::topic::UNASSIGNED;
use rdkafka::producer::store::{ForeignBytes, Value};
use rdkafka::protocol::record_batch::headers::Encoder;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub produced: usize,
    pub refused: usize,
    pub flushes: usize,
    pub purges: usize,
    pub errors: usize,
    /// How often it was told that a broker could not be started.
    pub refused_starts: usize,
}

pub struct App {
    topics: Vec<Arc<Topic>>,
    rng: Rng,
    /// How often it polls depends on how fast things go; what it produces does not.
    poll_rng: Rng,
    left: usize,
    next_turn: Time,
    flushing_until: Option<Time>,
    /// When the flush under way began.
    flushing_since: Time,
    pub tally: Tally,
    pub transactional: Option<Transactional>,
}

/// How long a patient application flushes before it is clear that nothing gets through.
const HOPE: Duration = Duration::from_secs(600);

/// Serves the events of a call that waits.
pub struct Served<'a> {
    tally: &'a mut Tally,
    now: Time,
}

impl Served<'_> {
    pub fn take(&mut self, event: &Event, oracle: &mut Oracle) -> Flow {
        serve(event, usize::MAX, oracle, self.tally, self.now);
        Flow::Continue
    }
}

impl App {
    pub fn new(plan: &Plan, client: &Client, mut rng: Rng, now: Time) -> Self {
        let transactional = plan.transactions.map(|habits| Transactional::new(habits, plan));
        let topics =
            plan.topics.iter().map(|t| client.topic(&t.name, Some(t.settings.clone()), None)).collect();
        Self {
            topics,
            poll_rng: rng.fork(),
            rng,
            left: plan.habits.messages,
            next_turn: now,
            flushing_until: None,
            flushing_since: now,
            tally: Tally::default(),
            transactional,
        }
    }

    pub fn next_turn(&self) -> Time {
        self.next_turn
    }

    pub fn is_done(&self) -> bool {
        self.transactional.as_ref().map_or(self.left == 0, Transactional::is_done)
    }

    /// Whether a call of the transactional API has not come to its end.
    pub fn is_in_call(&self) -> bool {
        self.transactional.as_ref().is_some_and(Transactional::is_in_call)
    }

    /// One turn, if its time has come.
    pub fn act(&mut self, plan: &Plan, client: &Client, oracle: &mut Oracle, clock: &dyn Clock) {
        let now = clock.now();
        if now < self.next_turn {
            return;
        }
        if let Some(t) = &mut self.transactional {
            self.next_turn = now + Duration::from_micros(1 + self.rng.u64(0..plan.habits.pause_us));
            let mut served = Served { tally: &mut self.tally, now };
            let burst = t.act(client, &mut self.rng, oracle, &mut served);
            (0..burst).for_each(|_| self.produce(plan, client, oracle, now));
            return;
        }
        if self.flushing_until.is_some() {
            self.keep_flushing(client, oracle, now);
            if self.flushing_until.is_none() && plan.habits.patient {
                self.purge_a_burst(plan, client, oracle, now);
            }
            return;
        }
        self.next_turn = now + Duration::from_micros(1 + self.rng.u64(0..plan.habits.pause_us));
        let h = &plan.habits;
        for _ in 0..h.burst.min(self.left) {
            self.left -= 1;
            self.produce(plan, client, oracle, now);
        }
        if self.rng.f64() < h.polls {
            self.poll(client, oracle, now);
        }
        if self.rng.f64() < h.flushes {
            self.tally.flushes += 1;
            client.begin_flush();
            let patience = if h.patient { 3_600_000 } else { self.rng.u64(0..2_000) };
            self.flushing_since = now;
            self.flushing_until = Some(now + Duration::from_millis(patience));
        }
        if self.rng.f64() < h.purges {
            self.tally.purges += 1;
            let which = [purge::QUEUE, purge::INFLIGHT, purge::QUEUE | purge::INFLIGHT];
            client.purge(which[self.rng.usize(0..3)] | purge::NON_BLOCKING).unwrap();
        }
    }

    /// `flush()` as an application sees it, taken apart: the simulation cannot wait in it.
    fn keep_flushing(&mut self, client: &Client, oracle: &mut Oracle, now: Time) {
        self.poll(client, oracle, now);
        self.next_turn = now + Duration::from_millis(1);
        if client.queued_messages() == 0 || self.flushing_until.is_some_and(|t| t <= now) {
            self.flushing_until = None;
            client.end_flush();
        }
    }

    /// Whether a patient application has flushed for so long that the network lets nothing through: slower
    /// than any time-out. It would wait until its patience is at an end, and then what is queued is not what
    /// it produced last.
    pub fn is_without_hope(&self, plan: &Plan, now: Time) -> bool {
        plan.habits.patient && self.flushing_until.is_some() && now.since(self.flushing_since) > HOPE
    }

    /// Nothing is queued, and nothing of the library runs in between: all of this is purged and nothing else.
    fn purge_a_burst(&mut self, plan: &Plan, client: &Client, oracle: &mut Oracle, now: Time) {
        if client.queued_messages() > 0 {
            oracle.violations.push("a patient flush has not come to its end".into());
        }
        if self.left == 0 || self.rng.bool() {
            return;
        }
        for _ in 0..plan.habits.burst.min(self.left) {
            self.left -= 1;
            self.produce(plan, client, oracle, now);
        }
        self.tally.purges += 1;
        client.purge(purge::QUEUE | purge::NON_BLOCKING).unwrap();
    }

    /// As `rd_kafka_topic_destroy()` for every topic.
    pub fn forget_topics(&mut self) {
        self.topics.clear();
    }

    /// Stops whatever goes on, for the end.
    pub fn stop(&mut self, client: &Client) {
        self.left = 0;
        if let Some(t) = &mut self.transactional {
            t.stop();
        }
        if self.flushing_until.take().is_some() {
            client.end_flush();
        }
    }

    fn produce(&mut self, plan: &Plan, client: &Client, oracle: &mut Oracle, now: Time) {
        let h = &plan.habits;
        let t = self.rng.usize(0..self.topics.len());
        let topic = &plan.topics[t];
        let picks = self.rng.f64() < h.picks;
        let m = Message {
            topic: t,
            wanted: if picks { self.rng.i32(0..topic.partitions) } else { UNASSIGNED },
            key: (h.keys && self.rng.bool()).then(|| format!("key-{}", self.rng.u8(..)).into_bytes()),
            value: value_for(oracle.next_id(), 8 + self.rng.usize(0..=h.max_value)),
            headers: if h.headers && self.rng.bool() {
                vec![("a".into(), Some(vec![1; self.rng.usize(0..20)])), (String::new(), None)]
            } else {
                Vec::new()
            },
            accepted: now,
            timeout: topic.settings.message_timeout,
            acked: topic.settings.required_acks != 0,
            fate: None,
            reported: None,
        };
        let result = self.submit(m, client, oracle);
        let known = [
            ErrorCode::_QUEUE_FULL,
            ErrorCode::_UNKNOWN_TOPIC,
            ErrorCode::_UNKNOWN_PARTITION,
            ErrorCode::TOPIC_AUTHORIZATION_FAILED,
        ];
        match result {
            Ok(_) => self.tally.produced += 1,
            Err(e) => {
                self.tally.refused += 1;
                // The transaction has failed; the application hears of it when it wants to commit.
                let failed = e == ErrorCode::_STATE && self.transactional.is_some();
                // Whatever code Metadata gives a topic is what produce() answers (codes_diff.c has them all).
                if failed || plan.has_liars() {
                    return;
                }
                if !known.contains(&e) || (!plan.trouble && e != ErrorCode::_QUEUE_FULL) {
                    oracle.violations.push(format!("produce() was refused with {e:?}"));
                }
            }
        }
    }

    /// One message to one partition, to see whether it comes through.
    pub fn probe(
        &mut self,
        plan: &Plan,
        topic: usize,
        partition: i32,
        client: &Client,
        oracle: &mut Oracle,
        clock: &dyn Clock,
    ) -> Result<usize, ErrorCode> {
        let settings = &plan.topics[topic].settings;
        let m = Message {
            topic,
            wanted: partition,
            key: None,
            value: value_for(oracle.next_id(), 20),
            headers: Vec::new(),
            accepted: clock.now(),
            timeout: settings.message_timeout,
            acked: settings.required_acks != 0,
            fate: None,
            reported: None,
        };
        self.submit(m, client, oracle)
    }

    fn submit(&mut self, m: Message, client: &Client, oracle: &mut Oracle) -> Result<usize, ErrorCode> {
        let mut headers = Encoder::new();
        for (name, value) in &m.headers {
            headers.push(name.as_bytes(), value.as_deref());
        }
        let blob = headers.finish();
        let foreign = self.rng.u32(0..3) == 0;
        let message = NewMessage {
            partition: m.wanted,
            key: m.key.as_deref(),
            value: if foreign {
                // SAFETY: the value's heap memory moves into the oracle's book with the message and stays
                // there, unchanged, until the end of the schedule, which is after the end of the client.
                Value::Foreign(unsafe { ForeignBytes::new(m.value.as_ptr(), m.value.len(), false) })
            } else {
                Value::Copy(&m.value)
            },
            headers: (!m.headers.is_empty()).then_some(&blob[..]),
            timestamp_ms: None,
            opaque: oracle.next_id(),
        };
        client.produce(&self.topics[m.topic], &message, false).map_err(|refused| refused.code())?;
        Ok(oracle.accept(m))
    }

    /// Serves everything, now and then only a part first.
    pub fn poll(&mut self, client: &Client, oracle: &mut Oracle, now: Time) {
        let stop_early = self.poll_rng.u32(0..4) == 0;
        let Self { poll_rng: rng, tally, .. } = self;
        if stop_early {
            client.serve(Some(Duration::ZERO), &mut |event| {
                serve_a_part(client, event, oracle, tally, rng, now)
            });
        }
        client.serve(Some(Duration::ZERO), &mut |event| {
            serve(&event, usize::MAX, oracle, tally, now);
            Flow::Continue
        });
        oracle.all_served(now);
    }
}

/// As `rd_kafka_yield()` within a delivery callback, or a poll of a batch with a limit.
fn serve_a_part(
    client: &Client,
    event: Event,
    oracle: &mut Oracle,
    tally: &mut Tally,
    rng: &mut Rng,
    now: Time,
) -> Flow {
    let Event::Delivery(mut d) = event else {
        serve(&event, 0, oracle, tally, now);
        return Flow::Stop(None);
    };
    let n = rng.usize(0..=d.report().messages());
    let event = Event::Delivery(d);
    serve(&event, n, oracle, tally, now);
    let Event::Delivery(back) = event else { return Flow::Continue };
    d = back;
    if n == d.report().messages() {
        return Flow::Continue;
    }
    let serving = client.begin_serving();
    for m in d.report().runs.iter().flat_map(|r| r.iter()).take(n) {
        serving.served(m.value_len() as u64);
    }
    d.drop_served(n);
    Flow::Stop(Some(Event::Delivery(d)))
}

fn serve(event: &Event, limit: usize, oracle: &mut Oracle, tally: &mut Tally, now: Time) {
    match event {
        Event::Delivery(d) => {
            let report = d.report();
            let views: VecDeque<_> = report.runs.iter().flat_map(|r| r.iter()).collect();
            for (i, m) in views.into_iter().enumerate().take(limit) {
                let fate =
                    Fate { error: report.error, partition: report.partition, offset: report.offset_at(i) };
                oracle.report(m.opaque(), m.value().unwrap_or_default(), fate, now);
            }
        }
        Event::Error(e) => {
            tally.errors += 1;
            tally.refused_starts += usize::from(e.code == ErrorCode::_CRIT_SYS_RESOURCE);
        }
        _ => {}
    }
}
