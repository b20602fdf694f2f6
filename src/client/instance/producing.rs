//! Producing: taking messages from the application, and giving reports back.

use super::{Client, NewMessage, ReportMode, purge};
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::base::sync::atomic::Ordering;
use crate::base::unwind;
use crate::broker::{Done, Op};
use crate::client::queue::events::{Delivery, Event, ReportReturn};
use crate::conf::ProduceEngine;
use crate::producer::partition::AppendRules;
use crate::producer::partition::report::Report;
use crate::producer::partition::topic::Topic;
use crate::producer::store::StoredMessage;
use crate::protocol::record_batch::RECORD_MAX_OVERHEAD;
use std::time::Duration;

impl Client {
    pub(in crate::client) fn append_rules(&self) -> AppendRules {
        let s = &self.common.settings;
        AppendRules {
            flushing: self.common.is_flushing(),
            batch_messages: s.batching.num_messages,
            batch_bytes: s.batching.size,
            count_bytes: s.engine.kind == ProduceEngine::V2 && s.engine.v2.watches_bytes(),
        }
    }

    /// Queues a message. With `block`, waits for space in the queue.
    ///
    /// # Errors
    /// `MSG_SIZE_TOO_LARGE`, `_QUEUE_FULL`, `_UNKNOWN_TOPIC`, `_UNKNOWN_PARTITION`, `_FATAL`, or the topic's
    /// own error. The message was not taken; a foreign value stays the caller's.
    #[inline]
    pub fn produce(&self, topic: &Topic, m: &NewMessage<'_>, block: bool) -> Result<(), ErrorCode> {
        self.admit(m, block)?;
        self.store(topic, m)
    }

    /// The first half of [`Self::produce`]: checks the message and claims space for it. [`Self::store`] has
    /// to follow, for the same message but for its headers.
    ///
    /// # Errors
    /// As for [`Self::produce`].
    #[inline]
    pub fn admit(&self, m: &NewMessage<'_>, block: bool) -> Result<(), ErrorCode> {
        if self.is_fatal.load(Ordering::Relaxed) {
            return Err(ErrorCode::_FATAL);
        }
        if self.is_outside_transaction() {
            return Err(ErrorCode::_STATE);
        }
        let key_len = m.key.map_or(0, <[u8]>::len);
        let headers_len = m.headers.map_or(0, <[u8]>::len);
        const MAX: usize = i32::MAX as usize;
        if m.value.len() > MAX
            || key_len > MAX
            || key_len.saturating_add(m.value.len()).saturating_add(headers_len) + RECORD_MAX_OVERHEAD
                > self.common.settings.batching.message_max_bytes
        {
            return Err(ErrorCode::MSG_SIZE_TOO_LARGE);
        }
        let bytes = m.value.len() as u64;
        if !self.budget.try_claim(bytes) {
            self.claim_slowly(bytes, block)?;
        }
        // Checked again after the claim: either who ends the transaction sees the claimed space, or this sees
        // the end.
        if self.is_outside_transaction() {
            self.budget.release(1, bytes);
            return Err(ErrorCode::_STATE);
        }
        Ok(())
    }

    /// Whether messages are refused because no transaction is open.
    #[inline]
    pub fn is_outside_transaction(&self) -> bool {
        self.transactions.as_ref().is_some_and(|t| !t.may_produce())
    }

    /// The second half of [`Self::produce`]: gives the message to its topic. Its space is given back on
    /// failure.
    ///
    /// # Errors
    /// As for [`Self::produce`].
    #[inline]
    pub fn store(&self, topic: &Topic, m: &NewMessage<'_>) -> Result<(), ErrorCode> {
        let now = self.now();
        let stored = StoredMessage {
            key: m.key,
            value: m.value,
            headers: m.headers,
            timestamp_ms: m
                .timestamp_ms
                .unwrap_or_else(|| (now.0 + self.wall_offset_us.load(Ordering::Relaxed)) / 1000),
            opaque: m.opaque,
            enqueued: now,
            retries: 0,
        };
        let result = topic.append(m.partition, &stored, &self.append_rules());
        if result.is_err() {
            self.budget.release(1, m.value.len() as u64);
        }
        result
    }

    #[cold]
    fn claim_slowly(&self, bytes: u64, block: bool) -> Result<(), ErrorCode> {
        let give_up =
            || self.is_terminating() || self.is_fatal.load(Ordering::Relaxed) || unwind::is_pending();
        while block && !give_up() {
            if self.budget.try_claim(bytes) {
                return Ok(());
            }
            self.budget.wait_for_space(bytes, Duration::from_secs(1), &give_up);
        }
        if block && self.is_terminating() {
            return Err(ErrorCode::_DESTROY);
        }
        if block && self.is_fatal.load(Ordering::Relaxed) {
            return Err(ErrorCode::_FATAL);
        }
        Err(ErrorCode::_QUEUE_FULL)
    }

    pub fn begin_flush(&self) {
        self.common.begin_flush();
        for b in self.brokers.read().iter() {
            b.signal().notify();
        }
        self.main.signal().notify();
    }

    pub fn end_flush(&self) {
        self.common.end_flush();
    }

    /// Fails queued messages with `_PURGE_QUEUE` and those in flight with `_PURGE_INFLIGHT`, as the `flags`
    /// of [`purge`] say. Their reports come by the usual way.
    ///
    /// # Errors
    /// `_INVALID_ARG` for unknown flags.
    pub fn purge(&self, flags: u32) -> Result<(), ErrorCode> {
        if flags & !(purge::QUEUE | purge::INFLIGHT | purge::NON_BLOCKING) != 0 {
            return Err(ErrorCode::_INVALID_ARG);
        }
        if flags & purge::QUEUE != 0 {
            for topic in self.topics() {
                for p in topic.all_partitions() {
                    self.deliver(p.purge(ErrorCode::_PURGE_QUEUE));
                }
            }
        }
        let brokers: Vec<_> = self.brokers.read().clone();
        let mut waits = Vec::new();
        for b in brokers.iter().filter(|b| b.is_started()) {
            let (done, cell) = Done::new();
            b.push(Op::Purge {
                queue: flags & purge::QUEUE != 0,
                inflight: flags & purge::INFLIGHT != 0,
                done,
            });
            waits.push(cell);
        }
        if flags & purge::NON_BLOCKING == 0 {
            waits.iter().for_each(|cell| {
                cell.wait();
            });
        }
        Ok(())
    }

    /// Takes reports from brokers and the main thread.
    pub(in crate::client) fn deliver(&self, reports: Vec<Report>) {
        let mut events = Vec::with_capacity(reports.len());
        let home = Arc::new(ReportReturn { budget: self.budget.clone(), events: self.events.clone() });
        for report in reports {
            if let Some(t) = self.transactions.as_ref().filter(|_| !report.error.is_ok()) {
                t.count_lost(report.messages());
            }
            if let Some(hooks) = self.common.hooks() {
                hooks.acknowledged(&report);
            }
            let quiet = self.report_mode == ReportMode::None
                || (self.common.settings.delivery_report_only_error && report.error.is_ok());
            let delivery = Delivery::new(report, home.clone());
            if quiet {
                drop(delivery);
            } else {
                events.push(Event::Delivery(delivery));
            }
        }
        self.events.push_all(events);
    }

    /// Fails every queued message: the client cannot go on.
    pub(in crate::client) fn fail_everything(&self) {
        for topic in self.topics() {
            for p in topic.all_partitions() {
                self.deliver(p.purge(ErrorCode::_FATAL));
            }
        }
    }
}
