//! What is measured: the cases, the message as an application hands it over, and what a candidate has to do.

use rdkafka::base::clock::{Clock, SystemClock, Time};
use rdkafka::base::sync::OnceLock;

/// Limits of a batch: `batch.num.messages` and `batch.size` at their defaults.
pub const BATCH_MESSAGES: usize = 10_000;
pub const BATCH_BYTES: usize = 1_000_000;
/// Messages in a row for one partition.
pub const BURST: usize = 16;
/// The Produce version that is written: the newest whose records have a length of fixed width, which every
/// candidate can fill in afterwards.
pub const VERSION: i16 = 8;
pub const TOPIC: &str = "measured";
pub const CLIENT_ID: &str = "bench";
/// What a request holds before its first record.
pub const REQUEST_BASE: usize = 38 + CLIENT_ID.len() + TOPIC.len() + 61;
/// The application counts on this many messages fitting into its queue.
pub const QUEUE_MESSAGES: usize = 1_000_000;
pub const QUEUE_BYTES: usize = 2 << 30;

#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub value_len: usize,
    /// `RD_KAFKA_MSG_F_COPY`, or the application's memory.
    pub copied: bool,
    pub partitions: usize,
    pub key_len: usize,
}

/// Each size copied and by pointer, few and many partitions; and one case with keys.
pub const CASES: &[Case] = &[
    Case { value_len: 100, copied: true, partitions: 1, key_len: 0 },
    Case { value_len: 100, copied: true, partitions: 8, key_len: 0 },
    Case { value_len: 100, copied: true, partitions: 1000, key_len: 0 },
    Case { value_len: 100, copied: true, partitions: 8, key_len: 12 },
    Case { value_len: 100, copied: false, partitions: 1, key_len: 0 },
    Case { value_len: 100, copied: false, partitions: 8, key_len: 0 },
    Case { value_len: 100, copied: false, partitions: 1000, key_len: 0 },
    Case { value_len: 1000, copied: true, partitions: 1, key_len: 0 },
    Case { value_len: 1000, copied: true, partitions: 8, key_len: 0 },
    Case { value_len: 1000, copied: true, partitions: 1000, key_len: 0 },
    Case { value_len: 1000, copied: false, partitions: 1, key_len: 0 },
    Case { value_len: 1000, copied: false, partitions: 8, key_len: 0 },
    Case { value_len: 1000, copied: false, partitions: 1000, key_len: 0 },
];

impl Case {
    pub fn title(&self) -> String {
        let how = if self.copied { "copied" } else { "by pointer" };
        let key = if self.key_len > 0 { format!(", key of {} B", self.key_len) } else { String::new() };
        format!("{} B {how}, {} partition(s){key}", self.value_len, self.partitions)
    }
}

/// The clock of all.
pub fn now() -> Time {
    static CLOCK: OnceLock<SystemClock> = OnceLock::new();
    CLOCK.get_or_init(SystemClock::new).now()
}

/// A message as rd_kafka_produce() gets it, with the time that was read for it.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub key: Option<&'a [u8]>,
    pub value: &'a [u8],
    pub copied: bool,
    pub opaque: usize,
    pub timestamp_ms: i64,
    pub enqueued: Time,
}

/// A delivery report as the application sees it: the fields of `rd_kafka_message_t`.
pub struct Delivered {
    pub error: i32,
    pub partition: i32,
    pub payload: *const u8,
    pub len: usize,
    pub key: *const u8,
    pub key_len: usize,
    pub offset: i64,
    pub opaque: usize,
}

/// Pieces of a finished request, as sendmsg() would get them.
pub type Sink<'a> = &'a mut dyn FnMut(&[&[u8]]);
/// The application's delivery report callback.
pub type Callback<'a> = &'a mut dyn FnMut(&Delivered);

/// A message store with the life of a message through it. The calls through the table of functions stand for
/// the calls over the C boundary and cost all candidates the same.
pub trait Candidate: Send + Sync {
    /// rd_kafka_produce(): counts the message against the queue limits and stores it.
    fn produce(&self, partition: usize, m: &Message<'_>);

    /// The broker thread: everything that waits leaves in requests, one record batch each, and is
    /// acknowledged.
    fn serve(&self, sink: Sink<'_>);

    /// rd_kafka_poll(): reports what was acknowledged and releases it. Returns how many messages.
    fn poll(&self, callback: Callback<'_>) -> usize;
}
