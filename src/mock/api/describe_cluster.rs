//! DescribeCluster, versions 0 to 2.
//!
//! Deviations from Kafka: there are no controllers beside the brokers to describe, and no fenced brokers.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::protocol::describe_cluster::{Broker, ENDPOINT_BROKERS, Request, Response};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    (id, brokers): (&str, &Brokers),
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let outcome = call.pushed_error().and_then(|()| {
        let known = request.endpoint_type == ENDPOINT_BROKERS;
        if known { Ok(()) } else { Err(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE) }
    });
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    match outcome {
        Err(code) => response.error_code = wire_code(code),
        Ok(()) => {
            id.clone_into(&mut response.cluster_id);
            response.controller_id = brokers.controller();
            let brokers = brokers.listed();
            response.brokers = brokers
                .map(|b| Broker {
                    broker_id: b.id,
                    host: b.host.clone(),
                    port: b.port.into(),
                    rack: b.rack.clone(),
                    is_fenced: false,
                })
                .collect();
        }
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
    use crate::protocol::describe_cluster::VERSIONS;

    #[test]
    fn every_version_lists_the_brokers() {
        let mut c = cluster(3);
        c.set_broker_up(2, false).unwrap();
        let mut ask = |version, endpoint_type| {
            let request = Request { endpoint_type, ..Request::default() };
            exchange(
                &mut c,
                ApiKey::DescribeCluster,
                version,
                |out| request.encode(version, out),
                |r| Response::decode(version, r).unwrap(),
            )
        };
        for version in VERSIONS {
            let r = ask(version, ENDPOINT_BROKERS);
            let ids: Vec<i32> = r.brokers.iter().map(|b| b.broker_id).collect();
            assert_eq!((r.error_code, r.controller_id, ids), (0, 1, vec![1, 3]));
        }
        assert_eq!(ask(1, 2).error_code, 115);
    }
}
