//! ApiVersions, versions 0 to 4: which APIs in which versions this cluster speaks.
//! The only feature is `transaction.version` (KIP-890), at the level that a test has chosen.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::protocol::ApiKey;
use crate::protocol::api_versions::{
    ApiRange, FinalizedFeature, Request, Response, SupportedFeature, VERSIONS,
};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The levels of `transaction.version`.
pub const FEATURE_LEVELS: RangeInclusive<i16> = 0..=2;
/// Clients of older versions cannot read that a feature begins at level 0.
const FIRST_WITH_LEVEL_0: i16 = 4;

/// What the handlers implement.
const IMPLEMENTED: &[(ApiKey, i16, i16)] = &[
    (ApiKey::Produce, 0, 12),
    (ApiKey::Fetch, 0, 16),
    (ApiKey::ListOffsets, 0, 9),
    (ApiKey::Metadata, 0, 13),
    (ApiKey::OffsetCommit, 0, 9),
    (ApiKey::OffsetFetch, 0, 9),
    (ApiKey::FindCoordinator, 0, 4),
    (ApiKey::JoinGroup, 0, 9),
    (ApiKey::Heartbeat, 0, 4),
    (ApiKey::LeaveGroup, 0, 5),
    (ApiKey::SyncGroup, 0, 5),
    (ApiKey::DescribeGroups, 0, 6),
    (ApiKey::ListGroups, 0, 5),
    (ApiKey::ApiVersions, 0, 4),
    (ApiKey::SaslHandshake, 0, 1),
    (ApiKey::CreateTopics, 0, 7),
    (ApiKey::DeleteTopics, 0, 6),
    (ApiKey::CreatePartitions, 0, 3),
    (ApiKey::DescribeConfigs, 0, 4),
    (ApiKey::AlterConfigs, 0, 2),
    (ApiKey::IncrementalAlterConfigs, 0, 1),
    (ApiKey::InitProducerId, 0, 5),
    (ApiKey::OffsetForLeaderEpoch, 0, 4),
    (ApiKey::AddPartitionsToTxn, 0, 3),
    (ApiKey::AddOffsetsToTxn, 0, 4),
    (ApiKey::EndTxn, 0, 5),
    (ApiKey::TxnOffsetCommit, 0, 5),
    (ApiKey::SaslAuthenticate, 0, 2),
    (ApiKey::DescribeCluster, 0, 2),
    (ApiKey::ConsumerGroupHeartbeat, 0, 1),
    (ApiKey::GetTelemetrySubscriptions, 0, 0),
    (ApiKey::PushTelemetry, 0, 0),
];

/// The versions that are announced, which a test may narrow down.
#[derive(Debug)]
pub struct ApiTable(BTreeMap<i16, (i16, i16)>);

impl ApiTable {
    #[must_use]
    pub fn new() -> Self {
        Self(IMPLEMENTED.iter().map(|(api, min, max)| (api.0, (*min, *max))).collect())
    }

    /// Announces these versions of an API; none at all when `max` is negative.
    pub fn set(&mut self, api_key: i16, min: i16, max: i16) {
        if max < 0 {
            self.0.remove(&api_key);
        } else {
            self.0.insert(api_key, (min, max));
        }
    }

    #[must_use]
    pub fn supports(&self, api_key: i16, version: i16) -> bool {
        self.0.get(&api_key).is_some_and(|(min, max)| (*min..=*max).contains(&version))
    }

    fn ranges(&self) -> Vec<ApiRange> {
        self.0
            .iter()
            .map(|(key, (min, max))| ApiRange { api_key: *key, min_version: *min, max_version: *max })
            .collect()
    }
}

impl Default for ApiTable {
    fn default() -> Self {
        Self::new()
    }
}

pub fn handle(
    apis: &ApiTable,
    transaction_version: i16,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let api_keys = apis.ranges();
    if !apis.supports(call.api_key, call.version) || !VERSIONS.contains(&call.version) {
        // The client cannot read what it does not know: the answer is in version 0.
        let error_code = wire_code(ErrorCode::UNSUPPORTED_VERSION);
        let response = Response { error_code, api_keys, ..Response::default() };
        return Ok(call.answer_in_version(0, |out| response.encode(0, out)));
    }
    Request::decode(call.version, body)?;
    let mut response = Response { error_code: wire_code(call.error), api_keys, ..Response::default() };
    response.throttle_time_ms = call.throttle_ms;
    announce_features(transaction_version, call.version, &mut response);
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn announce_features(level: i16, version: i16, response: &mut Response) {
    let name = || "transaction.version".to_owned();
    let min_version = if version >= FIRST_WITH_LEVEL_0 { *FEATURE_LEVELS.start() } else { 1 };
    response.supported_features =
        vec![SupportedFeature { name: name(), min_version, max_version: *FEATURE_LEVELS.end() }];
    response.finalized_features_epoch = 1;
    // A feature at level 0 is left out.
    if level > 0 {
        let finalized = FinalizedFeature { name: name(), max_version_level: level, min_version_level: level };
        response.finalized_features = vec![finalized];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, exchange, send};

    fn ask(cluster: &mut Cluster, version: i16) -> Response {
        exchange(
            cluster,
            ApiKey::ApiVersions,
            version,
            |out| Request::default().encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        )
    }

    #[test]
    fn every_version_lists_what_is_implemented() {
        for version in VERSIONS {
            let response = ask(&mut cluster(1), version);
            assert_eq!((response.error_code, response.api_keys.len()), (0, IMPLEMENTED.len()));
            assert_eq!(response.range(ApiKey::Produce), Some(0..=12));
        }
    }

    #[test]
    fn a_future_version_is_answered_in_version_0() {
        let mut c = cluster(1);
        let reply = send(&mut c, 1, ApiKey::ApiVersions, 99, |_| {});
        let bytes = reply.bytes.unwrap();
        let response = Response::decode(0, &mut Reader::new(&bytes[8..])).unwrap();
        assert_eq!(response.error_code, 35);
        assert_eq!(response.range(ApiKey::ApiVersions), Some(0..=4));
    }

    #[test]
    fn announced_versions_can_be_narrowed() {
        let mut c = cluster(1);
        c.set_api_version(0, 0, 7).unwrap();
        c.set_api_version(ApiKey::InitProducerId.0, -1, -1).unwrap();
        let response = ask(&mut c, 3);
        assert_eq!(response.range(ApiKey::Produce), Some(0..=7));
        assert_eq!(response.range(ApiKey::InitProducerId), None);
        assert!(send(&mut c, 1, ApiKey::Produce, 8, |_| {}).close);
    }

    #[test]
    fn the_level_of_transactions_is_announced() {
        let mut c = cluster(1);
        assert!(c.set_transaction_version(3).is_err() && c.set_transaction_version(-1).is_err());
        for level in FEATURE_LEVELS {
            c.set_transaction_version(level).unwrap();
            for version in VERSIONS {
                let r = ask(&mut c, version);
                let told = r.finalized_features.iter().map(|f| (f.name.as_str(), f.max_version_level));
                let expected = (version >= 3 && level > 0).then_some(("transaction.version", level));
                assert_eq!(told.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
                let supported: Vec<_> =
                    r.supported_features.iter().map(|f| (f.min_version, f.max_version)).collect();
                let expected: &[_] = match version {
                    0..3 => &[],
                    3 => &[(1, 2)],
                    _ => &[(0, 2)],
                };
                assert_eq!(supported, expected);
            }
        }
    }
}
