use super::*;
use crate::mock::cluster::{Cluster, Reply, Settings};
use crate::mock::testing::{open, request};
use crate::protocol::find_coordinator::KEY_TYPE_GROUP;
use crate::protocol::raw_string::RawString;
use crate::protocol::{ApiKey, ByTopic};
use crate::protocol::{
    describe_groups, heartbeat, join_group, leave_group, list_groups, offset_commit, offset_fetch, sync_group,
};
use std::time::Duration;

const BROKERS: i32 = 2;

fn cluster() -> Cluster {
    let delay = Duration::from_secs(1);
    let settings = Settings { brokers: BROKERS, group_initial_rebalance_delay: delay, ..Settings::default() };
    let mut c = Cluster::new(settings);
    c.create_topic("t", 2, 1).unwrap();
    c
}

/// Sends a request to the group's coordinator at this second.
fn ask(c: &mut Cluster, second: i64, api: ApiKey, version: i16, body: impl FnOnce(&mut Vec<u8>)) -> Reply {
    let coordinator = c.all_brokers().coordinator(KEY_TYPE_GROUP, "g").unwrap().id;
    c.handle(coordinator, 1, &request(api, version, body), Time(second * 1_000_000), 0)
}

macro_rules! exchange {
    ($c:expr, $second:expr, $api:ident, $module:ident, $version:expr, $request:expr, $field:expr) => {{
        let (version, wanted) = ($version, $request);
        let reply = ask($c, $second, ApiKey::$api, version, |out| wanted.encode(version, out));
        let bytes = reply.bytes.expect("an answer");
        open(ApiKey::$api, version, &bytes, |r| $field($module::Response::decode(version, r).unwrap()))
    }};
}

fn join_request(member_id: &str) -> join_group::Request<'static> {
    join_group::Request {
        group_id: "g".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        member_id: member_id.into(),
        protocol_type: "consumer".into(),
        protocols: vec![join_group::Protocol { name: "range".into(), metadata: b"wish" }],
        ..Default::default()
    }
}

/// Joins; returns the member's id in generation 1 at second 1.
fn join(c: &mut Cluster, version: i16) -> String {
    let mut id = String::new();
    if version >= 4 {
        let (code, new_id) =
            exchange!(c, 0, JoinGroup, join_group, version, join_request(""), |r: join_group::Response<
                '_,
            >| (
                r.error_code,
                r.member_id
            ));
        assert_eq!(code, 79);
        id = new_id;
    }
    let reply = ask(c, 0, ApiKey::JoinGroup, version, |out| join_request(&id).encode(version, out));
    let ticket = reply.parked.expect("the group waits for more members");
    let mut resumed = Vec::new();
    c.resume(Time(999_999), 0, &mut resumed);
    assert!(resumed.is_empty());
    assert_eq!(c.next_deadline(), Deadline::at(Time(1_000_000)));
    c.resume(Time(1_000_000), 0, &mut resumed);
    let (conn, answered, reply) = resumed.remove(0);
    assert_eq!((conn, answered), (1, ticket));
    open(ApiKey::JoinGroup, version, &reply.bytes.unwrap(), |r| {
        let joined = join_group::Response::decode(version, r).unwrap();
        assert_eq!((joined.error_code, joined.generation_id), (0, 1));
        assert_eq!(joined.leader, joined.member_id);
        assert_eq!(joined.protocol_name.as_deref(), Some("range"));
        assert_eq!((joined.members.len(), joined.members[0].metadata), (1, &b"wish"[..]));
        joined.member_id
    })
}

/// One member that has its assignment: so the group is described and listed.
fn check_how_the_group_looks(c: &mut Cluster, version: i16) {
    let described = exchange!(
        c,
        2,
        DescribeGroups,
        describe_groups,
        version.min(6),
        describe_groups::Request { groups: vec!["g".into(), "h".into()], ..Default::default() },
        |r: describe_groups::Response<'_>| {
            (r.groups[0].group_state.clone(), r.groups[0].members[0].member_assignment.to_vec())
        }
    );
    assert_eq!(described, ("Stable".to_owned(), b"yours".to_vec()));
    let listed = exchange!(
        c,
        2,
        ListGroups,
        list_groups,
        version.min(5),
        list_groups::Request::default(),
        |r: list_groups::Response| r.groups.len()
    );
    assert_eq!(listed, 1);
}

#[test]
fn a_member_comes_works_and_goes_in_every_version() {
    for version in join_group::VERSIONS {
        let c = &mut cluster();
        let of = |newest: i16| version.min(newest);
        let id = join(c, version);
        let sync = sync_group::Request {
            group_id: "g".into(),
            generation_id: 1,
            member_id: id.clone(),
            assignments: vec![sync_group::Assignment { member_id: id.clone(), assignment: b"yours" }],
            ..Default::default()
        };
        let assigned = exchange!(c, 1, SyncGroup, sync_group, of(5), sync, |r: sync_group::Response<'_>| r
            .assignment
            .to_vec());
        assert_eq!(assigned, b"yours");
        let beat = heartbeat::Request {
            group_id: "g".into(),
            generation_id: 1,
            member_id: id.clone(),
            ..Default::default()
        };
        assert_eq!(
            exchange!(c, 2, Heartbeat, heartbeat, of(4), beat, |r: heartbeat::Response| r.error_code),
            0
        );
        check_how_the_group_looks(c, version);
        let leave = leave_group::Request {
            group_id: "g".into(),
            member_id: id.clone(),
            members: vec![leave_group::Leaving { member_id: id, ..Default::default() }],
        };
        assert_eq!(
            exchange!(c, 3, LeaveGroup, leave_group, of(5), leave, |r: leave_group::Response| r.error_code),
            0
        );
        assert!(c.groups().iter().next().is_none(), "nobody is left, nothing is committed");
    }
}

#[test]
fn offsets_are_kept_with_their_notes_in_every_version() {
    // Any bytes, as C may give them.
    let note = RawString::from(b"note \xff\0\xc3".to_vec());
    for version in offset_commit::VERSIONS {
        let c = &mut cluster();
        let position = |partition| offset_commit::RequestPartition {
            partition,
            committed_offset: 42,
            committed_metadata: Some(note.clone()),
            ..Default::default()
        };
        let topics = vec![ByTopic::new("t", vec![position(1), position(9)])];
        let commit = offset_commit::Request { group_id: "g".into(), topics, ..Default::default() };
        let codes =
            exchange!(c, 0, OffsetCommit, offset_commit, version, commit, |r: offset_commit::Response| {
                r.topics[0].partitions.iter().map(|p| p.error_code).collect::<Vec<_>>()
            });
        assert_eq!(codes, [0, 3]);
        let asked = Some(vec![ByTopic::new("t", vec![0, 1])]);
        // From version 2 on one may ask for everything.
        let topics = if version % 2 == 0 && version >= 2 { None } else { asked };
        let group =
            offset_fetch::RequestGroup { group_id: "g".into(), topics: topics.clone(), ..Default::default() };
        let fetch =
            offset_fetch::Request { group_id: "g".into(), topics, groups: vec![group], ..Default::default() };
        let found =
            exchange!(c, 0, OffsetFetch, offset_fetch, version, fetch, |r: offset_fetch::Response| {
                let topics = if version >= 8 { r.groups[0].topics.clone() } else { r.topics };
                let known = topics[0].partitions.iter().filter(|p| p.committed_offset >= 0);
                known.map(|p| (p.partition, p.committed_offset, p.metadata.clone())).collect::<Vec<_>>()
            });
        assert_eq!(found, [(1, 42, Some(note.clone()))], "version {version}");
    }
}

#[test]
fn only_the_coordinator_answers() {
    let c = &mut cluster();
    let right = c.all_brokers().coordinator(KEY_TYPE_GROUP, "g").unwrap().id;
    let wrong = 1 + right % BROKERS;
    let frame = request(ApiKey::JoinGroup, 5, |out| join_request("").encode(5, out));
    let code = |reply: Reply| {
        open(ApiKey::JoinGroup, 5, &reply.bytes.unwrap(), |r| {
            join_group::Response::decode(5, r).unwrap().error_code
        })
    };
    assert_eq!(code(c.handle(wrong, 1, &frame, Time(0), 0)), 16);
    c.set_coordinator(KEY_TYPE_GROUP, "g", wrong);
    assert_eq!(code(c.handle(wrong, 1, &frame, Time(0), 0)), 79);
    assert_eq!(code(c.handle(right, 1, &frame, Time(0), 0)), 16);
    c.push_request_errors(ApiKey::JoinGroup.0, &[ErrorCode::COORDINATOR_LOAD_IN_PROGRESS]);
    assert_eq!(code(c.handle(wrong, 1, &frame, Time(0), 0)), 14);
}
