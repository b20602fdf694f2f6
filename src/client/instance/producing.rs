//! Producing: taking messages from the application, and giving reports back.

use super::{Client, NewMessage, ReportMode, purge};
use crate::base::error::ErrorCode;
use crate::base::line::Line;
use crate::base::log::Level;
use crate::base::sync::atomic::Ordering;
use crate::base::sync::{Arc, OnceLock};
use crate::base::unwind;
use crate::broker::{Done, Op};
use crate::client::queue::events::{Delivery, Event, ReportReturn};
use crate::conf::ProduceEngine;
use crate::producer::partition::report::Report;
use crate::producer::partition::share::Share;
use crate::producer::partition::topic::{Refused, Topic};
use crate::producer::partition::{AppendRules, ReadyList};
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
    pub fn produce(&self, topic: &Topic, m: &NewMessage<'_>, block: bool) -> Result<(), Refused> {
        self.admit(m, block)?;
        self.store(topic, m, block)
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
    pub fn store(&self, topic: &Topic, m: &NewMessage<'_>, block: bool) -> Result<(), Refused> {
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
        match topic.append(m.partition, &stored, &self.append_rules()) {
            Ok(()) => Ok(()),
            Err(refused) => self.refused(topic, m.partition, &stored, refused, block),
        }
    }

    /// A message was refused. If that is because its broker's share of the queue is full, this says so in the
    /// log and, for who blocks, appends it once there is space. Else its space is given back.
    #[cold]
    fn refused(
        &self,
        topic: &Topic,
        partition: i32,
        m: &StoredMessage<'_>,
        mut refused: Refused,
        block: bool,
    ) -> Result<(), Refused> {
        // How often space had become free before the last attempt.
        let mut seen = None;
        while let Refused::Share(share) = &refused {
            if share.refused() {
                self.log_full(share);
            }
            if !block {
                break;
            }
            if let Some(seen) = seen {
                self.budget.wait_for_share(seen, Duration::from_secs(1), &|| self.gives_up());
            }
            if self.gives_up() {
                refused = self.why_given_up().into();
                break;
            }
            seen = Some(self.budget.shares_freed());
            match topic.append_again(partition, m, &self.append_rules()) {
                Ok(()) => return Ok(()),
                Err(again) => refused = again,
            }
        }
        self.budget.release(1, m.value.len() as u64);
        Err(refused)
    }

    fn log_full(&self, share: &Arc<Share>) {
        let (messages, bytes) = share.used();
        self.common.logger.log_line(Level::Warning, "BROKERFULL", || {
            let percent = self.common.settings.queue.max_broker_percent;
            let (who, broker) = self.whose(share);
            let text = format!(
                "{messages} message(s) ({bytes} bytes) wait for {who}, which is all of its part of the queue \
                 (queue.buffering.max.broker.percent={percent})"
            );
            broker.into_iter().fold(Line::new(text), Line::of_broker)
        });
    }

    /// Whose share of the queue this is, in words, and the broker's name if it is one.
    #[must_use]
    pub fn whose(&self, share: &Arc<Share>) -> (String, Option<Arc<str>>) {
        let is_it = |list: &ReadyList| list.share().is_some_and(|s| Arc::ptr_eq(s, share));
        let brokers = self.brokers.read();
        match brokers.iter().find(|b| is_it(b.ready())).map(|b| b.name()) {
            Some(name) => (format!("broker {name}"), Some(name)),
            None if is_it(&self.leaderless) => ("partitions without a leader".into(), None),
            None => ("a broker that has left".into(), None),
        }
    }

    /// Whether nobody waits for space any more.
    fn gives_up(&self) -> bool {
        self.is_terminating() || self.is_fatal.load(Ordering::Relaxed) || unwind::is_pending()
    }

    fn why_given_up(&self) -> ErrorCode {
        if self.is_terminating() {
            ErrorCode::_DESTROY
        } else if self.is_fatal.load(Ordering::Relaxed) {
            ErrorCode::_FATAL
        } else {
            ErrorCode::_QUEUE_FULL
        }
    }

    #[cold]
    fn claim_slowly(&self, bytes: u64, block: bool) -> Result<(), ErrorCode> {
        if !block {
            return Err(ErrorCode::_QUEUE_FULL);
        }
        while !self.gives_up() {
            if self.budget.try_claim(bytes) {
                return Ok(());
            }
            self.budget.wait_for_space(bytes, Duration::from_secs(1), &|| self.gives_up());
        }
        Err(self.why_given_up())
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
        let (queue, inflight) = (flags & purge::QUEUE != 0, flags & purge::INFLIGHT != 0);
        if queue {
            self.fail_queued(ErrorCode::_PURGE_QUEUE);
        }
        let brokers = self.purge_brokers(queue, inflight);
        if flags & purge::NON_BLOCKING == 0 {
            for done in brokers {
                done.wait();
            }
            // What a broker had out when the queues were emptied may be back in them, to be sent again.
            if queue && self.fail_queued(ErrorCode::_PURGE_QUEUE) {
                self.purge_brokers(true, false);
            }
        }
        Ok(())
    }

    /// Has the brokers purge what they have, and notice what is gone from their partitions.
    fn purge_brokers(&self, queue: bool, inflight: bool) -> Vec<Arc<OnceLock<()>>> {
        let brokers = self.brokers.read().clone();
        let told = brokers.iter().filter(|b| b.is_started()).map(|b| {
            let (done, reply) = Done::new();
            b.push(Op::Purge { queue, inflight, done });
            reply
        });
        told.collect()
    }

    /// Fails what waits in the partitions. Returns whether there was anything.
    fn fail_queued(&self, error: ErrorCode) -> bool {
        let mut any = false;
        for topic in self.topics() {
            let reports = topic.purge(error);
            any |= !reports.is_empty();
            self.deliver(reports);
        }
        any
    }

    /// Takes reports from brokers and the main thread.
    pub(in crate::client) fn deliver(&self, reports: Vec<Report>) {
        let mut events = Vec::with_capacity(reports.len());
        let home = Arc::new(ReportReturn { budget: self.budget.clone(), events: self.events.clone() });
        let mut freed = false;
        let has_shares = self.leaderless.share().is_some();
        for report in reports {
            freed |= has_shares && report.topic.outstanding.reported(report.partition, report.budget());
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
        if freed {
            self.budget.free_share();
        }
    }

    /// Fails every queued message: the client cannot go on.
    pub(in crate::client) fn fail_everything(&self) {
        self.fail_queued(ErrorCode::_FATAL);
    }
}
