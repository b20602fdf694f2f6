//! What an application is told: events, and the queues on which they wait for whoever polls.

use super::event_queue::{self, Prioritized, Queue};
use crate::base::clock::Time;
use crate::base::error::Error;
use crate::base::sync::Arc;
use crate::client::admin::results::{ResourceResult, TopicResult};
use crate::client::group::Commits;
use crate::client::offsets::results::OffsetResult;
use crate::consumer::error::ConsumerError;
use crate::consumer::records::Fetched;
use crate::producer::budget::Budget;
use crate::producer::partition::report::Report;
use crate::protocol::metadata;
use crate::stats::snapshot::Snapshot;
use std::time::Duration;

pub use super::event_queue::{Piece, Wakeup};
pub use crate::producer::budget::Serving;

/// A queue of what the application is to be told.
pub type EventQueue = Queue<Event>;

/// What a look into such a queue found.
pub type Popped = event_queue::Popped<Event>;

/// What was taken from an event, or the event.
pub type Taken<P> = event_queue::Taken<Event, P>;

/// How long a call may still wait. The clock is first read when there is nothing to be taken.
pub struct Wait {
    timeout: Option<Duration>,
    since: Option<Time>,
}

impl Wait {
    /// `None`: for ever.
    #[must_use]
    pub fn new(timeout: Option<Duration>) -> Self {
        Self { timeout, since: None }
    }

    /// Whether there is no waiting at all.
    pub(in crate::client) fn is_none(&self) -> bool {
        self.timeout == Some(Duration::ZERO)
    }

    /// What is left.
    pub(in crate::client) fn left(&mut self, now: Time) -> Option<Duration> {
        left(self.timeout, *self.since.get_or_insert(now), now)
    }
}

/// Something the application is to be told.
pub enum Event {
    Delivery(Delivery),
    Error(Error),
    /// A broker made the client wait (KIP-219).
    Throttle {
        broker_name: String,
        broker_id: i32,
        throttle_ms: i32,
    },
    /// A log line, with `log.queue=true`.
    Log(LogLine),
    Stats(Box<Snapshot>),
    /// The client needs an OAUTHBEARER token.
    TokenRefresh,
    /// Messages for a consumer.
    Fetched(Box<Fetched>),
    /// An error in a consumed message's place.
    ConsumerError(Box<ConsumerError>),
    /// The consumer is closed: a wake-up, nothing to be told.
    Closed,
    /// Outcome of something that the application asked for.
    Outcome {
        /// Type of the event in the C API.
        kind: i32,
        error: Error,
        /// The application's own.
        opaque: usize,
        results: Results,
    },
}

/// What a request came to, one by one.
pub enum Results {
    /// It failed as a whole, or there is nothing to tell.
    None,
    Topics(Vec<TopicResult>),
    Resources(Vec<ResourceResult>),
    Offsets(Vec<OffsetResult>),
    /// The cluster or topics, as a broker describes them.
    Metadata(Box<metadata::Response>),
    /// Offsets that a consumer's group has committed, or not.
    Commits(Commits),
}

pub struct LogLine {
    pub level: u8,
    /// The debug contexts that let the line through; 0 for lines that are always written.
    pub context: u32,
    pub facility: String,
    pub text: String,
}

impl Prioritized for Event {
    /// librdkafka's order.
    fn priority(&self) -> u8 {
        match self {
            Self::Delivery(_)
            | Self::Error(_)
            | Self::TokenRefresh
            | Self::Outcome { .. }
            | Self::Fetched(_)
            | Self::ConsumerError(_)
            | Self::Closed => 0,
            Self::Log(_) => 1,
            Self::Throttle { .. } | Self::Stats(_) => 2,
        }
    }
}

/// Where the space of reported messages is given back.
pub(in crate::client) struct ReportReturn {
    pub(in crate::client) budget: Arc<Budget>,
    pub(in crate::client) events: Arc<EventQueue>,
}

/// A delivery report on its way to the application. Dropping it gives the messages' space in the queue back.
pub struct Delivery {
    report: Report,
    space: Arc<ReportReturn>,
}

impl Delivery {
    /// `space` is shared by the reports that are delivered together, not by all: a reference count that two
    /// threads change for every report would cost more than everything else.
    pub(in crate::client) fn new(report: Report, space: Arc<ReportReturn>) -> Self {
        Self { report, space }
    }

    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    pub fn report_mut(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Gives up the first `n` messages, which have been served and whose space [`Serving`] returns; the rest
    /// may be put back for a later poll.
    pub fn drop_served(&mut self, n: usize) {
        let _ = self.report.drop_served(n);
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        let ReportReturn { budget, events } = &*self.space;
        let (messages, bytes) = self.report.budget();
        if messages > 0 {
            // The messages' memory goes first: who sees space in the queue may count on it.
            self.report.runs.clear();
            budget.release(messages, bytes);
        }
        if budget.is_empty() {
            // Whoever waits in flush() may have left the serving to another thread.
            events.wake_all();
        }
    }
}

/// Whether serving goes on after an event.
pub enum Flow {
    Continue,
    /// Return to the caller of poll now; the event, if any, is put back in front.
    Stop(Option<Event>),
}

/// Time left of a timeout that began at `start`; `None`: for ever.
pub(in crate::client) fn left(timeout: Option<Duration>, start: Time, now: Time) -> Option<Duration> {
    timeout.map(|t| t.saturating_sub(now.since(start)))
}
