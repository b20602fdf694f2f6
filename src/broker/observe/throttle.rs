//! Brokers that slow the client down say so in their responses (quotas, KIP-219); the application is told
//! each time, and once when it is over.

use super::Observer;
use crate::broker::context::BrokerEvent;
use crate::protocol::ApiKey;
use crate::protocol::primitives::Reader;

/// The first version of an API whose response begins with the throttle time. (That of a Produce or
/// ApiVersions response stands further back.)
fn first_version(api: ApiKey) -> Option<i16> {
    match api {
        ApiKey::Metadata => Some(3),
        ApiKey::ListOffsets | ApiKey::CreateTopics => Some(2),
        ApiKey::Fetch | ApiKey::FindCoordinator | ApiKey::DeleteTopics => Some(1),
        ApiKey::OffsetForLeaderEpoch => Some(2),
        ApiKey::InitProducerId
        | ApiKey::AddPartitionsToTxn
        | ApiKey::AddOffsetsToTxn
        | ApiKey::EndTxn
        | ApiKey::TxnOffsetCommit
        | ApiKey::DescribeConfigs
        | ApiKey::AlterConfigs
        | ApiKey::IncrementalAlterConfigs
        | ApiKey::CreatePartitions
        | ApiKey::DescribeCluster
        | ApiKey::GetTelemetrySubscriptions
        | ApiKey::PushTelemetry => Some(0),
        _ => None,
    }
}

/// The throttle time in milliseconds, from a response without its header.
fn of_response(api: ApiKey, version: i16, body: &[u8]) -> Option<i32> {
    (version >= first_version(api)?).then(|| Reader::new(body).i32().ok())?
}

impl Observer {
    /// A response says for how long the broker throttles the client; `None` says nothing.
    pub fn throttled(&self, throttle_ms: Option<i32>) {
        let Some(throttle_ms) = throttle_ms else { return };
        let throttles = throttle_ms > 0;
        if throttles {
            self.handle.stats().record_throttle(throttle_ms);
            self.handle.stats().tallies.with(|t| t.throttle_ms.record(throttle_ms.into()));
        }
        if self.handle.set_throttling(throttles) || throttles {
            self.context.listener.event(&self.handle, BrokerEvent::Throttled { throttle_ms });
        }
    }

    /// As [`Self::throttled`], from a response of any API, without its header.
    pub fn throttled_by(&self, api: ApiKey, version: i16, body: &[u8]) {
        self.throttled(of_response(api, version, body));
    }
}

#[cfg(test)]
mod tests;
