//! FindCoordinator, versions 0 to 4.
//!
//! Deviation from Kafka: a coordinator follows from the key, not from the leader of an internal topic. A
//! test may name another one.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::protocol::find_coordinator::{
    Coordinator, KEY_TYPE_GROUP, KEY_TYPE_TRANSACTION, Request, Response,
};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    brokers: &Brokers,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let response = if call.version >= 4 {
        let coordinators = request
            .coordinator_keys
            .into_iter()
            .map(|k| name_coordinator(brokers, call, request.key_type, k))
            .collect();
        Response { coordinators, throttle_time_ms: call.throttle_ms, ..Response::default() }
    } else {
        let c = name_coordinator(brokers, call, request.key_type, request.key);
        Response {
            error_code: c.error_code,
            error_message: c.error_message,
            node_id: c.node_id,
            host: c.host,
            port: c.port,
            throttle_time_ms: call.throttle_ms,
            ..Response::default()
        }
    };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn name_coordinator(brokers: &Brokers, call: &Call<'_>, key_type: i8, key: String) -> Coordinator {
    let known = matches!(key_type, KEY_TYPE_GROUP | KEY_TYPE_TRANSACTION);
    let found = call
        .pushed_error()
        .and(if known { Ok(()) } else { Err(ErrorCode::INVALID_REQUEST) })
        .and_then(|()| brokers.coordinator(key_type, &key).ok_or(ErrorCode::COORDINATOR_NOT_AVAILABLE));
    match found {
        Ok(b) => Coordinator {
            key,
            node_id: b.id,
            host: b.host.clone(),
            port: b.port.into(),
            ..Coordinator::default()
        },
        Err(code) => {
            Coordinator { key, node_id: -1, port: -1, error_code: wire_code(code), ..Coordinator::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
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

    #[test]
    fn a_test_names_another_one_for_one_key_only() {
        let mut c = cluster(3);
        let before: Vec<_> =
            ["g", "h"].iter().map(|k| c.all_brokers().coordinator(0, k).unwrap().id).collect();
        let other = 1 + before[0] % 3;
        c.set_coordinator(KEY_TYPE_GROUP, "g", other);
        assert_eq!(c.all_brokers().coordinator(KEY_TYPE_GROUP, "g").unwrap().id, other);
        assert_eq!(c.all_brokers().coordinator(KEY_TYPE_TRANSACTION, "g").unwrap().id, before[0]);
        assert_eq!(c.all_brokers().coordinator(KEY_TYPE_GROUP, "h").unwrap().id, before[1]);
    }

    #[test]
    fn a_group_leaves_a_broker_that_is_down() {
        let mut c = cluster(3);
        let id = |c: &crate::mock::cluster::Cluster, key_type| {
            c.all_brokers().coordinator(key_type, "g").unwrap().id
        };
        let before = id(&c, KEY_TYPE_GROUP);
        c.set_broker_up(before, false).unwrap();
        assert_ne!(id(&c, KEY_TYPE_GROUP), before);
        assert_eq!(id(&c, KEY_TYPE_TRANSACTION), before);
        (1..=3).for_each(|b| c.set_broker_up(b, false).unwrap());
        assert_eq!(id(&c, KEY_TYPE_GROUP), before, "when there is no other");
        c.set_coordinator(KEY_TYPE_GROUP, "g", before);
        c.set_broker_up(1 + before % 3, true).unwrap();
        assert_eq!(id(&c, KEY_TYPE_GROUP), before, "a test's choice stays");
    }
}
