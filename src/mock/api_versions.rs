//! ApiVersions, versions 0 to 4: which APIs in which versions this cluster speaks.
//!
//! Deviation from Kafka: no features are announced, so transactions are those from before KIP-890.

use super::call::{Answer, Call, wire_code};
use super::core::Cluster;
use crate::base::error::ErrorCode;
use crate::protocol::api::ApiKey;
use crate::protocol::api_versions::{ApiRange, Request, Response, VERSIONS};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeMap;

/// What the handlers implement.
const IMPLEMENTED: &[(ApiKey, i16, i16)] = &[
    (ApiKey::Produce, 0, 12),
    (ApiKey::Fetch, 4, 12),
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
    (ApiKey::AddPartitionsToTxn, 0, 3),
    (ApiKey::AddOffsetsToTxn, 0, 4),
    (ApiKey::EndTxn, 0, 4),
    (ApiKey::TxnOffsetCommit, 0, 5),
    (ApiKey::SaslAuthenticate, 0, 2),
    (ApiKey::DescribeCluster, 0, 2),
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

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let api_keys = cluster.apis.ranges();
    if !cluster.apis.supports(call.api_key, call.version) || !VERSIONS.contains(&call.version) {
        // The client cannot read what it does not know: the answer is in version 0.
        let error_code = wire_code(ErrorCode::UNSUPPORTED_VERSION);
        let response = Response { error_code, api_keys, ..Response::default() };
        return Ok(call.answer_in_version(0, |out| response.encode(0, out)));
    }
    Request::decode(call.version, body)?;
    let response = Response { error_code: wire_code(call.error), api_keys, ..Response::default() };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cluster, exchange, send};
    use super::*;

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
}
