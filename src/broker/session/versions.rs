//! Which version of each API to speak with a broker, and what follows from it.

use super::features::{Feature, Features};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::conf::VersionSettings;
use crate::producer::format::{Magic, ProduceFormat, produce_versions};
use crate::protocol::ApiKey;
use crate::protocol::api_versions::Response;
use crate::protocol::produce;
use std::ops::RangeInclusive;

/// The versions a broker speaks.
#[derive(Debug, Default)]
pub(in crate::broker) struct Versions {
    ranges: Vec<(i16, i16, i16)>,
    features: Features,
}

impl Versions {
    fn new(ranges: Vec<(i16, i16, i16)>) -> Self {
        let newest = |api: ApiKey| ranges.iter().find(|r| r.0 == api.0).map(|r| r.2);
        let features = Features::of(&newest);
        Self { ranges, features }
    }

    pub(in crate::broker) fn from_response(response: &Response) -> Self {
        Self::new(response.api_keys.iter().map(|r| (r.api_key, r.min_version, r.max_version)).collect())
    }

    /// What a broker that cannot be asked is taken to speak (`broker.version.fallback`).
    pub(in crate::broker) fn fallback(settings: &VersionSettings) -> Self {
        let of = |apis: &[(ApiKey, i16)]| Self::new(apis.iter().map(|(api, max)| (api.0, 0, *max)).collect());
        let version = &settings.broker_fallback;
        match FALLBACKS.iter().find(|(prefix, _)| version.starts_with(prefix)) {
            Some((_, apis)) => of(apis),
            // Newer ones can be asked, after all.
            None => of(&[(ApiKey::ApiVersions, 0)]),
        }
    }

    pub(in crate::broker) fn features(&self) -> Features {
        self.features
    }

    /// The newest version that both sides speak.
    pub(in crate::broker) fn pick(&self, api: ApiKey, ours: &RangeInclusive<i16>) -> Option<i16> {
        let (_, min, max) = self.ranges.iter().find(|r| r.0 == api.0)?;
        let version = *max.min(ours.end());
        (version >= *min && version >= *ours.start()).then_some(version)
    }

    /// How to produce to this broker; `None` if there is no way.
    pub(in crate::broker) fn produce_format(&self) -> Option<ProduceFormat> {
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

/// What brokers speak that cannot be asked, by the beginning of their version: APIs with their newest versions.
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

/// Whether a broker is asked for its versions when a connection is there.
#[derive(Debug, Default)]
pub(in crate::broker) struct Asking {
    /// Asking failed, and not much time has passed since (`api.version.fallback.ms`).
    pointless: bool,
    not_before: Deadline,
}

impl Asking {
    /// Whether to ask now.
    pub(in crate::broker) fn ask(&mut self, settings: &VersionSettings, now: Time) -> bool {
        if !settings.request {
            return false;
        }
        if self.not_before.is_never() || self.not_before.is_due(now) {
            self.not_before = Deadline::at(now + settings.fallback_period);
            self.pointless = false;
        }
        !self.pointless || Versions::fallback(settings).features.has(Feature::ApiVersion)
    }

    /// The connection ended, or no answer came, where the versions had been asked for.
    pub(in crate::broker) fn failed(&mut self) {
        self.pointless = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_common_version_is_spoken() {
        let v = Versions::new(vec![(0, 3, 9), (3, 5, 13)]);
        assert_eq!(v.pick(ApiKey::Produce, &(3..=12)), Some(9));
        assert_eq!(v.pick(ApiKey::Metadata, &(0..=4)), None);
        assert_eq!(v.pick(ApiKey::Metadata, &(0..=8)), Some(8));
        assert_eq!(v.pick(ApiKey::Fetch, &(0..=8)), None);
    }

    fn fallback(version: &str) -> Versions {
        Versions::fallback(&VersionSettings { broker_fallback: version.into(), ..VersionSettings::default() })
    }

    #[test]
    fn a_broker_that_cannot_be_asked_is_taken_for_what_the_configuration_says() {
        let old = fallback("0.9.0.1");
        assert_eq!(old.pick(ApiKey::Produce, &(0..=12)), Some(1));
        assert_eq!(
            old.features().to_string(),
            "BrokerBalancedConsumer,ThrottleTime,Sasl,BrokerGroupCoordinator,LZ4"
        );
        assert_eq!(fallback("0.8.2.2").features().to_string(), "BrokerGroupCoordinator,LZ4");
        for (version, lz4) in [("0.8.2", true), ("0.8.1.1", false), ("0.8.0", false)] {
            let format = ProduceFormat { version: 0, magic: Magic::V0, lz4, zstd: false };
            assert_eq!(fallback(version).produce_format(), Some(format), "{version}");
        }
        assert_eq!(fallback("0.10.0").features().to_string(), "ApiVersion");
        assert_eq!(fallback("0.10.0").produce_format(), None);
    }

    #[test]
    fn the_format_follows_from_produce_and_fetch() {
        let format = |produce, fetch| {
            let v = Versions::new(vec![(0, 0, produce), (1, 0, fetch), (10, 0, 4)]);
            v.produce_format().map(|f| (f.version, f.magic, f.lz4, f.zstd))
        };
        assert_eq!(format(12, 17), Some((12, Magic::V2, true, true)));
        assert_eq!(format(7, 9), Some((7, Magic::V2, true, false)));
        assert_eq!(format(3, 3), Some((3, Magic::V1, true, false)));
        assert_eq!(format(2, 3), Some((2, Magic::V1, true, false)));
        assert_eq!(format(1, 1), Some((1, Magic::V0, true, false)));
        // No way: record batches need version 3 of Produce.
        assert_eq!(Versions::new(vec![(1, 0, 17)]).produce_format(), None);
    }

    #[test]
    fn asking_is_given_up_for_a_while() {
        let settings = VersionSettings {
            broker_fallback: "0.9.0".into(),
            fallback_period: std::time::Duration::from_secs(10),
            ..VersionSettings::default()
        };
        let mut asking = Asking::default();
        let at = |s: i64| Time(s * 1_000_000);
        assert!(asking.ask(&settings, at(0)));
        assert!(asking.ask(&settings, at(1)));
        asking.failed();
        assert!(!asking.ask(&settings, at(9)));
        assert!(asking.ask(&settings, at(11)));
        asking.failed();
        assert!(!asking.ask(&settings, at(12)));
        // One that answers by what it is taken for is asked again and again.
        let newer = VersionSettings { broker_fallback: "0.10.2".into(), ..settings.clone() };
        assert!(asking.ask(&newer, at(13)));
        // Without a time for it there is no falling back.
        let at_once = VersionSettings { fallback_period: std::time::Duration::ZERO, ..settings };
        let mut asking = Asking::default();
        assert!(asking.ask(&at_once, at(0)));
        asking.failed();
        assert!(asking.ask(&at_once, at(1)));
    }

    #[test]
    fn whoever_does_not_ask_falls_back_at_once() {
        let settings =
            VersionSettings { request: false, broker_fallback: "0.8.2".into(), ..VersionSettings::default() };
        assert!(!Asking::default().ask(&settings, Time(0)));
    }
}
