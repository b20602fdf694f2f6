//! Settings of one topic.

use super::consumer::ConsumerTopicSettings;
use crate::compress::Codec;
use std::time::Duration;

/// The built-in partitioners (`partitioner`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partitioner {
    Random,
    Consistent,
    #[default]
    ConsistentRandom,
    Murmur2,
    Murmur2Random,
    Fnv1a,
    Fnv1aRandom,
}

impl Partitioner {
    /// By its name in the configuration.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "random" => Self::Random,
            "consistent" => Self::Consistent,
            "consistent_random" => Self::ConsistentRandom,
            "murmur2" => Self::Murmur2,
            "murmur2_random" => Self::Murmur2Random,
            "fnv1a" => Self::Fnv1a,
            "fnv1a_random" => Self::Fnv1aRandom,
            _ => return None,
        })
    }
}

/// Which end of a partition's queue leaves first (`queuing.strategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueuingStrategy {
    #[default]
    Fifo,
    Lifo,
}

/// The configuration of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSettings {
    /// -1: all in-sync replicas.
    pub required_acks: i16,
    /// How long the broker may wait for its replicas.
    pub request_timeout: Duration,
    /// From produce() to the delivery report; `None`: no limit.
    pub message_timeout: Option<Duration>,
    pub partitioner: Partitioner,
    /// `inherit` is already resolved.
    pub compression: Codec,
    /// Within the codec's range; -1: the codec's default.
    pub compression_level: i32,
    pub queuing_strategy: QueuingStrategy,
    pub consumer: ConsumerTopicSettings,
}

impl Default for TopicSettings {
    fn default() -> Self {
        Self {
            required_acks: -1,
            request_timeout: Duration::from_secs(30),
            message_timeout: Some(Duration::from_secs(300)),
            partitioner: Partitioner::ConsistentRandom,
            compression: Codec::None,
            compression_level: -1,
            queuing_strategy: QueuingStrategy::Fifo,
            consumer: ConsumerTopicSettings::default(),
        }
    }
}
