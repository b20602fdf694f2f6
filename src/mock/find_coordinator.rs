//! FindCoordinator, versions 0 to 4.
//!
//! Deviation from Kafka: a coordinator is named, but it coordinates nothing yet: group and transaction APIs are not
//! announced. It is here because librdkafka takes FindCoordinator as the sign of a broker that understands LZ4.

use super::call::{Answer, Call, wire_code};
use super::core::Cluster;
use crate::base::error::ErrorCode;
use crate::protocol::find_coordinator::{Coordinator, Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(cluster: &mut Cluster, call: &Call<'_>, body: &mut Reader<'_>) -> Result<Answer, Malformed> {
    let request = Request::decode(call.version, body)?;
    let response = if call.version >= 4 {
        let coordinators =
            request.coordinator_keys.into_iter().map(|k| cluster.coordinator(call, k)).collect();
        Response { coordinators, ..Response::default() }
    } else {
        let c = cluster.coordinator(call, request.key);
        Response {
            error_code: c.error_code,
            error_message: c.error_message,
            node_id: c.node_id,
            host: c.host,
            port: c.port,
            ..Response::default()
        }
    };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

impl Cluster {
    fn coordinator(&self, call: &Call<'_>, key: String) -> Coordinator {
        let candidates = || self.brokers.iter().filter(|b| b.in_metadata);
        // Any fixed rule will do, as long as all brokers name the same one.
        let sum = key.bytes().fold(0usize, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
        let nth = sum.checked_rem(candidates().count()).unwrap_or(0);
        let found = call
            .pushed_error()
            .and_then(|()| candidates().nth(nth).ok_or(ErrorCode::COORDINATOR_NOT_AVAILABLE));
        match found {
            Ok(b) => Coordinator {
                key,
                node_id: b.id,
                host: b.host.clone(),
                port: b.port.into(),
                ..Coordinator::default()
            },
            Err(code) => Coordinator {
                key,
                node_id: -1,
                port: -1,
                error_code: wire_code(code),
                ..Coordinator::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cluster, exchange};
    use super::*;
    use crate::protocol::api::ApiKey;
    use crate::protocol::find_coordinator::VERSIONS;

    #[test]
    fn all_versions_and_brokers_name_the_same_one() {
        let mut c = cluster(3);
        let mut named = Vec::new();
        for version in VERSIONS {
            let request = Request {
                key: if version < 4 { "g".into() } else { String::new() },
                coordinator_keys: if version < 4 { vec![] } else { vec!["g".into()] },
                ..Request::default()
            };
            let r = exchange(
                &mut c,
                ApiKey::FindCoordinator,
                version,
                |out| request.encode(version, out),
                |r| Response::decode(version, r).unwrap(),
            );
            named.push(if version < 4 { r.node_id } else { r.coordinators[0].node_id });
        }
        assert!(named[0] > 0 && named.iter().all(|n| *n == named[0]), "{named:?}");
    }
}
