//! Which version of each API to speak with a broker.

use crate::conf::Settings;
use crate::protocol::api::ApiKey;
use crate::protocol::api_versions::Response;
use std::ops::RangeInclusive;

/// The versions a broker speaks.
#[derive(Debug, Default)]
pub(super) struct Versions {
    ranges: Vec<(i16, i16, i16)>,
}

impl Versions {
    pub(super) fn from_response(response: &Response) -> Self {
        let ranges = response.api_keys.iter().map(|r| (r.api_key, r.min_version, r.max_version)).collect();
        Self { ranges }
    }

    /// What a broker that cannot be asked is taken to speak (`broker.version.fallback`). Record batches need 0.11, so
    /// to an older broker nothing can be produced.
    pub(super) fn fallback(settings: &Settings) -> Self {
        let mut numbers = settings.broker_version_fallback.split('.').map(|n| n.parse::<u32>().unwrap_or(0));
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let mut ranges = vec![(ApiKey::Metadata.0, 0, if version >= (0, 10) { 2 } else { 0 })];
        if version >= (0, 11) {
            ranges =
                vec![(ApiKey::Metadata.0, 0, 4), (ApiKey::Produce.0, 0, 3), (ApiKey::InitProducerId.0, 0, 0)];
        }
        Self { ranges }
    }

    /// The newest version that both sides speak.
    pub(super) fn pick(&self, api: ApiKey, ours: &RangeInclusive<i16>) -> Option<i16> {
        let (_, min, max) = self.ranges.iter().find(|r| r.0 == api.0)?;
        let version = *max.min(ours.end());
        (version >= *min && version >= *ours.start()).then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_common_version_is_spoken() {
        let v = Versions { ranges: vec![(0, 3, 9), (3, 5, 13)] };
        assert_eq!(v.pick(ApiKey::Produce, &(3..=12)), Some(9));
        assert_eq!(v.pick(ApiKey::Metadata, &(0..=4)), None);
        assert_eq!(v.pick(ApiKey::Metadata, &(0..=8)), Some(8));
        assert_eq!(v.pick(ApiKey::Fetch, &(0..=8)), None);
    }

    #[test]
    fn brokers_too_old_for_record_batches_take_no_produce_request() {
        let old = Settings::default();
        assert_eq!(Versions::fallback(&old).pick(ApiKey::Produce, &(3..=12)), None);
        let newer = Settings { broker_version_fallback: "0.11.0.3".into(), ..Settings::default() };
        assert_eq!(Versions::fallback(&newer).pick(ApiKey::Produce, &(3..=12)), Some(3));
    }
}
