//! Of the default engine: linger times that end shortly after each other end together, and the answers to
//! what was sent so are read together.

use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::error::ErrorCode;
use rdkafka::base::sync::Arc;
use rdkafka::conf::TopicSettings;
use rdkafka::producer::partition::Partition;
use std::time::Duration;

const TENTH: Duration = Duration::from_micros(100);

/// A connection that has answered, and partitions.
fn connected(time: Duration, n: i32) -> (Rig, Vec<Arc<Partition>>) {
    let mut r = Rig::new(Setting::Legacy, |s| linger(s, time));
    let p = r.topic("t", n, TopicSettings::default());
    r.produce(&p[0]);
    r.pass(ms(1_000));
    r.accept_all();
    r.pass(ms(1_000));
    (r, p)
}

/// The partitions of the requests that are there by now.
fn partitions(r: &mut Rig) -> Vec<i32> {
    r.requests().iter().flat_map(|q| q.places().into_iter().map(|(_, p)| p).collect::<Vec<_>>()).collect()
}

#[test]
fn messages_wait_for_those_that_are_due_within_the_slack() {
    // The slack of 100 ms is 1 ms.
    let (mut r, p) = connected(ms(100), 4);
    for (part, pause) in [(&p[0], 8), (&p[1], 4), (&p[2], 0)] {
        r.produce(part);
        r.pass(pause * TENTH);
    }
    r.pass(ms(100) - 13 * TENTH);
    assert_eq!(partitions(&mut r), [] as [i32; 0], "after 99.9 ms");
    r.pass(8 * TENTH);
    assert_eq!(partitions(&mut r), [] as [i32; 0], "the second is due within the slack of the first");
    r.pass(TENTH);
    assert_eq!(partitions(&mut r), [0, 1], "the third is not");
    r.pass(4 * TENTH);
    assert_eq!(partitions(&mut r), [2], "it waits for nobody");
}

#[test]
fn a_message_that_is_alone_leaves_when_its_linger_time_ends() {
    let (mut r, p) = connected(ms(5), 2);
    r.produce(&p[0]);
    r.pass(ms(5) - TENTH);
    assert_eq!(partitions(&mut r), [] as [i32; 0]);
    r.pass(TENTH);
    assert_eq!(partitions(&mut r), [0]);
}

#[test]
fn the_slack_of_short_linger_times_is_a_fifth_of_them() {
    let (mut r, p) = connected(ms(1), 2);
    r.produce(&p[0]);
    r.pass(3 * TENTH);
    r.produce(&p[1]);
    r.pass(7 * TENTH);
    assert_eq!(partitions(&mut r), [0], "the other is due 0.3 ms later, and the slack is 0.2 ms");
    r.pass(3 * TENTH);
    assert_eq!(partitions(&mut r), [1]);
}

#[test]
fn large_batches_do_not_wait_for_each_other() {
    let (mut r, p) = connected(ms(100), 3);
    let mut pair = |large: bool| {
        for _ in 0..if large { 256 } else { 1 } {
            r.produce(&p[2]);
        }
        r.pass(ms(100));
        assert_eq!(partitions(&mut r), [2]);
        r.produce(&p[0]);
        r.pass(5 * TENTH);
        r.produce(&p[1]);
        r.pass(ms(100) - 5 * TENTH);
        let first = partitions(&mut r);
        r.pass(5 * TENTH);
        (first, partitions(&mut r))
    };
    assert_eq!(pair(true), (vec![0], vec![1]));
    assert_eq!(pair(false), (vec![], vec![0, 1]));
}

#[test]
fn a_message_whose_time_is_over_is_reported_without_slack() {
    let (mut r, p) = connected(ms(100), 2);
    let hasty =
        r.topic("hasty", 1, TopicSettings { message_timeout: Some(ms(90)), ..TopicSettings::default() });
    // One linger time ends 0.2 ms before the message is late, and waits for another, 0.2 ms after that.
    r.produce(&p[0]);
    r.pass(4 * TENTH);
    r.produce(&p[1]);
    r.pass(ms(10) - 2 * TENTH);
    let late = r.produce(&hasty[0]);
    r.pass(ms(90) - TENTH);
    assert_eq!((r.fate(late), partitions(&mut r)), (None, vec![]));
    r.pass(TENTH);
    assert_eq!(r.fate(late), Some(ErrorCode::_MSG_TIMED_OUT));
    r.pass(2 * TENTH);
    assert_eq!(partitions(&mut r), [0, 1]);
}

/// Sends one message to each partition at the same time, and has the first answered.
fn answered_once(n: i32) -> (Rig, Vec<Produce>, Vec<Arc<Partition>>) {
    let (mut r, p) = connected(ms(5), n);
    for part in &p {
        r.produce(part);
    }
    r.pass(ms(5));
    let mut sent = r.requests();
    assert_eq!(sent.len(), p.len());
    assert!(r.reads(), "the first answer does not wait");
    r.pass(TENTH);
    let first = sent.remove(0);
    r.accept(&first);
    (r, sent, p)
}

#[test]
fn when_many_answers_come_they_are_read_together() {
    let (mut r, sent, _) = answered_once(5);
    assert!(!r.reads());
    r.pass(8 * TENTH);
    assert!(!r.reads(), "until the slack is over");
    r.pass(TENTH);
    assert!(r.reads());
    for request in &sent {
        r.accept(request);
    }
    r.all_delivered();
}

#[test]
fn two_answers_do_not_wait_for_each_other() {
    let (r, ..) = answered_once(2);
    assert!(r.reads());
}

#[test]
fn answers_are_read_at_once_when_somebody_flushes() {
    let (mut r, ..) = answered_once(5);
    r.begin_flush();
    r.serve();
    assert!(r.reads());
}

#[test]
fn answers_are_read_at_once_when_messages_wait_for_space() {
    let mut r = Rig::new(Setting::Legacy, |s| {
        linger(s, ms(5));
        s.network.max_in_flight = 4;
    });
    let p = r.topic("t", 5, TopicSettings::default());
    r.produce(&p[0]);
    r.pass(ms(1_000));
    r.accept_all();
    for part in &p {
        r.produce(part);
    }
    r.pass(ms(5));
    let sent = r.requests();
    assert_eq!(sent.len(), 4, "the fifth has to wait for an answer");
    r.pass(TENTH);
    r.accept(&sent[0]);
    assert_eq!(r.requests().len(), 1, "the fifth has left");
    assert!(r.reads(), "but there is no space for what may come");
}
