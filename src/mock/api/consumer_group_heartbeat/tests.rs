use super::*;
use crate::base::clock::Time;
use crate::mock::cluster::Cluster;
use crate::mock::testing::{cluster, exchange};
use crate::protocol::ApiKey;
use crate::protocol::consumer_group_heartbeat::VERSIONS;

fn ask(c: &mut Cluster, version: i16, request: &Request) -> Response {
    exchange(
        c,
        ApiKey::ConsumerGroupHeartbeat,
        version,
        |out| request.encode(version, out),
        |r| Response::decode(version, r).unwrap(),
    )
}

fn joining(member_id: &str) -> Request {
    Request {
        group_id: "g".into(),
        member_id: member_id.into(),
        rebalance_timeout_ms: 1000,
        subscribed_topic_names: Some(vec!["t".into()]),
        topic_partitions: Some(Vec::new()),
        ..Request::default()
    }
}

fn with_topic() -> Cluster {
    let mut c = cluster(1);
    c.create_topic("t", 3, 1).unwrap();
    c
}

#[test]
fn every_version_joins_stays_and_leaves() {
    for version in VERSIONS {
        let mut c = with_topic();
        let named = if version == 0 { "" } else { "m" };
        let joined = ask(&mut c, version, &joining(named));
        let id = joined.member_id.clone().unwrap();
        assert_eq!((joined.error_code, joined.heartbeat_interval_ms), (0, 3000));
        assert_eq!((id.as_str() == "m", joined.member_epoch > 0), (version == 1, true));
        let places = joined.assignment.unwrap().topic_partitions;
        assert_eq!((places.len(), &places[0].partitions), (1, &vec![0, 1, 2]));
        assert_eq!(places[0].topic_id, c.topic("t").unwrap().id);
        let stay = Request {
            member_id: id.clone(),
            member_epoch: joined.member_epoch,
            rebalance_timeout_ms: -1,
            subscribed_topic_names: None,
            topic_partitions: None,
            ..joining("")
        };
        let stayed = ask(&mut c, version, &stay);
        assert_eq!(
            (stayed.error_code, stayed.member_epoch, stayed.assignment),
            (0, joined.member_epoch, None)
        );
        let left = ask(&mut c, version, &Request { member_epoch: -1, ..stay.clone() });
        assert_eq!((left.error_code, left.member_epoch), (0, -1));
        assert!(c.groups().iter().next().is_none(), "nothing is left of it");
        let after = ask(&mut c, version, &stay);
        assert_eq!((after.error_code, after.member_id), (69, None));
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut c = with_topic();
    for (request, code) in [
        (Request { rebalance_timeout_ms: -1, ..joining("m") }, 42),
        (Request { subscribed_topic_names: None, ..joining("m") }, 42),
        (Request { group_id: String::new(), ..joining("m") }, 24),
        (Request { server_assignor: Some("mine".into()), ..joining("m") }, 112),
        (Request { subscribed_topic_regex: Some("(".into()), ..joining("m") }, 128),
        (Request { member_epoch: -3, ..joining("m") }, 42),
        (Request { member_epoch: 5, ..joining("m") }, 69),
        (joining(""), 42),
    ] {
        assert_eq!(ask(&mut c, 1, &request).error_code, code, "{request:?}");
        assert!(c.groups().iter().next().is_none());
    }
}

#[test]
fn a_member_that_a_test_throws_out_is_gone() {
    let mut c = with_topic();
    let joined = ask(&mut c, 1, &joining("m"));
    c.push_request_errors(ApiKey::ConsumerGroupHeartbeat.0, &[ErrorCode::UNKNOWN_MEMBER_ID]);
    let stay = Request { member_epoch: joined.member_epoch, ..joining("m") };
    let told = ask(&mut c, 1, &stay);
    assert_eq!((told.error_code, told.member_epoch), (25, -1));
    assert_eq!(ask(&mut c, 1, &stay).error_code, 25, "not there any more");
    c.push_request_errors(ApiKey::ConsumerGroupHeartbeat.0, &[ErrorCode::COORDINATOR_LOAD_IN_PROGRESS]);
    assert_eq!(ask(&mut c, 1, &joining("m")).error_code, 14);
    assert_eq!(ask(&mut c, 1, &joining("m")).error_code, 0);
}

#[test]
fn silence_ends_a_membership() {
    let mut c = with_topic();
    c.set_consumer_timeouts(Some(Duration::from_secs(7)), Some(Duration::from_secs(2)));
    assert_eq!(ask(&mut c, 1, &joining("m")).heartbeat_interval_ms, 2000);
    assert_eq!(c.next_deadline(), crate::base::deadline::Deadline::at(Time(7_000_000)));
    c.resume(Time(7_000_000), 0, &mut Vec::new());
    assert!(c.groups().iter().next().is_none());
}

#[test]
fn only_so_many_partitions_are_dealt_out() {
    let mut c = with_topic();
    c.settings_mut().max_partitions = 7;
    for (n, code) in [0, 0, 81].into_iter().enumerate() {
        let request = Request { group_id: format!("g{n}"), ..joining("m") };
        assert_eq!(ask(&mut c, 1, &request).error_code, code);
    }
}

#[test]
fn a_test_may_say_who_gets_what() {
    let mut c = with_topic();
    c.set_consumer_targets("g", None);
    let joined = ask(&mut c, 1, &joining("m"));
    let wanted = [("t".to_owned(), 2), ("nope".to_owned(), 0)];
    c.set_consumer_targets("g", Some(BTreeMap::from([("m".to_owned(), wanted.to_vec())])));
    let stay = |epoch, owned: &[i32]| Request {
        member_epoch: epoch,
        topic_partitions: Some(vec![TopicPartitions {
            topic_id: *b"mock-topic\0\0\0\0\0\x01",
            partitions: owned.to_vec(),
        }]),
        ..joining("m")
    };
    let told = ask(&mut c, 1, &stay(joined.member_epoch, &[0, 1, 2]));
    assert_eq!(told.assignment.unwrap().topic_partitions[0].partitions, [2]);
    assert_eq!(told.member_epoch, joined.member_epoch, "it has to let go first");
    let told = ask(&mut c, 1, &stay(joined.member_epoch, &[2]));
    assert_eq!((told.error_code, told.member_epoch), (0, joined.member_epoch + 1));
    c.set_consumer_targets("g", None);
    let told = ask(&mut c, 1, &stay(told.member_epoch, &[2]));
    assert_eq!(told.assignment.unwrap().topic_partitions[0].partitions, [0, 1, 2]);
}
