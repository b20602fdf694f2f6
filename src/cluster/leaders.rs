//! Leaders of partitions that are asked about without being produced to: a small memory of what Metadata
//! responses said.

use super::topic_errors::topic_error;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::protocol::error_action::NextStep;
use crate::protocol::metadata::Topic;
use std::collections::HashMap;
use std::time::Duration;

/// What is known of the leader of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leader {
    /// The cluster is to be asked.
    Unknown,
    Is {
        node_id: i32,
        epoch: i32,
    },
    /// There is none, and asking again at once would not help.
    None(ErrorCode),
}

/// What was last heard of a topic.
struct Known {
    at: Time,
    refusal: Option<ErrorCode>,
    /// By partition.
    leaders: HashMap<i32, (i32, i32)>,
}

/// Topics that somebody wants to know the leaders of. Nothing is kept of others, however many a response
/// names.
#[derive(Default)]
pub struct Leaders {
    topics: HashMap<String, Option<Known>>,
    /// Topics to ask the cluster for, and until when the answer is of use.
    questions: Vec<(Vec<String>, Time)>,
}

impl Leaders {
    /// Keeps what responses say of the topic from now on.
    pub fn want(&mut self, topic: &str) {
        if !self.topics.contains_key(topic) {
            self.topics.insert(topic.to_owned(), None);
        }
    }

    /// Has the cluster asked for the leaders of these topics. The answer is of no use after `until`.
    pub fn ask(&mut self, topics: Vec<String>, until: Time) {
        // Another question about the same topic may have ended meanwhile.
        topics.iter().for_each(|t| self.want(t));
        self.questions.push((topics, until));
    }

    /// What is to be asked, each with the time until which the answer is of use.
    pub fn take_questions(&mut self) -> Vec<(Vec<String>, Time)> {
        std::mem::take(&mut self.questions)
    }

    /// What is known of the topic was found wrong.
    pub fn forget(&mut self, topic: &str) {
        if let Some(known) = self.topics.get_mut(topic) {
            *known = None;
        }
    }

    /// Keeps what a response says of a topic, if anybody wants to know it.
    pub fn learn(&mut self, topic: &Topic, now: Time) {
        let Some(known) = topic.name.as_deref().and_then(|n| self.topics.get_mut(n)) else { return };
        let (code, action) = topic_error(topic);
        let refusal = match action.next {
            NextStep::Done => None,
            NextStep::Retry if matches!(code, ErrorCode::LEADER_NOT_AVAILABLE | ErrorCode::NO_ERROR) => None,
            _ => Some(code),
        };
        let leaders = topic.partitions.iter().map(|p| (p.partition, (p.leader_id, p.leader_epoch))).collect();
        *known = Some(Known { at: now, refusal, leaders });
    }

    /// Drops what is older than `max_age`; it will be asked for again.
    pub fn expire(&mut self, now: Time, max_age: Duration) {
        self.topics.retain(|_, known| known.as_ref().is_none_or(|k| now.since(k.at) <= max_age));
    }

    /// Forgets a topic that has been asked for and not answered.
    pub fn unwant(&mut self, topic: &str) {
        if self.topics.get(topic).is_some_and(Option::is_none) {
            self.topics.remove(topic);
        }
    }

    #[must_use]
    pub fn find(&self, topic: &str, partition: i32) -> Leader {
        let Some(Some(known)) = self.topics.get(topic) else { return Leader::Unknown };
        if let Some(code) = known.refusal {
            return Leader::None(code);
        }
        match known.leaders.get(&partition) {
            Some(&(node_id, epoch)) if node_id >= 0 => Leader::Is { node_id, epoch },
            Some(_) => Leader::None(ErrorCode::LEADER_NOT_AVAILABLE),
            None if known.leaders.is_empty() => Leader::Unknown,
            None => Leader::None(ErrorCode::_UNKNOWN_PARTITION),
        }
    }
}

#[cfg(test)]
mod tests;
