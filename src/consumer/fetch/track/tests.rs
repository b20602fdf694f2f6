use super::*;
use std::time::Duration;

const ID: [u8; 16] = [7; 16];

fn led() -> Track {
    let mut t = Track::default();
    t.configure(OffsetReset::Earliest, 1000);
    t.set_leader(1, 5, ID);
    t
}

fn at(offset: i64, epoch: i32) -> Position {
    Position::new(offset, epoch)
}

fn basis(version: i32, leader_epoch: i32) -> Basis {
    Basis { version, leader_epoch, topic_id: ID }
}

fn fetching_from(offset: i64, epoch: i32) -> Track {
    let mut t = led();
    t.begin(1, Position::at(offset));
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 1 });
    t.advance(at(offset, epoch));
    t
}

#[test]
fn a_place_is_fetched_at_once_and_a_logical_offset_asked_for() {
    let mut t = led();
    assert_eq!(t.take_errand(Time(0)), Errand::None(Deadline::NEVER), "nobody consumes it");
    t.begin(1, Position::at(5));
    assert_eq!(t.readiness(1, Time(0)), Readiness::Elsewhere, "nobody has been told");
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 1 });
    assert_eq!(t.take_errand(Time(0)), Errand::None(Deadline::NEVER), "once");
    let wanted = Wanted { version: 1, position: at(5, -1), leader_epoch: 5, topic_id: ID, max_bytes: 1000 };
    assert_eq!(t.readiness(1, Time(0)), Readiness::Now(wanted));
    assert_eq!(t.readiness(2, Time(0)), Readiness::Elsewhere);
    t.begin(2, Position::at(logical::END));
    assert!(!t.awaits(&wanted));
    assert_eq!(t.state().name(), "offset-query");
    assert_eq!(t.take_errand(Time(0)), Errand::FindOffset { target: logical::END });
    assert_eq!(t.take_errand(Time(0)), Errand::None(Deadline::NEVER));
    t.offset_found(basis(1, 5), 3, 0, 0);
    assert_eq!(t.state(), FetchState::OffsetWait, "an answer to an older question");
    t.ask_again(2, Time(10));
    assert_eq!(t.take_errand(Time(9)), Errand::None(Deadline::at(Time(10))));
    assert_eq!(t.take_errand(Time(10)), Errand::FindOffset { target: logical::END });
    t.offset_found(basis(2, 5), 9, 4, 0);
    assert_eq!((t.next(), t.take_errand(Time(10))), (at(9, 4), Errand::Fetch { broker: 1 }));
    t.stop(3);
    assert_eq!(t.readiness(1, Time(0)), Readiness::Elsewhere);
    assert!(!t.state().is_started());
}

#[test]
fn so_many_before_the_end() {
    for (count, low, expected) in [(3, 0, 7), (99, 0, 0), (99, 4, 4)] {
        let mut t = led();
        t.begin(1, Position::at(logical::TAIL_BASE - count));
        assert_eq!(t.take_errand(Time(0)), Errand::FindOffset { target: logical::END });
        t.offset_found(basis(1, 5), 10, 5, low);
        assert_eq!(t.next(), at(expected, -1));
    }
}

#[test]
fn without_a_leader_nothing_is_to_be_done() {
    let mut t = fetching_from(5, 0);
    t.set_leader(-1, 5, ID);
    assert_eq!(t.readiness(1, Time(0)), Readiness::Elsewhere);
    assert_eq!(t.take_errand(Time(0)), Errand::None(Deadline::NEVER));
    t.set_leader(2, 5, ID);
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 2 });
    assert_eq!(t.readiness(1, Time(0)), Readiness::Elsewhere);
}

#[test]
fn a_later_epoch_has_the_log_checked() {
    let mut t = fetching_from(50, 5);
    t.set_leader(2, 6, ID);
    assert_eq!(t.state(), FetchState::ValidateEpochWait);
    assert_eq!(t.take_errand(Time(0)), Errand::Validate { position: at(50, 5) });
    assert_eq!(t.take_errand(Time(0)), Errand::None(Deadline::NEVER));
    assert_eq!(t.check_end(basis(0, 6), at(50, 5)), Validity::Outdated);
    t.ask_again(1, Time(10));
    assert_eq!(t.take_errand(Time(10)), Errand::Validate { position: at(50, 5) });
    assert_eq!(t.check_end(basis(1, 6), at(50, 5)), Validity::Valid);
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 2 });
    t.set_leader(2, 5, ID);
    assert_eq!(t.state(), FetchState::Active, "an epoch that goes back is no news");
}

#[test]
fn what_a_former_leader_says_is_asked_again() {
    let mut t = fetching_from(50, 5);
    t.set_leader(2, 6, ID);
    t.take_errand(Time(0));
    t.set_leader(3, 7, ID);
    assert_eq!(t.check_end(basis(1, 6), at(58, 5)), Validity::Outdated);
    assert_eq!(t.take_errand(Time(0)), Errand::Validate { position: at(50, 5) });
    assert_eq!(t.check_end(basis(1, 7), at(40, 5)), Validity::Truncated { at: at(50, 5), resumed: true });
    t.begin(2, Position::at(logical::END));
    t.take_errand(Time(0));
    t.set_leader(2, 8, ID);
    t.offset_found(basis(2, 7), 58, 5, 0);
    assert_eq!(t.take_errand(Time(0)), Errand::FindOffset { target: logical::END });
    t.offset_found(basis(2, 8), 40, 8, 0);
    assert_eq!(t.next(), at(40, 8));
}

#[test]
fn a_position_with_an_epoch_is_checked_first() {
    let mut t = led();
    t.begin(1, at(50, 3));
    assert_eq!(t.take_errand(Time(0)), Errand::Validate { position: at(50, 3) });
    t.validated(1);
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 1 });
}

#[test]
fn what_the_log_has_lost_is_not_waited_for() {
    let truncated = |reset, end| {
        let mut t = led();
        t.configure(reset, 1000);
        t.begin(1, at(50, 3));
        t.take_errand(Time(0));
        let validity = t.check_end(basis(1, 5), end);
        (validity, t.state(), t.next())
    };
    let lost = |resumed| Validity::Truncated { at: at(50, 3), resumed };
    assert_eq!(truncated(OffsetReset::Latest, at(40, 2)), (lost(true), FetchState::Active, at(40, 2)));
    let (validity, state, _) = truncated(OffsetReset::Earliest, at(-1, -1));
    assert_eq!((validity, state), (lost(true), FetchState::OffsetQuery));
    let (validity, state, _) = truncated(OffsetReset::Error, at(40, 2));
    assert_eq!((validity, state), (lost(false), FetchState::None));
}

#[test]
fn a_follower_is_asked_for_a_while() {
    let mut t = fetching_from(5, 5);
    let rest = Duration::from_micros(100);
    t.follow(3, rest, Time(0));
    assert_eq!(t.readiness(1, Time(0)), Readiness::Elsewhere);
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 3 });
    assert!(matches!(t.readiness(3, Time(0)), Readiness::Now(_)) && t.is_follower(3));
    let end = Time(0) + Duration::from_mins(5);
    assert_eq!(t.take_errand(Time(0)), Errand::None(Deadline::at(end)));
    assert_eq!(t.readiness(3, end), Readiness::Elsewhere);
    assert_eq!(t.take_errand(end), Errand::Fetch { broker: 1 });
    // Sent elsewhere again too soon.
    t.follow(2, rest, end);
    t.back_to_leader();
    t.follow(2, rest, end + rest);
    t.take_errand(end + rest);
    assert_eq!(t.readiness(2, end + rest), Readiness::Later(Deadline::at(end + rest + rest)));
}

#[test]
fn an_end_is_told_once_and_sizes_grow_to_a_limit() {
    let mut t = fetching_from(5, 5);
    assert!(!t.note_end(6) && t.note_end(5) && !t.note_end(5));
    t.advance(at(6, 5));
    assert!(t.note_end(6));
    while t.grow() {}
    let most = |t: &Track| match t.readiness(1, Time(0)) {
        Readiness::Now(wanted) => wanted.max_bytes,
        _ => 0,
    };
    assert_eq!(most(&t), 1 << 30);
    t.advance(at(7, 5));
    assert_eq!(most(&t), 1000);
}

#[test]
fn a_reset_goes_to_the_known_beginning_where_that_lies_ahead() {
    let mut t = fetching_from(50, 5);
    assert_eq!(t.reset(3), Reset::Searching(logical::BEGINNING), "behind the end");
    let mut t = fetching_from(1, 5);
    assert_eq!(t.reset(3), Reset::Cached(3));
    assert_eq!((t.next(), t.take_errand(Time(0))), (at(3, -1), Errand::Fetch { broker: 1 }));
    assert_eq!(t.reset(3), Reset::Searching(logical::BEGINNING));
    t.configure(OffsetReset::Error, 1000);
    t.begin(2, Position::at(1));
    assert_eq!(t.reset(3), Reset::Refused);
    assert!(!t.state().is_started());
}

#[test]
fn another_topic_of_the_same_name_has_another_log() {
    const OTHER: [u8; 16] = [8; 16];
    let mut t = fetching_from(50, 5);
    let Readiness::Now(wanted) = t.readiness(1, Time(0)) else { panic!("not fetched") };
    assert!(t.note_end(50));
    assert!(!t.set_leader(1, 5, [0; 16]) && !t.set_leader(1, 5, ID), "an id that is not known says nothing");
    assert!(t.set_leader(1, 0, OTHER));
    assert!(!t.awaits(&wanted), "an answer from the old one");
    assert_eq!((t.next(), t.state()), (at(50, -1), FetchState::Active), "it goes on at the same offset");
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 1 });
    assert!(t.note_end(50), "the end of another log");
    t.advance(at(51, 0));
    assert!(!t.set_leader(1, 1, OTHER));
    assert_eq!(t.take_errand(Time(0)), Errand::Validate { position: at(51, 0) }, "its epochs count from 0");
    assert!(t.set_leader(1, 0, ID));
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 1 }, "there is nothing to be validated");
}

#[test]
fn what_was_said_of_another_topic_of_the_same_name_is_not_believed() {
    const OTHER: [u8; 16] = [8; 16];
    let mut t = led();
    t.begin(1, Position::at(logical::END));
    assert_eq!(t.take_errand(Time(0)), Errand::FindOffset { target: logical::END });
    assert!(t.set_leader(1, 5, OTHER));
    t.offset_found(basis(1, 5), 100, 5, 0);
    assert_eq!(
        t.take_errand(Time(0)),
        Errand::FindOffset { target: logical::END },
        "it is asked for once more"
    );
    t.offset_found(Basis { topic_id: OTHER, ..basis(1, 5) }, 7, 5, 0);
    assert_eq!((t.next(), t.state()), (at(7, 5), FetchState::Active));
    t.begin(2, at(7, 5));
    assert_eq!(t.take_errand(Time(0)), Errand::Validate { position: at(7, 5) });
    assert!(t.set_leader(1, 5, ID));
    t.begin(3, at(7, 5));
    assert_eq!(t.take_errand(Time(0)), Errand::Validate { position: at(7, 5) });
    assert_eq!(t.check_end(Basis { topic_id: OTHER, ..basis(3, 5) }, at(2, 5)), Validity::Outdated);
    assert_eq!(t.take_errand(Time(0)), Errand::Validate { position: at(7, 5) });
    assert_eq!(t.check_end(basis(3, 5), at(9, 5)), Validity::Valid);
}

#[test]
fn a_partition_that_is_gone_is_fetched_by_nobody_until_it_is_back() {
    let mut t = fetching_from(50, 5);
    t.lose_leader();
    assert_eq!(t.readiness(1, Time(0)), Readiness::Elsewhere);
    assert_eq!(t.take_errand(Time(0)), Errand::None(Deadline::NEVER));
    assert!(!t.set_leader(1, 5, ID), "the same topic");
    assert_eq!(t.take_errand(Time(0)), Errand::Fetch { broker: 1 });
    assert_eq!(t.next(), at(50, 5));
}
