//! Protocol features: what librdkafka calls the abilities of a broker, each of which follows from versions of
//! APIs that the broker speaks. Names as in its log lines.

use crate::protocol::ApiKey;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Feature {
    /// Message format 1: relative offsets and timestamps.
    MsgVer1,
    /// The broker can be asked for its versions.
    ApiVersion,
    BrokerBalancedConsumer,
    ThrottleTime,
    Sasl,
    SaslHandshake,
    BrokerGroupCoordinator,
    Lz4,
    OffsetTime,
    /// Message format 2: record batches.
    MsgVer2,
    IdempotentProducer,
    Zstd,
    SaslAuthReq,
}

impl Feature {
    const ALL: [Self; 13] = [
        Self::MsgVer1,
        Self::ApiVersion,
        Self::BrokerBalancedConsumer,
        Self::ThrottleTime,
        Self::Sasl,
        Self::SaslHandshake,
        Self::BrokerGroupCoordinator,
        Self::Lz4,
        Self::OffsetTime,
        Self::MsgVer2,
        Self::IdempotentProducer,
        Self::Zstd,
        Self::SaslAuthReq,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::MsgVer1 => "MsgVer1",
            Self::ApiVersion => "ApiVersion",
            Self::BrokerBalancedConsumer => "BrokerBalancedConsumer",
            Self::ThrottleTime => "ThrottleTime",
            Self::Sasl => "Sasl",
            Self::SaslHandshake => "SaslHandshake",
            Self::BrokerGroupCoordinator => "BrokerGroupCoordinator",
            Self::Lz4 => "LZ4",
            Self::OffsetTime => "OffsetTime",
            Self::MsgVer2 => "MsgVer2",
            Self::IdempotentProducer => "IdempotentProducer",
            Self::Zstd => "ZSTD",
            Self::SaslAuthReq => "SaslAuthReq",
        }
    }
}

/// Each feature with the versions of APIs that it needs at the least. One that stands here twice can be had
/// in two ways.
const NEEDS: &[(Feature, &[(ApiKey, i16)])] = &[
    (Feature::MsgVer1, &[(ApiKey::Produce, 2), (ApiKey::Fetch, 2)]),
    (Feature::MsgVer2, &[(ApiKey::Produce, 3), (ApiKey::Fetch, 4)]),
    (Feature::ApiVersion, &[(ApiKey::ApiVersions, 0)]),
    (Feature::BrokerGroupCoordinator, &[(ApiKey::FindCoordinator, 0)]),
    (
        Feature::BrokerBalancedConsumer,
        &[
            (ApiKey::FindCoordinator, 0),
            (ApiKey::OffsetCommit, 1),
            (ApiKey::OffsetFetch, 1),
            (ApiKey::JoinGroup, 0),
            (ApiKey::SyncGroup, 0),
            (ApiKey::Heartbeat, 0),
            (ApiKey::LeaveGroup, 0),
        ],
    ),
    (
        Feature::BrokerBalancedConsumer,
        &[(ApiKey::ConsumerGroupHeartbeat, 0), (ApiKey::OffsetCommit, 9), (ApiKey::OffsetFetch, 9)],
    ),
    (Feature::ThrottleTime, &[(ApiKey::Produce, 1), (ApiKey::Fetch, 1)]),
    (Feature::Sasl, &[(ApiKey::JoinGroup, 0)]),
    (Feature::Sasl, &[(ApiKey::SaslHandshake, 0)]),
    (Feature::SaslHandshake, &[(ApiKey::SaslHandshake, 0)]),
    // LZ4 came with 0.8.2, and so did the group coordinator.
    (Feature::Lz4, &[(ApiKey::FindCoordinator, 0)]),
    (Feature::OffsetTime, &[(ApiKey::ListOffsets, 1)]),
    (Feature::IdempotentProducer, &[(ApiKey::InitProducerId, 0)]),
    (Feature::Zstd, &[(ApiKey::Produce, 7), (ApiKey::Fetch, 10)]),
    (Feature::SaslAuthReq, &[(ApiKey::SaslHandshake, 1), (ApiKey::SaslAuthenticate, 0)]),
];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(u16);

impl Features {
    /// `newest` tells the newest version that the broker speaks of an API.
    pub fn of(newest: &dyn Fn(ApiKey) -> Option<i16>) -> Self {
        let mut features = Self::default();
        for (feature, needs) in NEEDS {
            if needs.iter().all(|(api, min)| newest(*api).is_some_and(|max| max >= *min)) {
                features.enable(*feature);
            }
        }
        features
    }

    pub fn has(self, feature: Feature) -> bool {
        self.0 & 1 << feature as u8 != 0
    }

    pub fn enable(&mut self, feature: Feature) {
        self.0 |= 1 << feature as u8;
    }
}

impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            Feature::ALL.into_iter().filter(|one| self.has(*one)).map(Feature::name).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests;
