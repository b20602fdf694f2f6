//! Members that come, move and go.

use super::*;

const A: TopicId = *b"mock-topic\0\0\0\0\0\x01";
const B: TopicId = *b"mock-topic\0\0\0\0\0\x02";

struct World {
    catalogue: Catalogue,
    group: ConsumerGroup,
    now: Time,
}

impl World {
    fn new() -> Self {
        let mut catalogue = Catalogue::default();
        catalogue.create("a", (4, 1), &[1], 100).unwrap();
        catalogue.create("b", (3, 1), &[1], 100).unwrap();
        Self { catalogue, group: ConsumerGroup::default(), now: Time(0) }
    }

    fn beat(&mut self, beat: Beat) -> Result<HeartbeatReply, ErrorCode> {
        self.group.beat(beat, &self.catalogue, 100, self.now)
    }

    fn join(&mut self, id: &str, names: &[&str]) -> HeartbeatReply {
        self.beat(joining(id, names)).unwrap()
    }

    /// A heartbeat of a member that says what it owns.
    fn own(&mut self, told: &HeartbeatReply, owned: &[(TopicId, i32)]) -> HeartbeatReply {
        self.beat(staying(told, Some(owned))).unwrap()
    }
}

fn joining(id: &str, names: &[&str]) -> Beat {
    Beat {
        member_id: id.into(),
        rebalance_timeout: Some(Duration::from_secs(5)),
        session_timeout: Duration::from_secs(10),
        names: Some(names.iter().map(|n| (*n).to_owned()).collect()),
        owned: Some(Places::new()),
        ..Beat::default()
    }
}

fn staying(told: &HeartbeatReply, owned: Option<&[(TopicId, i32)]>) -> Beat {
    Beat {
        member_id: told.member_id.clone(),
        epoch: told.epoch,
        session_timeout: Duration::from_secs(10),
        owned: owned.map(|places| places.iter().copied().collect()),
        ..Beat::default()
    }
}

fn places(told: &HeartbeatReply) -> Vec<(TopicId, i32)> {
    told.assigned.iter().flatten().copied().collect()
}

#[test]
fn a_partition_is_let_go_of_before_it_is_given_on() {
    let mut w = World::new();
    let one = w.join("one", &["a"]);
    assert_eq!(places(&one), [(A, 0), (A, 1), (A, 2), (A, 3)]);
    let two = w.join("two", &["a"]);
    assert_eq!((two.epoch, places(&two)), (2, vec![]), "all are held");
    assert_eq!(w.group.state(), "Reconciling");
    let told = w.own(&one, &places(&one));
    assert_eq!((told.epoch, places(&told)), (one.epoch, vec![(A, 0), (A, 1)]));
    let again = w.beat(staying(&told, None)).unwrap();
    assert_eq!((again.epoch, &again.assigned), (one.epoch, &None), "no news, and it has not let go");
    assert_eq!(w.beat(staying(&two, None)).unwrap().assigned, None);
    let done = w.own(&again, &[(A, 0), (A, 1)]);
    assert_eq!(done.epoch, 2);
    let two = w.beat(staying(&two, None)).unwrap();
    assert_eq!(places(&two), [(A, 2), (A, 3)]);
    assert_eq!(w.group.state(), "Stable");
}

#[test]
fn ranges_are_of_every_topic() {
    let mut w = World::new();
    w.join("one", &["a", "b"]);
    w.join("two", &["b", "nope"]);
    let targets: Vec<_> =
        w.group.members.values().map(|m| m.target.iter().copied().collect::<Vec<_>>()).collect();
    assert_eq!(targets[0], [(A, 0), (A, 1), (A, 2), (A, 3), (B, 0), (B, 1)]);
    assert_eq!(targets[1], [(B, 2)]);
    assert_eq!(w.group.size(), 7);
}

#[test]
fn patterns_match_whole_names() {
    let mut w = World::new();
    let beat = |pattern: &str| Beat { pattern: Some(pattern.into()), names: None, ..joining("one", &[]) };
    assert_eq!(places(&w.beat(beat("[bc]")).unwrap()).len(), 3);
    w.catalogue.create("bb", (4, 1), &[1], 100).unwrap();
    assert_eq!(places(&w.beat(beat("[bc]")).unwrap()).len(), 3);
    assert_eq!(places(&w.beat(beat("[bc]+|x")).unwrap()).len(), 7);
    assert_eq!(check_pattern("(?"), Err(ErrorCode::INVALID_REGULAR_EXPRESSION));
    assert!(check_pattern("(x{1000}){1000}").is_err(), "too large");
}

#[test]
fn what_a_member_says_has_to_be_up_to_date() {
    let mut w = World::new();
    let one = w.join("one", &["a"]);
    let wrong = HeartbeatReply {
        epoch: one.epoch + 1,
        ..HeartbeatReply { member_id: "one".into(), assigned: None, ..one }
    };
    assert_eq!(w.beat(staying(&wrong, None)), Err(ErrorCode::FENCED_MEMBER_EPOCH));
    let stranger = HeartbeatReply { member_id: "two".into(), epoch: 1, assigned: None };
    assert_eq!(w.beat(staying(&stranger, None)), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    let first = w.join("one", &["a"]);
    let told = w.beat(Beat { names: Some(["b".to_owned()].into()), ..staying(&first, Some(&[])) }).unwrap();
    assert_eq!(told.epoch, first.epoch + 1);
    let late = w.beat(staying(&first, Some(&[]))).unwrap();
    assert_eq!(late.epoch, told.epoch, "the answer was lost");
    let owner = w.beat(staying(&first, Some(&[(A, 0)])));
    assert_eq!(owner, Err(ErrorCode::FENCED_MEMBER_EPOCH), "of something that is not its own any more");
    assert_eq!(w.group.check("one", told.epoch), Ok(()));
    assert_eq!(w.group.check("one", first.epoch), Err(ErrorCode::STALE_MEMBER_EPOCH));
    assert_eq!(w.group.check("", -1), Err(ErrorCode::UNKNOWN_MEMBER_ID));
}

#[test]
fn a_member_with_a_name_comes_back_to_what_it_had() {
    let mut w = World::new();
    let named = |id: &str| Beat { instance_id: Some("x".into()), ..joining(id, &["a"]) };
    let one = w.beat(named("one")).unwrap();
    assert_eq!(w.beat(named("two")), Err(ErrorCode::UNRELEASED_INSTANCE_ID));
    let other = w.join("other", &["a"]);
    let away = Beat { epoch: epoch::LEAVE_FOR_A_WHILE, ..staying(&one, None) };
    assert_eq!(w.beat(away).unwrap().epoch, -2);
    assert_eq!(w.beat(staying(&other, None)).unwrap().assigned, None, "its partitions wait for it");
    let back = w.beat(named("two")).unwrap();
    assert_eq!(places(&back), [(A, 0), (A, 1)], "what the other is to get it does not own any more");
    assert_eq!(w.beat(staying(&one, None)), Err(ErrorCode::UNKNOWN_MEMBER_ID));
    let wrong = Beat { instance_id: Some("y".into()), ..staying(&back, None) };
    assert_eq!(w.beat(wrong), Err(ErrorCode::FENCED_INSTANCE_ID));
    w.beat(Beat { epoch: epoch::LEAVE, ..staying(&back, None) }).unwrap();
    assert_eq!(places(&w.beat(staying(&other, None)).unwrap()).len(), 4);
}

#[test]
fn whoever_is_silent_or_does_not_let_go_is_out() {
    let mut w = World::new();
    let one = w.join("one", &["a"]);
    w.join("two", &["a"]);
    w.own(&one, &places(&one));
    assert_eq!(w.group.deadline(), Deadline::at(Time(5_000_000)), "it has to let go");
    assert!(!w.group.serve(Time(4_999_999)));
    assert!(w.group.serve(Time(5_000_000)));
    assert_eq!(w.group.members.keys().collect::<Vec<_>>(), ["two"]);
    assert!(w.group.serve(Time(10_000_000)));
    assert!(w.group.is_empty() && w.group.deadline().is_never());
}

#[test]
fn new_partitions_are_dealt_out() {
    let mut w = World::new();
    let one = w.join("one", &["b"]);
    w.catalogue.grow("b", 5, 1, &[1]).for_each(drop);
    let told = w.beat(staying(&one, None)).unwrap();
    assert_eq!((places(&told).len(), told.epoch), (5, one.epoch + 1));
}
