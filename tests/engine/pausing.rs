//! Partitions that the application has paused, on every engine.

use super::matrix::{numbers, on_each};
use super::rig::{Rig, Setting, linger, ms};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::TopicSettings;

#[test]
fn a_paused_partition_sends_nothing_and_the_others_do() {
    on_each(
        |s| s.batching.num_messages = 2,
        |r, p| {
            p[0].set_paused(true);
            for part in [0, 1, 0, 1, 0] {
                r.produce(&p[part]);
            }
            r.pass(ms(10_000));
            assert_eq!(numbers(&r.accept_all()), [1, 3]);
            r.begin_flush();
            r.pass(ms(1_000));
            assert_eq!(numbers(&r.accept_all()), [0; 0], "a flush does not change that");
            p[0].set_paused(false);
            let sent: Vec<usize> = r.accept_all().iter().flat_map(|q| q.numbers()).collect();
            assert_eq!(sent, [0, 2, 4], "at once, in order");
            r.all_delivered();
        },
    );
}

#[test]
fn what_lingers_stays_when_its_partition_is_paused() {
    on_each(
        |s| linger(s, ms(100)),
        |r, p| {
            r.produce(&p[0]);
            r.pass(ms(50));
            p[0].set_paused(true);
            r.pass(ms(1_000));
            assert_eq!(numbers(&r.accept_all()), [0; 0]);
            p[0].set_paused(false);
            assert_eq!(numbers(&r.accept_all()), [0]);
            r.produce(&p[0]);
            r.pass(ms(100));
            assert_eq!(numbers(&r.accept_all()), [1], "as before");
        },
    );
}

#[test]
fn messages_of_a_paused_partition_time_out() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |_| {});
        let settings = TopicSettings { message_timeout: Some(ms(500)), ..TopicSettings::default() };
        let p = r.topic("t", 1, settings);
        p[0].set_paused(true);
        r.produce(&p[0]);
        r.pass(ms(400));
        assert_eq!(r.fate(0), None);
        r.produce(&p[0]);
        r.pass(ms(100));
        assert_eq!((r.fate(0), r.fate(1)), (Some(ErrorCode::_MSG_TIMED_OUT), None));
        r.pass(ms(400));
        assert_eq!(r.fate(1), Some(ErrorCode::_MSG_TIMED_OUT));
        p[0].set_paused(false);
        r.produce(&p[0]);
        assert_eq!(numbers(&r.accept_all()), [2]);
    }
}

#[test]
fn what_is_in_flight_is_answered_but_not_sent_again() {
    on_each(
        |_| {},
        |r, p| {
            r.produce(&p[0]);
            let first = r.sent(1).remove(0);
            p[0].set_paused(true);
            r.answer(&first, &[("t", 0, ErrorCode::NOT_ENOUGH_REPLICAS)]);
            r.pass(ms(10_000));
            assert_eq!((numbers(&r.accept_all()).len(), r.fate(0)), (0, None));
            p[0].set_paused(false);
            r.accept_all();
            assert_eq!(r.fate(0), Some(ErrorCode::NO_ERROR));
        },
    );
}

#[test]
fn a_partition_is_paused_at_its_next_leader_too() {
    for setting in Setting::ALL {
        let (mut from, mut to) = (Rig::new(setting, |_| {}), Rig::new(setting, |_| {}));
        let p = from.topic("t", 1, TopicSettings::default());
        p[0].set_paused(true);
        from.produce(&p[0]);
        from.serve();
        from.leave(&p[0], Some(&to));
        to.pass(ms(1_000));
        assert_eq!(numbers(&to.accept_all()), [0; 0]);
        p[0].set_paused(false);
        assert_eq!(numbers(&to.accept_all()), [0]);
    }
}
