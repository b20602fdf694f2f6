use super::*;
use crate::mock::cluster::Cluster;
use crate::mock::configs::properties::{Scope, find};
use crate::mock::testing::{cluster, exchange};
use crate::protocol::ApiKey;
use crate::protocol::alter_configs::{RequestResource, VERSIONS};

fn alter(c: &mut Cluster, version: i16, kind: i8, name: &str, configs: &[(&str, &str)], dry: bool) -> i16 {
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

fn change(c: &mut Cluster, version: i16, kind: i8, name: &str, configs: &[(&str, i8, Option<&str>)]) -> i16 {
    let configs = configs.iter().map(|(n, operation, v)| incremental::Config {
        name: (*n).into(),
        operation: *operation,
        value: v.map(Into::into),
    });
    let resource =
        incremental::RequestResource { resource_type: kind, name: name.into(), configs: configs.collect() };
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
        let more =
            [("cleanup.policy", operation::APPEND, Some("compact")), ("flush.ms", operation::SET, Some("7"))];
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
