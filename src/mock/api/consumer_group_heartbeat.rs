//! ConsumerGroupHeartbeat, versions 0 to 1. Deviations from Kafka: see [`crate::mock::groups::consumer`].

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::cluster::Cluster;
use crate::mock::groups::consumer::{Beat, Places, Told, check_pattern};
use crate::protocol::consumer_group_heartbeat::{Assignment, Request, Response, TopicPartitions, epoch};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeMap;
use std::time::Duration;

/// The assignors that may be asked for; there is one behind both names.
const ASSIGNORS: [&str; 2] = ["range", "uniform"];

pub fn handle(
    cluster: &mut Cluster,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let outcome = heartbeat(cluster, call, &request);
    let mut response = Response {
        throttle_time_ms: cluster.throttle_ms(),
        heartbeat_interval_ms: consumer_heartbeat_interval(cluster, &request.group_id),
        member_epoch: request.member_epoch,
        ..Response::default()
    };
    match outcome {
        Ok(told) => {
            response.member_id = Some(told.member_id);
            response.member_epoch = told.epoch;
            response.assignment = told.assigned.map(|places| by_topic(&places));
        }
        Err(code) => {
            response.error_code = wire_code(code);
            if matches!(code, ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_MEMBER_EPOCH) {
                response.member_epoch = epoch::LEAVE;
            }
        }
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn by_topic(places: &Places) -> Assignment {
    let mut topics: BTreeMap<[u8; 16], Vec<i32>> = BTreeMap::new();
    for (topic_id, partition) in places {
        topics.entry(*topic_id).or_default().push(*partition);
    }
    let topics = topics.into_iter();
    Assignment {
        topic_partitions: topics
            .map(|(topic_id, partitions)| TopicPartitions { topic_id, partitions })
            .collect(),
    }
}

fn milliseconds(text: &str) -> Duration {
    Duration::from_millis(text.parse().unwrap_or(0))
}

fn heartbeat(cluster: &mut Cluster, call: &Call<'_>, request: &Request) -> Result<Told, ErrorCode> {
    cluster.brokers.check_group(call, &request.group_id).inspect_err(|code| {
        // A test that says so has thrown the member out.
        if matches!(*code, ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_MEMBER_EPOCH) {
            let group = cluster.groups.get_mut(&request.group_id).and_then(|g| g.consumers.as_mut());
            group.into_iter().for_each(|g| g.remove(&request.member_id));
        }
    })?;
    if request.server_assignor.as_deref().is_some_and(|name| !ASSIGNORS.contains(&name)) {
        return Err(ErrorCode::UNSUPPORTED_ASSIGNOR);
    }
    if request.member_epoch < epoch::LEAVE_FOR_A_WHILE {
        return Err(ErrorCode::INVALID_REQUEST);
    }
    if let Some(pattern) = &request.subscribed_topic_regex {
        check_pattern(pattern)?;
    }
    let beat = beat_of(cluster, call, request);
    let dealt = cluster.groups.dealt_out();
    let limit = cluster.settings.max_partitions;
    let joins = request.member_epoch == epoch::JOIN;
    if !joins && cluster.groups.get(&request.group_id).is_none() {
        return Err(ErrorCode::GROUP_ID_NOT_FOUND);
    }
    let group = cluster.groups.get_or_create(&request.group_id);
    let outcome = if group.members.is_empty() {
        let consumers = group.consumers.get_or_insert_default();
        let room = limit.saturating_sub(dealt.saturating_sub(consumers.size()));
        consumers.beat(beat, &cluster.catalogue, room, call.now)
    } else {
        // Members of the other protocol are there.
        Err(ErrorCode::GROUP_ID_NOT_FOUND)
    };
    group.forget_empty_consumers();
    cluster.groups.remove_if_dead(&request.group_id);
    outcome
}

fn beat_of(cluster: &Cluster, call: &Call<'_>, request: &Request) -> Beat {
    let member_id = if request.member_id.is_empty() && call.version == 0 {
        format!("member-{}", call.serial)
    } else {
        request.member_id.clone()
    };
    let owned = request
        .topic_partitions
        .as_ref()
        .map(|topics| topics.iter().flat_map(|t| t.partitions.iter().map(|p| (t.topic_id, *p))).collect());
    let timeout = u64::try_from(request.rebalance_timeout_ms).ok();
    Beat {
        member_id,
        epoch: request.member_epoch,
        instance_id: request.instance_id.clone(),
        rebalance_timeout: timeout.map(Duration::from_millis),
        names: request.subscribed_topic_names.as_ref().map(|names| names.iter().cloned().collect()),
        pattern: request.subscribed_topic_regex.clone(),
        owned,
        session_timeout: milliseconds(
            &cluster.config_view().group_property(&request.group_id, "consumer.session.timeout.ms"),
        ),
    }
}

fn consumer_heartbeat_interval(cluster: &Cluster, group_id: &str) -> i32 {
    let value = cluster.config_view().group_property(group_id, "consumer.heartbeat.interval.ms");
    value.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Time;
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
            assert!(c.groups.iter().next().is_none(), "nothing is left of it");
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
            assert!(c.groups.iter().next().is_none());
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
        assert!(c.groups.iter().next().is_none());
    }

    #[test]
    fn only_so_many_partitions_are_dealt_out() {
        let mut c = with_topic();
        c.settings.max_partitions = 7;
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
}
