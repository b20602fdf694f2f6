use super::*;
use crate::protocol::metadata::Partition;

fn topic(name: &str, error: ErrorCode, leaders: &[i32]) -> Topic {
    let partition = |(i, leader): (i32, &i32)| Partition {
        partition: i,
        leader_id: *leader,
        leader_epoch: 7,
        ..Partition::default()
    };
    Topic {
        name: Some(name.into()),
        error_code: i16::try_from(error.0).unwrap(),
        partitions: (0..).zip(leaders).map(partition).collect(),
        ..Topic::default()
    }
}

#[test]
fn only_what_is_wanted_is_kept() {
    let mut l = Leaders::default();
    l.learn(&topic("a", ErrorCode::NO_ERROR, &[1]), Time(0));
    l.want("b");
    l.learn(&topic("b", ErrorCode::NO_ERROR, &[2, -1]), Time(0));
    assert_eq!(l.find("a", 0), Leader::Unknown);
    assert_eq!(l.find("b", 0), Leader::Is { node_id: 2, epoch: 7 });
    assert_eq!(l.find("b", 1), Leader::None(ErrorCode::LEADER_NOT_AVAILABLE));
    assert_eq!(l.find("b", 2), Leader::None(ErrorCode::_UNKNOWN_PARTITION));
    l.want("b");
    assert_eq!(l.find("b", 0), Leader::Is { node_id: 2, epoch: 7 });
    l.forget("b");
    assert_eq!(l.find("b", 0), Leader::Unknown);
}

#[test]
fn what_is_refused_is_told_and_what_is_open_is_asked_again() {
    let mut l = Leaders::default();
    for (code, expected) in [
        (ErrorCode::UNKNOWN_TOPIC_OR_PART, Leader::None(ErrorCode::UNKNOWN_TOPIC_OR_PART)),
        (ErrorCode::TOPIC_AUTHORIZATION_FAILED, Leader::None(ErrorCode::TOPIC_AUTHORIZATION_FAILED)),
        (ErrorCode::LEADER_NOT_AVAILABLE, Leader::Unknown),
        (ErrorCode::NO_ERROR, Leader::Unknown),
    ] {
        l.want("t");
        l.learn(&topic("t", code, &[]), Time(0));
        assert_eq!(l.find("t", 0), expected);
    }
}

#[test]
fn what_is_old_or_was_never_answered_goes() {
    let mut l = Leaders::default();
    l.want("t");
    l.unwant("t");
    l.learn(&topic("t", ErrorCode::NO_ERROR, &[1]), Time(0));
    assert_eq!(l.find("t", 0), Leader::Unknown);
    l.want("t");
    l.learn(&topic("t", ErrorCode::NO_ERROR, &[1]), Time(0));
    l.unwant("t");
    assert_eq!(l.find("t", 0), Leader::Is { node_id: 1, epoch: 7 });
    l.expire(Time(0) + Duration::from_secs(2), Duration::from_secs(1));
    l.learn(&topic("t", ErrorCode::NO_ERROR, &[1]), Time(0));
    assert_eq!(l.find("t", 0), Leader::Unknown);
}
