//! The rebalance protocol step by step, in virtual time.

use super::*;

const SECOND: i64 = 1_000_000;

fn join(serial: u64, member_id: &str) -> Join {
    Join {
        serial,
        conn_id: serial,
        member_id: member_id.to_owned(),
        new_member_id: format!("m{serial}"),
        two_steps: false,
        instance_id: None,
        client_id: "c".to_owned(),
        session_timeout: Duration::from_secs(10),
        rebalance_timeout: Duration::from_secs(60),
        protocol_type: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), vec![1]), ("roundrobin".to_owned(), vec![2])],
        initial_delay: Duration::from_secs(3),
    }
}

fn caller(member_id: &str, generation: i32) -> Caller<'_> {
    Caller { member_id, instance_id: None, generation }
}

/// Members m1 and m2 in generation 1, stable since second 3.
fn stable() -> Group {
    let mut g = Group::default();
    g.join(join(1, ""), Time(0)).unwrap();
    g.join(join(2, ""), Time(SECOND)).unwrap();
    assert_eq!(g.joined(1), Ok(None), "the first ones wait for more");
    assert_eq!(g.deadline(), Deadline::at(Time(3 * SECOND)));
    assert!(!g.serve(Time(2 * SECOND)));
    assert!(g.serve(Time(3 * SECOND)));
    assert_eq!(g.joined(2), Ok(Some("m2".into())));
    assert_eq!(g.joined(1), Ok(Some("m1".into())));
    assert_eq!((g.generation, &*g.leader, &*g.protocol), (1, "m1", "range"));
    let now = Time(3 * SECOND);
    assert_eq!(g.sync(&caller("m2", 1), &[], now), Ok(false));
    assert_eq!(g.sync(&caller("m1", 1), &[("m1", b"one"), ("m2", b"two"), ("m9", b"no")], now), Ok(true));
    assert_eq!(g.sync(&caller("m2", 1), &[], now), Ok(true));
    assert_eq!(g.members["m2"].assignment, b"two");
    assert_eq!(g.phase, Phase::Stable);
    g
}

#[test]
fn two_members_come_together() {
    let mut g = stable();
    assert_eq!(g.heartbeat(&caller("m1", 1), Time(4 * SECOND)), Ok(()));
    assert_eq!(g.heartbeat(&caller("m1", 2), Time(4 * SECOND)), Err(ErrorCode::ILLEGAL_GENERATION));
    assert_eq!(g.heartbeat(&caller("m7", 1), Time(4 * SECOND)), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    let roster: Vec<_> = g.roster().map(|(id, _, metadata)| (id.as_str(), metadata)).collect();
    assert_eq!(roster, [("m1", &[1u8][..]), ("m2", &[1])]);
}

#[test]
fn a_third_member_makes_the_others_join_again() {
    let mut g = stable();
    let now = Time(5 * SECOND);
    g.join(join(3, ""), now).unwrap();
    assert_eq!(g.heartbeat(&caller("m1", 1), now), Err(ErrorCode::REBALANCE_IN_PROGRESS));
    assert_eq!(g.sync(&caller("m1", 1), &[], now), Err(ErrorCode::REBALANCE_IN_PROGRESS));
    assert_eq!(g.may_commit(&caller("m1", 1), now), Ok(()), "before the partitions go");
    g.join(join(4, "m1"), now).unwrap();
    assert_eq!(g.joined(3), Ok(None));
    g.join(join(5, "m2"), now).unwrap();
    for (serial, id) in [(3, "m3"), (4, "m1"), (5, "m2")] {
        assert_eq!(g.joined(serial), Ok(Some(id.into())));
    }
    assert_eq!((g.generation, &*g.leader), (2, "m1"));
    assert_eq!(g.may_commit(&caller("m1", 2), now), Err(ErrorCode::REBALANCE_IN_PROGRESS));
}

#[test]
fn who_does_not_join_in_time_is_out() {
    let mut g = stable();
    g.join(join(3, ""), Time(5 * SECOND)).unwrap();
    // m1 and m2 go on sending heartbeats without joining.
    for second in 6..65 {
        for id in ["m1", "m2"] {
            assert!(g.heartbeat(&caller(id, 1), Time(second * SECOND)).is_err());
        }
        assert!(!g.serve(Time(second * SECOND)), "second {second}");
    }
    assert!(g.serve(Time(65 * SECOND)));
    assert_eq!((g.members.len(), &*g.leader), (1, "m3"));
}

#[test]
fn who_is_silent_too_long_is_out() {
    let mut g = stable();
    g.heartbeat(&caller("m1", 1), Time(9 * SECOND)).unwrap();
    assert_eq!(g.deadline(), Deadline::at(Time(13 * SECOND)));
    assert!(g.serve(Time(13 * SECOND)));
    assert!(matches!(g.phase, Phase::Preparing { initial: false, .. }));
    assert!(g.serve(Time(19 * SECOND)));
    assert_eq!((g.phase, g.members.len()), (Phase::Empty, 0));
    assert!(g.is_dead());
}

#[test]
fn a_leader_that_never_assigns_is_out() {
    let mut g = Group::default();
    g.join(join(1, ""), Time(0)).unwrap();
    g.join(join(2, ""), Time(0)).unwrap();
    g.serve(Time(3 * SECOND));
    g.joined(1).unwrap();
    g.joined(2).unwrap();
    assert_eq!(g.sync(&caller("m2", 1), &[], Time(4 * SECOND)), Ok(false));
    assert_eq!(g.deadline(), Deadline::at(Time(63 * SECOND)));
    assert!(g.serve(Time(63 * SECOND)));
    assert!(!g.members.contains_key("m1"));
    assert_eq!(g.sync(&caller("m2", 1), &[], Time(63 * SECOND)), Err(ErrorCode::UNKNOWN_MEMBER_ID));
}

#[test]
fn leaving_and_coming_back() {
    let mut g = stable();
    let now = Time(5 * SECOND);
    g.leave("m1", None, now).unwrap();
    assert_eq!(g.leave("m1", None, now), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    g.join(join(3, "m2"), now).unwrap();
    assert_eq!(g.joined(3), Ok(Some("m2".into())), "the only one left need not wait");
    assert_eq!((g.generation, &*g.leader), (2, "m2"));
    g.leave("m2", None, now).unwrap();
    assert_eq!(g.phase, Phase::Empty);
    assert_eq!(g.may_commit(&caller("", -1), now), Ok(()));
    assert_eq!(g.join(join(4, "m2"), now), Err(ErrorCode::UNKNOWN_MEMBER_ID));
}

#[test]
fn a_new_member_comes_twice() {
    let mut g = Group::default();
    let first = Join { two_steps: true, ..join(1, "") };
    assert_eq!(g.join(first, Time(0)), Err(ErrorCode::MEMBER_ID_REQUIRED));
    assert!(g.members.is_empty() && !g.is_dead());
    g.join(Join { two_steps: true, initial_delay: Duration::ZERO, ..join(2, "m1") }, Time(0)).unwrap();
    assert_eq!(g.joined(2), Ok(Some("m1".into())));
    // One that never comes back is forgotten.
    let never = Join { two_steps: true, ..join(3, "") };
    assert_eq!(g.join(never, Time(0)), Err(ErrorCode::MEMBER_ID_REQUIRED));
    g.serve(Time(10 * SECOND));
    assert_eq!(g.join(join(4, "m3"), Time(10 * SECOND)), Err(ErrorCode::UNKNOWN_MEMBER_ID));
}

#[test]
fn assignors_are_common_or_refused() {
    let mut g = stable();
    let odd = Join { protocols: vec![("sticky".into(), vec![])], ..join(3, "") };
    assert_eq!(g.join(odd, Time(0)), Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL));
    let connect = Join { protocol_type: "connect".into(), ..join(3, "") };
    assert_eq!(g.join(connect, Time(0)), Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL));
    let none = Join { protocols: vec![], ..join(3, "") };
    assert_eq!(Group::default().join(none, Time(0)), Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL));
    let narrow = Join { protocols: vec![("roundrobin".into(), vec![7])], ..join(3, "") };
    let now = Time(4 * SECOND);
    g.join(narrow, now).unwrap();
    g.join(join(4, "m1"), now).unwrap();
    g.join(join(5, "m2"), now).unwrap();
    assert_eq!(g.protocol, "roundrobin");
}

#[test]
fn joining_again_without_a_change_changes_nothing() {
    let mut g = stable();
    let now = Time(4 * SECOND);
    g.join(join(3, "m2"), now).unwrap();
    assert_eq!(g.joined(3), Ok(Some("m2".into())));
    assert_eq!((g.generation, g.phase), (1, Phase::Stable));
    assert_eq!(g.members["m2"].assignment, b"two");
    // The leader does it in order to look at the assignments anew.
    g.join(join(4, "m1"), now).unwrap();
    assert!(matches!(g.phase, Phase::Preparing { .. }));
}

#[test]
fn a_static_member_returns_and_fences_its_old_run() {
    let mut g = Group::default();
    let run = |serial| Join {
        instance_id: Some("i".into()),
        two_steps: true,
        initial_delay: Duration::ZERO,
        ..join(serial, "")
    };
    g.join(run(1), Time(0)).unwrap();
    assert_eq!(g.joined(1), Ok(Some("m1".into())));
    g.join(run(2), Time(0)).unwrap();
    assert_eq!(g.joined(2), Ok(Some("m2".into())));
    assert_eq!((g.members.len(), &*g.leader), (1, "m2"));
    let old = Caller { member_id: "m1", instance_id: Some("i"), generation: 1 };
    assert_eq!(g.heartbeat(&old, Time(0)), Err(ErrorCode::FENCED_INSTANCE_ID));
    assert_eq!(g.leave("", Some("i"), Time(0)), Ok(()));
    assert!(g.members.is_empty());
}

#[test]
fn a_lost_connection_does_not_hold_up_the_others_for_ever() {
    let mut g = stable();
    let now = Time(4 * SECOND);
    g.join(join(3, "m1"), now).unwrap();
    g.disconnected(3);
    g.join(join(4, "m2"), now).unwrap();
    assert_eq!(g.joined(4), Ok(None));
    assert!(g.serve(Time(14 * SECOND)), "m1 has not been heard of since");
    assert_eq!(g.joined(4), Ok(Some("m2".into())));
}
