//! What the cluster has told of a topic, whatever the topic is used for: its id, its partitions, their
//! leaders and the leaders' epochs. What is for producing or consuming keeps to this and has its own state
//! beside it.

use super::topic_errors::topic_error;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::protocol::error_action::NextStep;
use crate::protocol::metadata as wire;
use crate::protocol::topic_id::{self, TopicId};
use std::time::Duration;

/// For how long a leader that a Produce response has named (KIP-951) outranks Metadata with an older leader
/// epoch. The broker that names the next leader knows of it before others do, which hear of it within a
/// second or so. Not for good: the response may be about a topic of the same name that is gone by now, whose
/// epochs were higher, or simply wrong.
const HINT_TRUSTED_FOR: Duration = Duration::from_secs(5);

/// What a Metadata response says of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicNews {
    /// It exists.
    Exists {
        /// `None`: there is an error beside the partitions, so that their number is not to be believed.
        partitions: Option<usize>,
        /// It is another topic than before, of the same name.
        made_anew: bool,
    },
    /// It does not exist, or never will.
    NotExists(ErrorCode),
    /// It cannot be used.
    Refused(ErrorCode),
    /// Nothing certain; ask again.
    Open,
}

/// A partition's leader. `leader` is -1 for none, `epoch` -1 if it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leadership {
    leader: i32,
    epoch: i32,
    /// Since when the leader is known by a hint that Metadata has not confirmed.
    hinted_since: Option<Time>,
}

impl Leadership {
    const NONE: Self = Self { leader: -1, epoch: -1, hinted_since: None };
}

pub struct ClusterTopic {
    /// Zero if the cluster has told none.
    id: TopicId,
    added: Time,
    /// When the cluster was last heard of it.
    refreshed: Time,
    /// Since when the cluster says that it does not know the topic.
    missing_since: Option<Time>,
    partitions: Vec<Leadership>,
}

impl ClusterTopic {
    #[must_use]
    pub fn new(now: Time) -> Self {
        Self {
            id: topic_id::UNKNOWN,
            added: now,
            refreshed: now,
            missing_since: None,
            partitions: Vec::new(),
        }
    }

    #[must_use]
    pub fn id(&self) -> &TopicId {
        &self.id
    }

    /// When the client began to use it.
    #[must_use]
    pub fn added(&self) -> Time {
        self.added
    }

    /// When the cluster was last heard of it.
    #[must_use]
    pub fn refreshed(&self) -> Time {
        self.refreshed
    }

    /// Takes note of a response. A topic that the cluster does not know may just have been created:
    /// `propagation_max` is how long that is believed.
    pub fn learn(&mut self, t: &wire::Topic, propagation_max: Duration, now: Time) -> TopicNews {
        let (code, action) = topic_error(t);
        match action.next {
            NextStep::Done => {
                self.missing_since = None;
                self.refreshed = now;
                // Beside an error, as in librdkafka, leaders are believed and the number of partitions is
                // not.
                let partitions = (t.error_code == 0).then_some(t.partitions.len());
                TopicNews::Exists { partitions, made_anew: self.set_id(t.topic_id) }
            }
            NextStep::RetryForAWhile => {
                let since = *self.missing_since.get_or_insert(now);
                if now < since + propagation_max && now < self.added.max(since) + propagation_max {
                    TopicNews::Open
                } else {
                    TopicNews::NotExists(code)
                }
            }
            NextStep::Retry | NextStep::RetrySoon => TopicNews::Open,
            NextStep::Fail | NextStep::Abort | NextStep::AbortAndBump | NextStep::Fatal => match code {
                ErrorCode::TOPIC_EXCEPTION => TopicNews::NotExists(code),
                _ => TopicNews::Refused(code),
            },
        }
    }

    /// Whether this may be its id.
    #[must_use]
    pub fn may_be(&self, id: &TopicId) -> bool {
        !topic_id::differ(&self.id, id)
    }

    /// Returns whether the topic is another one than before.
    fn set_id(&mut self, id: TopicId) -> bool {
        let is_another = topic_id::differ(&self.id, &id);
        if id != topic_id::UNKNOWN {
            self.id = id;
        }
        is_another
    }

    /// Sets the number of partitions. New ones have no leader yet.
    pub fn resize(&mut self, partitions: usize) {
        self.partitions.reserve_exact(partitions.saturating_sub(self.partitions.len()));
        self.partitions.resize(partitions, Leadership::NONE);
    }

    /// What was known of leaders does not count any more, not even against older news.
    pub fn forget_leaders(&mut self) {
        self.partitions.fill(Leadership::NONE);
    }

    /// The topic was made anew: epochs begin again.
    pub fn begin_anew(&mut self) {
        for p in &mut self.partitions {
            (p.epoch, p.hinted_since) = (-1, None);
        }
    }

    /// Whether what Metadata says of a partition's leader is to be believed: news from before the last change
    /// of leader is no news, as long as that change can be believed itself.
    pub fn believes(&mut self, news: &wire::Partition, now: Time) -> bool {
        let Some(p) = self.partition_mut(news.partition) else { return false };
        let is_older = news.leader_epoch >= 0 && news.leader_epoch < p.epoch;
        let is_doubtful = p.hinted_since.is_some_and(|since| now >= since + HINT_TRUSTED_FOR);
        let believed = !is_older || is_doubtful;
        if believed {
            p.hinted_since = None;
        }
        believed
    }

    /// Whether a hint tells of a later leader than the one that is known.
    #[must_use]
    pub fn is_news(&self, partition: i32, epoch: i32) -> bool {
        self.partition(partition).is_some_and(|p| epoch > p.epoch)
    }

    /// The leader of a partition is known by a hint only. A hint that is repeated is not trusted for longer.
    pub fn set_hinted(&mut self, partition: i32, now: Time) {
        if let Some(p) = self.partition_mut(partition) {
            p.hinted_since.get_or_insert(now);
        }
    }

    /// Sets a partition's leader.
    pub fn set_leader(&mut self, partition: i32, leader: i32, epoch: i32) {
        if let Some(p) = self.partition_mut(partition) {
            (p.leader, p.epoch) = (leader, epoch);
        }
    }

    /// A partition's leader (-1 for none) and its epoch; `None` if there is no such partition.
    #[must_use]
    pub fn leader(&self, partition: i32) -> Option<(i32, i32)> {
        self.partition(partition).map(|p| (p.leader, p.epoch))
    }

    /// Whether any partition is led by such a broker.
    pub fn is_led_by(&self, broker: impl Fn(i32) -> bool) -> bool {
        self.partitions.iter().any(|p| broker(p.leader))
    }

    fn partition(&self, id: i32) -> Option<&Leadership> {
        usize::try_from(id).ok().and_then(|i| self.partitions.get(i))
    }

    fn partition_mut(&mut self, id: i32) -> Option<&mut Leadership> {
        usize::try_from(id).ok().and_then(|i| self.partitions.get_mut(i))
    }
}

#[cfg(test)]
mod tests;
