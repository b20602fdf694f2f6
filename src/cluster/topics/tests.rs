use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

fn at(s: i64) -> Time {
    Time(s * 1_000_000)
}

fn response(error: ErrorCode, partitions: usize, id: u8) -> wire::Topic {
    wire::Topic {
        error_code: i16::try_from(error.0).unwrap(),
        topic_id: [id; 16],
        partitions: vec![wire::Partition::default(); partitions],
        ..wire::Topic::default()
    }
}

fn news(leader_epoch: i32) -> wire::Partition {
    wire::Partition { partition: 0, leader_epoch, ..wire::Partition::default() }
}

/// Partition 0 is led by broker 1 with this epoch.
fn topic(epoch: i32) -> ClusterTopic {
    let mut t = ClusterTopic::new(at(0));
    t.resize(1);
    t.set_leader(0, 1, epoch);
    t
}

#[test]
fn a_new_topic_is_waited_for() {
    let mut t = ClusterTopic::new(at(0));
    let missing = response(ErrorCode::UNKNOWN_TOPIC_OR_PART, 0, 0);
    assert_eq!(t.learn(&missing, PATIENCE, at(0)), TopicNews::Open);
    assert_eq!(t.learn(&missing, PATIENCE, at(29)), TopicNews::Open);
    let gone = TopicNews::NotExists(ErrorCode::UNKNOWN_TOPIC_OR_PART);
    assert_eq!(t.learn(&missing, PATIENCE, at(30)), gone);
    let exists = TopicNews::Exists { partitions: Some(2), made_anew: false };
    assert_eq!(t.learn(&response(ErrorCode::NO_ERROR, 2, 1), PATIENCE, at(31)), exists);
    assert_eq!((t.refreshed(), t.added(), t.id()), (at(31), at(0), &[1; 16]));
    // Missing again: the wait begins anew.
    assert_eq!(t.learn(&missing, PATIENCE, at(60)), TopicNews::Open);
}

#[test]
fn errors_decide_what_is_believed() {
    let mut t = ClusterTopic::new(at(0));
    let doubtful = response(ErrorCode::LEADER_NOT_AVAILABLE, 2, 0);
    let exists = TopicNews::Exists { partitions: None, made_anew: false };
    assert_eq!(t.learn(&doubtful, PATIENCE, at(0)), exists);
    let invalid = ErrorCode::TOPIC_EXCEPTION;
    assert_eq!(t.learn(&response(invalid, 0, 0), PATIENCE, at(0)), TopicNews::NotExists(invalid));
    let forbidden = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
    assert_eq!(t.learn(&response(forbidden, 0, 0), PATIENCE, at(0)), TopicNews::Refused(forbidden));
    assert_eq!(t.learn(&response(ErrorCode::NO_ERROR, 0, 0), PATIENCE, at(0)), TopicNews::Open);
}

#[test]
fn another_id_is_another_topic() {
    let mut t = ClusterTopic::new(at(0));
    let mut anew = |id| match t.learn(&response(ErrorCode::NO_ERROR, 1, id), PATIENCE, at(0)) {
        TopicNews::Exists { made_anew, .. } => made_anew,
        other => panic!("{other:?}"),
    };
    assert_eq!([0, 1, 1, 0, 2].map(&mut anew), [false, false, false, false, true]);
}

#[test]
fn older_news_of_a_leader_is_no_news() {
    let mut t = topic(3);
    assert!(t.believes(&news(3), at(0)) && t.believes(&news(-1), at(0)) && !t.believes(&news(2), at(0)));
    t.begin_anew();
    assert!(t.believes(&news(2), at(0)) && t.is_led_by(|b| b == 1));
    t.forget_leaders();
    assert!(!t.is_led_by(|b| b == 1));
    t.resize(0);
    assert!(!t.believes(&news(9), at(0)) && !t.is_news(0, 9));
}

#[test]
fn a_hint_is_trusted_for_a_while_however_often_it_is_repeated() {
    let mut t = topic(3);
    assert!(t.is_news(0, 4) && !t.is_news(0, 3));
    t.set_leader(0, 2, 1_000);
    t.set_hinted(0, at(0));
    t.set_hinted(0, at(4));
    assert!(!t.believes(&news(3), at(4)));
    assert!(t.believes(&news(3), at(5)), "nobody has confirmed it");
}

#[test]
fn a_hint_that_metadata_confirms_stays() {
    let mut t = topic(3);
    t.set_leader(0, 2, 4);
    t.set_hinted(0, at(0));
    assert!(t.believes(&news(4), at(1)));
    assert!(!t.believes(&news(3), at(100)));
}
