//! Settings of a consumer: what is fetched, how much of it may wait, and from where it is read.

use std::time::Duration;

/// What is done when there is no offset, or none that the broker has (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffsetReset {
    Earliest,
    #[default]
    Latest,
    Error,
}

/// How messages are fetched (`fetch.*`, `queued.*`).
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerSettings {
    /// `group.id`
    pub group: Option<String>,
    /// Messages that are held ready (`queued.min.messages`).
    pub queued_messages: u32,
    /// Bytes that are held ready (`queued.max.messages.kbytes`).
    pub queued_bytes: u64,
    /// How long a broker may wait for messages.
    pub fetch_wait: Duration,
    pub fetch_min_bytes: i32,
    pub fetch_max_bytes: i32,
    /// Of one partition (`max.partition.fetch.bytes`).
    pub partition_max_bytes: i32,
    /// The longest that fetching pauses because enough is ready.
    pub queue_backoff: Duration,
    /// How long fetching pauses after an error.
    pub error_backoff: Duration,
    /// Messages of open and aborted transactions are left out (`isolation.level`).
    pub read_committed: bool,
    /// The application is told of the ends of partitions.
    pub partition_eof: bool,
    pub check_crcs: bool,
    /// `client.rack`
    pub rack: String,
    /// How often offsets are committed in the background; `None`: never (`enable.auto.commit`,
    /// `auto.commit.interval.ms`).
    pub auto_commit: Option<Duration>,
    /// What was read is committed when an assignment ends (`enable.auto.commit`).
    pub commit_at_end: bool,
    /// The offset of what the application was given is stored (`enable.auto.offset.store`).
    pub auto_offset_store: bool,
    /// How long a commit waits for a coordinator (`session.timeout.ms`).
    pub session_timeout: Duration,
}

impl Default for ConsumerSettings {
    fn default() -> Self {
        Self {
            group: None,
            queued_messages: 100_000,
            queued_bytes: 65_536_000,
            fetch_wait: Duration::from_millis(500),
            fetch_min_bytes: 1,
            fetch_max_bytes: 52_428_800,
            partition_max_bytes: 1 << 20,
            queue_backoff: Duration::from_secs(1),
            error_backoff: Duration::from_millis(500),
            read_committed: true,
            partition_eof: false,
            check_crcs: false,
            rack: String::new(),
            auto_commit: Some(Duration::from_secs(5)),
            commit_at_end: true,
            auto_offset_store: true,
            session_timeout: Duration::from_secs(45),
        }
    }
}

/// Where the simple consumer's offsets are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OffsetMethod {
    /// `offset.store.path`, and how long what was written may wait for fsync(); `None`: for ever.
    File { path: String, sync: Option<Duration> },
    /// The group's coordinator.
    Broker,
}

/// How the simple consumer keeps its offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetStoreSettings {
    pub method: OffsetMethod,
    /// How often they are committed before the end; `None`: never (`auto.commit.enable`).
    pub interval: Option<Duration>,
}

impl Default for OffsetStoreSettings {
    fn default() -> Self {
        Self { method: OffsetMethod::Broker, interval: Some(Duration::from_mins(1)) }
    }
}

/// The settings of a topic that only consumers use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerTopicSettings {
    pub offset_reset: OffsetReset,
    /// `consume.callback.max.messages`; `None`: no limit.
    pub callback_max_messages: Option<usize>,
    pub store: OffsetStoreSettings,
}
