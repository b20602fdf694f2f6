//! What partitions and delivery reports need of their topic.

use super::share::OutstandingOfTopic;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::moment::Moment;
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};
use crate::conf::TopicSettings;
use crate::stats::topic::TopicStats;

pub struct TopicShared {
    pub name: Arc<str>,
    pub settings: TopicSettings,
    /// Something of the embedding layer's own, such as the address of its handle.
    pub attachment: AtomicUsize,
    pub stats: TopicStats,
    /// What there is to say while the cluster knows nothing of the topic, or has not said so.
    pub lookup: TopicLookup,
    /// Of brokers with a share of the queue each.
    pub outstanding: OutstandingOfTopic,
    random: AtomicU64,
}

impl TopicShared {
    pub fn new(name: &str, settings: TopicSettings, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            settings,
            attachment: AtomicUsize::new(0),
            stats: TopicStats::default(),
            lookup: TopicLookup::default(),
            outstanding: OutstandingOfTopic::default(),
            random: AtomicU64::new(seed),
        })
    }

    /// A random number below `n` (SplitMix64 over a shared counter: one atomic addition, no lock).
    pub(super) fn random_below(&self, n: i32) -> i32 {
        const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.random.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let n = u64::try_from(n).unwrap_or(1).max(1);
        i32::try_from(((z >> 32) * n) >> 32).unwrap_or(0)
    }
}

/// How the search for a topic goes on. Written by the main thread.
#[derive(Default)]
pub struct TopicLookup {
    unknown_since: Moment,
    error: AtomicI32,
}

impl TopicLookup {
    /// The topic is not known, or not any more. The first moment counts.
    pub fn begin(&self, now: Time) {
        self.unknown_since.begin(now);
    }

    /// The cluster has said that the topic exists.
    pub fn found(&self) {
        self.unknown_since.clear();
        self.error.store(ErrorCode::NO_ERROR.0, Ordering::Relaxed);
    }

    /// The cluster has answered with an error.
    pub fn failed(&self, code: ErrorCode) {
        self.error.store(code.0, Ordering::Relaxed);
    }

    #[must_use]
    pub fn unknown_since(&self) -> Option<Time> {
        self.unknown_since.get()
    }

    /// The cluster's last answer, if that was an error.
    #[must_use]
    pub fn error(&self) -> Option<ErrorCode> {
        Some(ErrorCode(self.error.load(Ordering::Relaxed))).filter(|code| *code != ErrorCode::NO_ERROR)
    }
}
