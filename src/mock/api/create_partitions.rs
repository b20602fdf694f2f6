//! CreatePartitions, versions 0 to 3. Only the controller does it.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::mock::settings::Settings;
use crate::protocol::create_partitions::{Assignment, Request, RequestTopic, Response, ResponseTopic};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeMap;

type Refused = (ErrorCode, &'static str);

pub fn handle(
    (settings, brokers): (&Settings, &Brokers),
    catalogue: &mut Catalogue,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let mut times = BTreeMap::<&str, usize>::new();
    for topic in &request.topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    let one = |topic: &RequestTopic| {
        let outcome = if times.get(topic.name.as_str()) == Some(&1) {
            grow((settings, brokers), catalogue, call, topic, request.validate_only)
        } else {
            Err((ErrorCode::INVALID_REQUEST, "The topic is named twice."))
        };
        ResponseTopic {
            name: topic.name.clone(),
            error_code: outcome.map_or_else(|(code, _)| wire_code(code), |()| 0),
            error_message: outcome.err().map(|(_, why)| why.to_owned()),
        }
    };
    let topics = request.topics.iter().map(one).collect();
    let response = Response { throttle_time_ms: call.throttle_ms, topics };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn grow(
    (settings, brokers): (&Settings, &Brokers),
    catalogue: &mut Catalogue,
    call: &Call<'_>,
    wanted: &RequestTopic,
    validate_only: bool,
) -> Result<(), Refused> {
    call.pushed_error().map_err(|code| (code, "Pushed by a test."))?;
    brokers.check_controller(call).map_err(|code| (code, "This broker is not the controller."))?;
    let topic =
        catalogue.topic(&wanted.name).ok_or((ErrorCode::UNKNOWN_TOPIC_OR_PART, "There is no such topic."))?;
    let present = topic.partitions.len();
    let replicas = topic.partitions.first().map_or(1, |p| p.replication);
    let count = usize::try_from(wanted.count).unwrap_or(0);
    let more = count.checked_sub(present).filter(|more| *more > 0);
    let more = more.ok_or((ErrorCode::INVALID_PARTITIONS, "There are as many partitions already."))?;
    if let Some(assignments) = &wanted.assignments {
        check_new_replicas(brokers, assignments, more, replicas)?;
    }
    if catalogue.partition_count().saturating_add(more) > settings.max_partitions {
        return Err((ErrorCode::INVALID_PARTITIONS, "That would be too many partitions."));
    }
    if validate_only {
        return Ok(());
    }
    let eligible = brokers.eligible();
    let new = catalogue.grow(&wanted.name, wanted.count, replicas, &eligible);
    for (p, assignment) in new.zip(wanted.assignments.iter().flatten()) {
        p.replicas.clone_from(&assignment.broker_ids);
        p.leader = assignment.broker_ids.first().copied().unwrap_or(-1);
    }
    Ok(())
}

fn check_new_replicas(
    brokers: &Brokers,
    assignments: &[Assignment],
    more: usize,
    replicas: usize,
) -> Result<(), Refused> {
    let sound = |ids: &[i32]| {
        ids.len() == replicas
            && ids.iter().all(|id| brokers.get(*id).is_some())
            && ids.iter().enumerate().all(|(n, id)| !ids.iter().take(n).any(|other| other == id))
    };
    if assignments.len() == more && assignments.iter().all(|a| sound(&a.broker_ids)) {
        Ok(())
    } else {
        Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, "The assignment does not fit."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
    use crate::protocol::create_partitions::VERSIONS;

    fn topic(name: &str, count: i32) -> RequestTopic {
        RequestTopic { name: name.into(), count, assignments: None }
    }

    fn ask(c: &mut Cluster, version: i16, topics: Vec<RequestTopic>, validate_only: bool) -> Vec<i16> {
        let request = Request { topics, validate_only, timeout_ms: 1000 };
        let response = exchange(
            c,
            ApiKey::CreatePartitions,
            version,
            |out| request.encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        );
        response.topics.iter().map(|t| t.error_code).collect()
    }

    #[test]
    fn every_version_adds_partitions() {
        let mut c = cluster(3);
        c.create_topic("t", 2, 2).unwrap();
        for version in VERSIONS {
            let count = 3 + i32::from(version);
            assert_eq!(ask(&mut c, version, vec![topic("t", count)], true), [0]);
            assert_eq!(c.topic("t").unwrap().partitions.len() as i32, count - 1, "only validated");
            assert_eq!(ask(&mut c, version, vec![topic("t", count)], false), [0]);
            let last = c.partition("t", count - 1).unwrap();
            assert_eq!((last.id, last.replicas.len(), last.leader), (count - 1, 2, (count - 1) % 3 + 1));
            assert_eq!(ask(&mut c, version, vec![topic("t", count)], false), [37]);
        }
        assert_eq!(c.catalogue().partition_count(), 6);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut c = cluster(3);
        c.create_topic("t", 2, 2).unwrap();
        let bad = vec![topic("nope", 5), topic("t", 5), topic("t", 6)];
        assert_eq!(ask(&mut c, 3, bad, false), [3, 42, 42]);
        for count in [-1, 0, 1, 2, i32::MAX] {
            assert_eq!(ask(&mut c, 3, vec![topic("t", count)], false), [37], "{count}");
        }
        let with = |ids: &[&[i32]]| {
            let assignments = ids.iter().map(|ids| Assignment { broker_ids: ids.to_vec() }).collect();
            vec![RequestTopic { assignments: Some(assignments), ..topic("t", 4) }]
        };
        for ids in [&[&[1, 2][..]][..], &[&[1, 2], &[3]], &[&[1, 2], &[3, 9]], &[&[1, 2], &[3, 3]]] {
            assert_eq!(ask(&mut c, 3, with(ids), false), [39], "{ids:?}");
        }
        assert_eq!(ask(&mut c, 3, with(&[&[3, 1], &[2, 3]]), false), [0]);
        assert_eq!((c.partition("t", 2).unwrap().leader, c.partition("t", 3).unwrap().leader), (3, 2));
        c.set_controller(2);
        assert_eq!(ask(&mut c, 3, vec![topic("t", 9)], false), [41]);
    }
}
