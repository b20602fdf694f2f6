//! Candidate F, the library's own code: slot and arena at append, encode at drain.
//!
//! With `legacy` (E) the engine decides what leaves, as in a client; otherwise every partition with messages
//! is drained at once, as the other candidates do it. The difference is what scheduling costs.
#![allow(unsafe_code)] // handing over a pointer is unsafe, as it is in C

use crate::case::{
    BATCH_BYTES, BATCH_MESSAGES, CLIENT_ID, Callback, Candidate, Case, Delivered, Message, QUEUE_BYTES,
    QUEUE_MESSAGES, REQUEST_BASE, Sink, TOPIC, VERSION, now,
};
use rdkafka::base::signal::Signal;
use rdkafka::base::sync::{Arc, Mutex, Rank};
use rdkafka::conf::{ProduceEngine, Settings, TopicSettings};
use rdkafka::producer::batch::Batch;
use rdkafka::producer::budget::Budget;
use rdkafka::producer::engine::{Engine, ServeContext};
use rdkafka::producer::format::{Magic, ProduceFormat};
use rdkafka::producer::partition::TopicShared;
use rdkafka::producer::partition::queue::BatchLimits;
use rdkafka::producer::partition::report::Report;
use rdkafka::producer::partition::{Announcement, ReadyList};
use rdkafka::producer::partition::{AppendRules, Partition};
use rdkafka::producer::settle::{SettleContext, Verdict, settle};
use rdkafka::producer::store::pool::ChunkPool;
use rdkafka::producer::store::{ForeignBytes, StoredMessage, Value};
use rdkafka::producer::wire::writer::{EncodeQueue, RequestHead, Writer};
use rdkafka::stats::engine::EngineStats;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::time::Duration;

/// Requests that one pass of the engine may build.
const MAX_REQUESTS: usize = 8;
/// What the client keeps of unused chunks.
const POOL_CACHE: usize = 32 << 20;

pub struct Late {
    partitions: Vec<Arc<Partition>>,
    ready: Arc<ReadyList>,
    budget: Budget,
    rules: AppendRules,
    settings: Settings,
    broker: Mutex<Broker>,
    reports: Mutex<VecDeque<Report>>,
}

struct Broker {
    writer: Writer,
    random: fastrand::Rng,
    work: Vec<Announcement>,
    engine: Option<Engine>,
}

impl Late {
    pub fn new(case: &Case, legacy: bool) -> Self {
        let topic = TopicShared::new(TOPIC, TopicSettings::default(), 1);
        let pool = Arc::new(ChunkPool::new(POOL_CACHE));
        let ready = Arc::new(ReadyList::new(Arc::new(Signal::new().expect("a descriptor"))));
        let partitions: Vec<_> = (0..case.partitions)
            .map(|i| {
                let p = Arc::new(Partition::new(topic.clone(), i as i32, pool.clone()));
                p.set_owner(Some(ready.clone()));
                p
            })
            .collect();
        let mut settings = Settings::default();
        settings.client.id = CLIENT_ID.into();
        settings.batching.linger = Duration::ZERO;
        Self {
            partitions,
            ready,
            budget: Budget::new(Some(QUEUE_MESSAGES), QUEUE_BYTES),
            rules: AppendRules {
                flushing: false,
                count_bytes: false,
                batch_messages: BATCH_MESSAGES,
                batch_bytes: BATCH_BYTES,
            },
            settings,
            broker: Mutex::new(
                Rank::Instance,
                Broker {
                    writer: Writer::default(),
                    random: fastrand::Rng::with_seed(1),
                    work: Vec::new(),
                    engine: legacy.then(|| Engine::new(ProduceEngine::Legacy, &Settings::default())),
                },
            ),
            reports: Mutex::new(Rank::Queue, VecDeque::new()),
        }
    }

    fn serve_engine(&self, b: &mut Broker, work: &mut Vec<Announcement>, sink: Sink<'_>) {
        let now = now();
        let stats = EngineStats::new(false);
        while let Some(engine) = &mut b.engine {
            let format = ProduceFormat::newest(VERSION);
            let pass = ServeContext {
                free_in_flight: usize::MAX,
                now,
                settings: &self.settings,
                max_requests: MAX_REQUESTS,
                connection: 0,
                in_flight: 0,
                in_flight_since: None,
                format,
                flushing: false,
                ready: &self.ready,
                stats: &stats,
                producer_ids: None,
                transaction: None,
            };
            let requests = engine.serve(work, &pass).requests;
            if requests.is_empty() {
                break;
            }
            for batch in requests.into_iter().flatten() {
                self.send(b, batch, sink);
            }
        }
    }

    fn serve_partition(&self, b: &mut Broker, p: &Arc<Partition>, sink: Sink<'_>) {
        let limits = BatchLimits {
            messages: BATCH_MESSAGES,
            bytes: BATCH_BYTES,
            base: REQUEST_BASE,
            magic: Magic::V2,
        };
        let mut batches = Vec::new();
        {
            let mut send = p.lock_send();
            p.move_appended(&mut send);
            while !send.queue.is_empty() {
                batches.push(Batch::new(p.clone(), send.queue.take_batch(limits)));
            }
            batches.iter().for_each(|_| send.batch_taken());
        }
        for batch in batches {
            self.send(b, batch, sink);
        }
    }

    fn send(&self, b: &mut Broker, batch: Batch, sink: Sink<'_>) {
        let head = RequestHead {
            format: ProduceFormat::newest(VERSION),
            correlation_id: 1,
            client_id: &self.settings.client.id,
            transactional_id: None,
            acks: -1,
            timeout_ms: 30_000,
        };
        let (frame, batches) = b.writer.produce(&head, &mut EncodeQueue::new(vec![batch]), usize::MAX);
        {
            let mut slices: Vec<IoSlice<'_>> = Vec::new();
            frame.slices(&batches, 0, usize::MAX, &mut slices);
            let slices: Vec<&[u8]> = slices.iter().map(|s| &**s).collect();
            sink(&slices);
        }
        b.writer.recycle(frame);
        let mut s = SettleContext {
            settings: &self.settings,
            now: now(),
            broker_id: 1,
            random: &mut b.random,
            producer_ids: None,
            spare: Vec::new(),
        };
        for batch in batches {
            let verdict = Verdict::Stored { base_offset: 0, append_time_ms: None };
            self.reports.lock().extend(settle(batch, verdict, &mut s).reports);
        }
    }
}

impl Candidate for Late {
    fn produce(&self, partition: usize, m: &Message<'_>) {
        assert!(self.budget.try_claim(m.value.len() as u64), "the queue is full");
        let value = if m.copied {
            Value::Copy(m.value)
        } else {
            // SAFETY: the driver keeps the values until it has seen all reports.
            Value::Foreign(unsafe { ForeignBytes::new(m.value.as_ptr(), m.value.len(), false) })
        };
        let stored = StoredMessage {
            key: m.key,
            value,
            headers: None,
            timestamp_ms: m.timestamp_ms,
            opaque: m.opaque,
            enqueued: m.enqueued,
            retries: 0,
        };
        self.partitions[partition].append(&stored, &self.rules);
    }

    fn serve(&self, sink: Sink<'_>) {
        let mut b = self.broker.lock();
        let b = &mut *b;
        let mut work = std::mem::take(&mut b.work);
        self.ready.take(&mut work);
        if b.engine.is_some() {
            self.serve_engine(b, &mut work, sink);
        } else {
            work.drain(..).for_each(|a| self.serve_partition(b, &a.partition, sink));
        }
        b.work = work;
    }

    fn poll(&self, callback: Callback<'_>) -> usize {
        let mut served = 0;
        loop {
            let Some(mut report) = self.reports.lock().pop_front() else { return served };
            let mut i = 0;
            for run in &report.runs {
                for m in run.iter() {
                    let key = m.key();
                    callback(&Delivered {
                        error: report.error.0,
                        partition: report.partition,
                        payload: m.value_ptr(),
                        len: m.value_len(),
                        key: key.map_or(std::ptr::null(), <[u8]>::as_ptr),
                        key_len: key.map_or(0, <[u8]>::len),
                        offset: report.offset_at(i),
                        opaque: m.opaque(),
                    });
                    i += 1;
                }
            }
            served += i;
            let (messages, bytes) = report.budget();
            report.runs.clear();
            self.budget.release(messages, bytes);
        }
    }
}
