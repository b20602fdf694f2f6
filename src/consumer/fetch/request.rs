//! Fetch requests.

use super::fetcher::RequestedPartition;
use crate::conf::ConsumerSettings;
use crate::protocol::fetch::{FIRST_WITH_IDS, Request, RequestPartition, Topic, VERSIONS};
use crate::protocol::topic_id::{self, TopicId};
use std::ops::RangeInclusive;

/// The versions in which all of this can be asked: those with ids only if all topics have one.
#[must_use]
pub fn versions(asked: &[RequestedPartition]) -> RangeInclusive<i16> {
    let all_have_ids = asked.iter().all(|a| a.wanted.topic_id != topic_id::UNKNOWN);
    *VERSIONS.start()..=if all_have_ids { *VERSIONS.end() } else { FIRST_WITH_IDS - 1 }
}

/// In versions with ids, partitions that were asked about under another id are in a topic of their own.
#[must_use]
pub fn request(asked: &[RequestedPartition], version: i16, settings: &ConsumerSettings) -> Request {
    let mut topics: Vec<Topic<RequestPartition>> = Vec::new();
    for a in asked {
        let partition = RequestPartition {
            partition: a.partition.number(),
            current_leader_epoch: a.wanted.leader_epoch,
            fetch_offset: a.wanted.position.offset,
            partition_max_bytes: a.wanted.max_bytes,
            ..RequestPartition::default()
        };
        let (name, id) = (&**a.partition.topic(), a.wanted.topic_id);
        let is_it = |t: &Topic<_>| t.name == name && (version < FIRST_WITH_IDS || t.id == id);
        match topics.iter_mut().rev().find(|t| is_it(t)) {
            Some(topic) => topic.partitions.push(partition),
            None => topics.push(Topic { id, ..Topic::named(name, vec![partition]) }),
        }
    }
    Request {
        max_wait_ms: i32::try_from(settings.fetch_wait.as_millis()).unwrap_or(i32::MAX),
        min_bytes: settings.fetch_min_bytes,
        max_bytes: settings.fetch_max_bytes,
        isolation_level: i8::from(settings.read_committed),
        topics,
        rack_id: settings.rack.clone(),
        ..Request::default()
    }
}

/// Finds the question to each answer. Brokers answer in the order of the questions, as a rule.
pub struct Matcher<'a> {
    asked: &'a [RequestedPartition],
    next: usize,
}

impl<'a> Matcher<'a> {
    #[must_use]
    pub fn new(asked: &'a [RequestedPartition]) -> Self {
        Self { asked, next: 0 }
    }

    /// The question that was about this partition, by the topic's id if `version` has no names.
    pub fn find(
        &mut self,
        version: i16,
        name: &str,
        id: &TopicId,
        partition: i32,
    ) -> Option<&'a RequestedPartition> {
        let is_it = |a: &RequestedPartition| {
            a.partition.number() == partition
                && if version >= FIRST_WITH_IDS {
                    a.wanted.topic_id == *id
                } else {
                    **a.partition.topic() == *name
                }
        };
        let at = match self.asked.get(self.next) {
            Some(a) if is_it(a) => self.next,
            _ => self.asked.iter().position(is_it)?,
        };
        self.next = at + 1;
        self.asked.get(at)
    }
}
