//! Which version of each API to speak with a broker, and what follows from it.

use super::features::{Feature, Features};
use crate::conf::VersionSettings;
use crate::producer::format::{Magic, ProduceFormat, produce_versions};
use crate::protocol::ApiKey;
use crate::protocol::api_versions::Response;
use crate::protocol::{get_telemetry_subscriptions, produce, push_telemetry};
use std::ops::RangeInclusive;

/// The versions a broker speaks.
#[derive(Debug, Default)]
pub struct Versions {
    ranges: Vec<(i16, i16, i16)>,
    features: Features,
}

impl Versions {
    fn new(ranges: Vec<(i16, i16, i16)>) -> Self {
        let newest = |api: ApiKey| ranges.iter().find(|r| r.0 == api.0).map(|r| r.2);
        let features = Features::of(&newest);
        Self { ranges, features }
    }

    pub fn from_response(response: &Response) -> Self {
        Self::new(response.api_keys.iter().map(|r| (r.api_key, r.min_version, r.max_version)).collect())
    }

    /// What a broker that cannot be asked is taken to speak (`broker.version.fallback`).
    pub fn fallback(settings: &VersionSettings) -> Self {
        let of = |apis: &[(ApiKey, i16)]| Self::new(apis.iter().map(|(api, max)| (api.0, 0, *max)).collect());
        let version = &settings.broker_fallback;
        match FALLBACKS.iter().find(|(prefix, _)| version.starts_with(prefix)) {
            Some((_, apis)) => of(apis),
            // Newer ones can be asked, after all.
            None => of(&[(ApiKey::ApiVersions, 0)]),
        }
    }

    pub fn features(&self) -> Features {
        self.features
    }

    /// The newest version that both sides speak.
    pub fn pick(&self, api: ApiKey, ours: &RangeInclusive<i16>) -> Option<i16> {
        let (_, min, max) = self.ranges.iter().find(|r| r.0 == api.0)?;
        let version = *max.min(ours.end());
        (version >= *min && version >= *ours.start()).then_some(version)
    }

    /// Whether the broker has what clients push metrics with (KIP-714).
    pub fn take_metrics(&self) -> bool {
        self.pick(ApiKey::GetTelemetrySubscriptions, &get_telemetry_subscriptions::VERSIONS).is_some()
            && self.pick(ApiKey::PushTelemetry, &push_telemetry::VERSIONS).is_some()
    }

    /// How to produce to this broker; `None` if there is no way.
    pub fn produce_format(&self) -> Option<ProduceFormat> {
        let magic = if self.features.has(Feature::MsgVer2) {
            Magic::V2
        } else if self.features.has(Feature::MsgVer1) {
            Magic::V1
        } else {
            Magic::V0
        };
        Some(ProduceFormat {
            version: self.pick(ApiKey::Produce, &produce_versions(magic, produce::CLIENT_MAX_VERSION))?,
            magic,
            lz4: self.features.has(Feature::Lz4),
            zstd: self.features.has(Feature::Zstd),
        })
    }
}

/// What brokers speak that cannot be asked, by the beginning of their version: APIs with their newest
/// versions.
const FALLBACKS: &[(&str, &[(ApiKey, i16)])] = &[
    (
        "0.9.0",
        &[
            (ApiKey::Produce, 1),
            (ApiKey::Fetch, 1),
            (ApiKey::ListOffsets, 0),
            (ApiKey::Metadata, 0),
            (ApiKey::OffsetCommit, 2),
            (ApiKey::OffsetFetch, 1),
            (ApiKey::FindCoordinator, 0),
            (ApiKey::JoinGroup, 0),
            (ApiKey::Heartbeat, 0),
            (ApiKey::LeaveGroup, 0),
            (ApiKey::SyncGroup, 0),
            (ApiKey::DescribeGroups, 0),
            (ApiKey::ListGroups, 0),
        ],
    ),
    (
        "0.8.2",
        &[
            (ApiKey::Produce, 0),
            (ApiKey::Fetch, 0),
            (ApiKey::ListOffsets, 0),
            (ApiKey::Metadata, 0),
            (ApiKey::OffsetCommit, 1),
            (ApiKey::OffsetFetch, 1),
            (ApiKey::FindCoordinator, 0),
        ],
    ),
    (
        "0.8.1",
        &[
            (ApiKey::Produce, 0),
            (ApiKey::Fetch, 0),
            (ApiKey::ListOffsets, 0),
            (ApiKey::Metadata, 0),
            (ApiKey::OffsetCommit, 1),
            (ApiKey::OffsetFetch, 0),
        ],
    ),
    ("0.8.0", &[(ApiKey::Produce, 0), (ApiKey::Fetch, 0), (ApiKey::ListOffsets, 0), (ApiKey::Metadata, 0)]),
];

#[cfg(test)]
mod tests;
