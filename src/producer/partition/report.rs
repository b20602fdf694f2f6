//! Delivery reports: one for a run of messages of one partition that met the same fate.

use super::cause;
use super::topic_shared::TopicShared;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::producer::store::Run;
use crate::producer::store::runs::Runs;

/// `RD_KAFKA_OFFSET_INVALID`: the offset is not known.
pub const OFFSET_INVALID: i64 = -1001;

/// Whether the message is in the partition's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Persistence {
    NotPersisted = 0,
    PossiblyPersisted = 1,
    Persisted = 2,
}

/// What is known of a failure beyond its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportText {
    /// What the broker said about this batch or these records.
    Broker(String),
    /// The whole text for the messages, with the code's own: nobody but the client knows why they failed.
    Cause(Arc<str>),
}

/// The fate of some messages. Releasing their space in the queue is the receiver's part, when they have been
/// served.
pub struct Report {
    pub topic: Arc<TopicShared>,
    pub partition: i32,
    /// The messages in order; a partly served report has had messages taken from the front.
    pub runs: Runs,
    pub error: ErrorCode,
    /// Offset of the first message. A negative number stands for all messages: [`OFFSET_INVALID`], or -1
    /// where a response refused them with that offset.
    pub base_offset: i64,
    /// The broker's time if the topic uses log append time.
    pub append_time_ms: Option<i64>,
    /// -1 if the messages never reached a broker.
    pub broker_id: i32,
    pub leader_epoch: i32,
    /// `None`: as each message's own record of attempts says.
    pub persistence: Option<Persistence>,
    /// More than the code says, if anything is known.
    pub text: Option<ReportText>,
}

impl Report {
    pub fn failed(topic: &Arc<TopicShared>, partition: i32, runs: impl Into<Runs>, error: ErrorCode) -> Self {
        Self {
            topic: topic.clone(),
            partition,
            runs: runs.into(),
            error,
            base_offset: OFFSET_INVALID,
            append_time_ms: None,
            broker_id: -1,
            leader_epoch: -1,
            persistence: None,
            text: None,
        }
    }

    /// The same with a cause; `None` leaves it to the code.
    #[must_use]
    pub fn because(mut self, why: Option<&str>) -> Self {
        self.text = why.map(|why| ReportText::Cause(cause::text(self.error, why)));
        self
    }

    /// What the broker said about the messages.
    #[must_use]
    pub fn broker_text(&self) -> Option<&str> {
        match &self.text {
            Some(ReportText::Broker(text)) => Some(text),
            Some(ReportText::Cause(_)) | None => None,
        }
    }

    /// The text for the messages, if there is a better one than the code's.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match &self.text {
            Some(ReportText::Cause(text)) => Some(text),
            Some(ReportText::Broker(_)) | None => None,
        }
    }

    #[must_use]
    pub fn messages(&self) -> usize {
        self.runs.iter().map(Run::len).sum()
    }

    /// What the messages count against the queue limits: messages, bytes.
    #[must_use]
    pub fn budget(&self) -> (u64, u64) {
        (self.messages() as u64, self.runs.iter().map(Run::value_bytes).sum())
    }

    /// Offset of the `i`th message.
    #[must_use]
    pub fn offset_at(&self, i: usize) -> i64 {
        let Ok(base) = u64::try_from(self.base_offset) else { return self.base_offset };
        // Without a sign the sum cannot overflow, and need not be watched for each message.
        i64::try_from(base.wrapping_add(i as u64)).unwrap_or(i64::MAX)
    }

    /// Drops the first `n` messages, which have been served, and returns what they counted against the queue
    /// limits: messages, bytes.
    pub fn drop_served(&mut self, mut n: usize) -> (u64, u64) {
        let mut freed = (0, 0);
        self.base_offset = self.offset_at(n);
        while n > 0
            && let Some(run) = self.runs.first_mut()
        {
            let served = run.split_front(n);
            n -= served.len();
            freed.0 += served.len() as u64;
            freed.1 += served.value_bytes();
            if run.is_empty() {
                self.runs.pop_front();
            }
        }
        freed
    }
}
