//! AlterConfigs, versions 0 to 2, and IncrementalAlterConfigs, versions 0 to 1: topics, brokers and groups;
//! see `properties.rs` for what they have and what difference it makes.
//!
//! Deviation from Kafka: any broker takes changes for any other.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::cluster::Cluster;
use crate::mock::configs::resources::{Change, Refused};
use crate::protocol::alter_configs::{Config, Request, Response, ResponseResource};
use crate::protocol::incremental_alter_configs::{self as incremental, operation};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeSet;

/// Replaces all that has been set.
pub fn handle(
    cluster: &mut Cluster,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let mut seen = Seen::default();
    let resources = request.resources.iter();
    let resources = resources
        .map(|r| {
            let changes: Vec<Change<'_>> = r.configs.iter().map(Change::from).collect();
            let place = (r.resource_type, r.name.as_str());
            let first = seen.first(place);
            alter_one(cluster, call, place, first, &changes, (true, request.validate_only))
        })
        .collect();
    let response = Response { throttle_time_ms: cluster.throttle_ms(), resources };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

/// Changes only what is named.
pub fn handle_incremental(
    cluster: &mut Cluster,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = incremental::Request::decode(call.version, body)?;
    let mut seen = Seen::default();
    let resources = request.resources.iter();
    let resources = resources
        .map(|r| {
            let changes: Vec<Change<'_>> = r.configs.iter().map(Change::from).collect();
            let place = (r.resource_type, r.name.as_str());
            let first = seen.first(place);
            alter_one(cluster, call, place, first, &changes, (false, request.validate_only))
        })
        .collect();
    let response = incremental::Response { throttle_time_ms: cluster.throttle_ms(), resources };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

impl<'a> From<&'a Config> for Change<'a> {
    fn from(c: &'a Config) -> Self {
        Self { name: &c.name, operation: operation::SET, value: c.value.as_deref() }
    }
}

impl<'a> From<&'a incremental::Config> for Change<'a> {
    fn from(c: &'a incremental::Config) -> Self {
        Self { name: &c.name, operation: c.operation, value: c.value.as_deref() }
    }
}

/// The resources of a request so far.
#[derive(Default)]
struct Seen<'a>(BTreeSet<(i8, &'a str)>);

impl<'a> Seen<'a> {
    fn first(&mut self, resource: (i8, &'a str)) -> bool {
        self.0.insert(resource)
    }
}

fn alter_one(
    cluster: &mut Cluster,
    call: &Call<'_>,
    (resource_type, name): (i8, &str),
    first: bool,
    changes: &[Change<'_>],
    (afresh, validate_only): (bool, bool),
) -> ResponseResource {
    let outcome = (|| -> Result<(), Refused> {
        call.pushed_error().map_err(|code| (code, "Pushed by a test.".to_owned()))?;
        if !first {
            return Err((ErrorCode::INVALID_REQUEST, "The resource is named twice.".to_owned()));
        }
        let resource = cluster.config_view().resource(resource_type, name)?;
        cluster.alter(&resource, changes, afresh, validate_only)
    })();
    let (code, error_message) = match outcome {
        Ok(()) => (ErrorCode::NO_ERROR, None),
        Err((code, why)) => (code, Some(why)),
    };
    ResponseResource { error_code: wire_code(code), error_message, resource_type, name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::configs::properties::{Scope, find};
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
    use crate::protocol::alter_configs::{RequestResource, VERSIONS};

    fn alter(
        c: &mut Cluster,
        version: i16,
        kind: i8,
        name: &str,
        configs: &[(&str, &str)],
        dry: bool,
    ) -> i16 {
        let configs = configs.iter();
        let configs = configs.map(|(n, v)| Config { name: (*n).into(), value: Some((*v).into()) }).collect();
        let resource = RequestResource { resource_type: kind, name: name.into(), configs };
        let request = Request { resources: vec![resource], validate_only: dry };
        let response = exchange(
            c,
            ApiKey::AlterConfigs,
            version,
            |out| request.encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        );
        response.resources[0].error_code
    }

    fn change(
        c: &mut Cluster,
        version: i16,
        kind: i8,
        name: &str,
        configs: &[(&str, i8, Option<&str>)],
    ) -> i16 {
        let configs = configs.iter().map(|(n, operation, v)| incremental::Config {
            name: (*n).into(),
            operation: *operation,
            value: v.map(Into::into),
        });
        let resource = incremental::RequestResource {
            resource_type: kind,
            name: name.into(),
            configs: configs.collect(),
        };
        let request = incremental::Request { resources: vec![resource], validate_only: false };
        let response = exchange(
            c,
            ApiKey::IncrementalAlterConfigs,
            version,
            |out| request.encode(version, out),
            |r| incremental::Response::decode(version, r).unwrap(),
        );
        response.resources[0].error_code
    }

    fn value(c: &Cluster, kind: i8, name: &str, property: &str) -> (String, i8) {
        let resource = c.config_view().resource(kind, name).unwrap();
        let scope = resource.scope();
        let found = c.config_view().look_up(&resource, &find(scope, property).unwrap());
        (found[0].value.clone(), found[0].source)
    }

    #[test]
    fn every_version_replaces_what_was_set() {
        let mut c = cluster(1);
        c.create_topic("t", 1, 1).unwrap();
        for version in VERSIONS {
            assert_eq!(alter(&mut c, version, 2, "t", &[("flush.ms", "7"), ("retention.ms", "9")], false), 0);
            assert_eq!(value(&c, 2, "t", "flush.ms"), ("7".into(), 1));
            assert_eq!(alter(&mut c, version, 2, "t", &[("flush.ms", "8")], true), 0, "validated only");
            assert_eq!(value(&c, 2, "t", "flush.ms"), ("7".into(), 1));
            assert_eq!(alter(&mut c, version, 2, "t", &[("max.message.bytes", "100")], false), 0);
            assert_eq!(value(&c, 2, "t", "flush.ms").1, 5, "back at its default");
            assert_eq!(c.topic("t").unwrap().effects.max_message_bytes, Some(100));
        }
    }

    #[test]
    fn what_cannot_be_changes_nothing() {
        let mut c = cluster(1);
        c.create_topic("t", 1, 1).unwrap();
        for (kind, name, config, code) in [
            (2, "t", ("flush.ms", "x"), 40),
            (2, "t", ("nope", "1"), 40),
            (4, "1", ("broker.id", "2"), 40),
            (2, "nope", ("flush.ms", "1"), 3),
            (4, "9", ("message.max.bytes", "1"), 42),
            (32, "", ("consumer.session.timeout.ms", "1"), 42),
            (8, "1", ("log", "1"), 42),
        ] {
            assert_eq!(alter(&mut c, 2, kind, name, &[("message.max.bytes", "1"), config][1..], false), code);
        }
        let twice = [("flush.ms", "1"), ("flush.ms", "2")];
        assert_eq!(alter(&mut c, 2, 2, "t", &twice, false), 42);
        assert_eq!(value(&c, 2, "t", "flush.ms").1, 5);
    }

    #[test]
    fn every_version_changes_by_increments() {
        let mut c = cluster(1);
        c.create_topic("t", 1, 1).unwrap();
        for version in incremental::VERSIONS {
            let more = [
                ("cleanup.policy", operation::APPEND, Some("compact")),
                ("flush.ms", operation::SET, Some("7")),
            ];
            assert_eq!(change(&mut c, version, 2, "t", &more), 0);
            assert_eq!(value(&c, 2, "t", "cleanup.policy"), ("delete,compact".into(), 1));
            let less = [("cleanup.policy", operation::SUBTRACT, Some("delete"))];
            assert_eq!(change(&mut c, version, 2, "t", &less), 0);
            assert_eq!(value(&c, 2, "t", "cleanup.policy").0, "compact");
            assert_eq!(value(&c, 2, "t", "flush.ms").0, "7", "not named");
            let gone = [("cleanup.policy", operation::DELETE, None)];
            assert_eq!(change(&mut c, version, 2, "t", &gone), 0);
            assert_eq!(value(&c, 2, "t", "cleanup.policy"), ("delete".into(), 5));
        }
        assert_eq!(change(&mut c, 1, 2, "t", &[("flush.ms", operation::APPEND, Some("1"))]), 40);
        assert_eq!(change(&mut c, 1, 2, "t", &[("flush.ms", operation::SET, None)]), 42);
        assert_eq!(change(&mut c, 1, 2, "t", &[("cleanup.policy", 9, Some("compact"))]), 42);
    }

    #[test]
    fn brokers_set_what_topics_start_from() {
        let mut c = cluster(1);
        c.create_topic("t", 1, 1).unwrap();
        let set = |n| [("message.max.bytes", operation::SET, Some(n))];
        assert_eq!(change(&mut c, 1, 4, "", &set("300")), 0);
        assert_eq!(value(&c, 2, "t", "max.message.bytes"), ("300".into(), 3));
        assert_eq!(c.config_view().effects_for(0, 1).max_message_bytes, Some(300));
        assert_eq!(change(&mut c, 1, 4, "1", &set("200")), 0);
        assert_eq!(c.config_view().effects_for(0, 1).max_message_bytes, Some(200));
        assert_eq!(value(&c, 4, "1", "message.max.bytes"), ("200".into(), 2));
        assert_eq!(find(Scope::Broker, "message.max.bytes").unwrap().default, "1048588");
        let session = [("consumer.session.timeout.ms", operation::SET, Some("46000"))];
        assert_eq!(change(&mut c, 1, 32, "g", &session), 0);
        assert_eq!(value(&c, 32, "g", "consumer.session.timeout.ms"), ("46000".into(), 8));
    }
}
