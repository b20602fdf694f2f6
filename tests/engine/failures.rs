//! What goes wrong on every engine: retries, broken connections, partitions that change brokers.

use super::matrix::{numbers, on_each};
use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{Settings, TopicSettings};
use rdkafka::producer::partition::report::Persistence;

// ---- retries ----

#[test]
fn retries_keep_the_order_and_end() {
    on_each(
        |s| {
            s.retry.retries = 2;
            s.network.max_in_flight = 1;
        },
        |r, p| {
            r.produce(&p[0]);
            for attempt in 0..3 {
                r.pass(ms(2_000));
                let request = r.requests().remove(0);
                assert_eq!(request.numbers()[0], 0, "attempt {attempt}: the oldest goes first");
                r.produce(&p[0]);
                r.answer(&request, &[("t", 0, ErrorCode::REQUEST_TIMED_OUT)]);
            }
            assert_eq!(r.fate(0), Some(ErrorCode::REQUEST_TIMED_OUT));
            assert_eq!(r.told().fates[&0].persistence, Some(Persistence::PossiblyPersisted));
            r.pass(ms(2_000));
            let rest = r.accept_all();
            assert_eq!(rest.iter().flat_map(Produce::numbers).collect::<Vec<_>>(), [1, 2, 3]);
        },
    );
}

#[test]
fn the_back_off_is_of_the_partition_and_grows() {
    on_each(
        |s| {
            s.retry.backoff = ms(100);
            s.retry.backoff_max = ms(1_000);
        },
        |r, p| {
            r.produce(&p[0]);
            let mut waits = Vec::new();
            for _ in 0..5 {
                let request = r.sent(1).remove(0);
                r.answer(&request, &[("t", 0, ErrorCode::REQUEST_TIMED_OUT)]);
                let began = r.now();
                // Another partition does not wait.
                r.produce(&p[1]);
                let other = r.sent(1).remove(0);
                assert_eq!(other.places(), [("t", 1)]);
                r.accept(&other);
                while r.transport.0.lock().unwrap().written.is_empty() {
                    r.pass(ms(1));
                }
                waits.push(r.now().since(began).as_millis());
            }
            for (wait, want) in waits.iter().zip([100, 200, 400, 800, 1_000]) {
                let (low, high) = (want * 8 / 10, (want * 12 / 10).min(1_000) + 1);
                assert!((low..=high).contains(wait), "{waits:?}");
            }
        },
    );
}

#[test]
fn errors_that_say_not_here_cost_no_attempt() {
    on_each(
        |s| s.retry.retries = 1,
        |r, p| {
            r.produce(&p[0]);
            for _ in 0..5 {
                r.pass(ms(2_000));
                let request = r.requests().remove(0);
                r.answer(&request, &[("t", 0, ErrorCode::NOT_LEADER_FOR_PARTITION)]);
            }
            r.pass(ms(2_000));
            r.accept_all();
            r.all_delivered();
            assert_eq!(r.told().refreshes.len(), 5);
        },
    );
}

/// librdkafka fails the batch as it is: nothing is divided.
#[test]
fn a_batch_that_is_too_large_for_the_broker_fails_as_a_whole() {
    on_each(
        |_| {},
        |r, p| {
            for _ in 0..3 {
                r.produce(&p[0]);
            }
            r.produce(&p[1]);
            r.serve();
            for request in r.requests() {
                let code = |n| if n == 0 { ErrorCode::MSG_SIZE_TOO_LARGE } else { ErrorCode::NO_ERROR };
                let parts: Vec<_> = request.places().into_iter().map(|(t, n)| (t, n, code(n))).collect();
                r.answer(&request, &parts);
            }
            for n in 0..3 {
                assert_eq!(r.fate(n), Some(ErrorCode::MSG_SIZE_TOO_LARGE));
            }
            assert_eq!(r.fate(3), Some(ErrorCode::NO_ERROR));
        },
    );
}

// ---- reconnects ----

#[test]
fn a_connection_that_ends_loses_nothing() {
    on_each(
        |_| {},
        |r, p| {
            for round in 0..3 {
                for part in p {
                    r.produce(part);
                }
                r.serve();
                r.requests();
                r.hang_up();
                assert_eq!(r.told().downs, round + 1);
                r.pass(ms(15_000));
                let again = r.accept_all();
                assert_eq!(numbers(&again), (round * 4..round * 4 + 4).collect::<Vec<_>>());
            }
            r.all_delivered();
        },
    );
}

#[test]
fn messages_wait_for_a_broker_that_is_away() {
    on_each(
        |s| {
            s.network.reconnect_backoff = ms(100);
            s.network.reconnect_backoff_max = ms(500);
        },
        |r, p| {
            r.transport.0.lock().unwrap().refuses = true;
            for _ in 0..100 {
                r.produce(&p[0]);
                r.pass(ms(100));
            }
            let connects = r.transport.0.lock().unwrap().connects;
            assert!((18..=60).contains(&connects), "{connects} attempts in ten seconds");
            r.transport.0.lock().unwrap().refuses = false;
            r.pass(ms(600));
            let requests = r.accept_all();
            assert_eq!(
                requests.iter().flat_map(Produce::numbers).collect::<Vec<_>>(),
                (0..100).collect::<Vec<_>>()
            );
            r.all_delivered();
        },
    );
}

// ---- migration ----

#[test]
fn a_partition_moves_with_what_waits_in_it() {
    for setting in Setting::ALL {
        let (mut a, mut b) = (Rig::new(setting, |_| {}), Rig::new(setting, |_| {}));
        let p = a.topic("t", 2, TopicSettings::default());
        a.produce(&p[0]);
        a.accept_all();
        a.transport.0.lock().unwrap().refuses = true;
        a.hang_up();
        a.produce(&p[0]);
        a.produce(&p[1]);
        a.serve();
        a.leave(&p[0], Some(&b));
        b.serve();
        assert_eq!(numbers(&b.accept_all()), [1], "{setting:?}");
        assert_eq!(b.fate(1), Some(ErrorCode::NO_ERROR));
        // And back again, the other way round.
        b.transport.0.lock().unwrap().refuses = true;
        b.hang_up();
        let n = b.produced;
        b.produced = a.produced;
        b.produce(&p[0]);
        a.produced = b.produced;
        b.produced = n;
        b.leave(&p[0], Some(&a));
        a.transport.0.lock().unwrap().refuses = false;
        a.pass(ms(15_000));
        assert_eq!(numbers(&a.accept_all()), [2, 3], "{setting:?}");
    }
}

/// One request at a time means in order, also when the leader moves while one is in flight.
#[test]
fn the_new_leader_waits_for_what_the_old_one_has() {
    for setting in Setting::ALL {
        for stored in [true, false] {
            let one = |s: &mut Settings| s.network.max_in_flight = 1;
            let (mut a, mut b) = (Rig::new(setting, one), Rig::new(setting, one));
            let p = a.topic("t", 1, TopicSettings::default());
            a.produce(&p[0]);
            let request = a.sent(1).remove(0);
            a.produce(&p[0]);
            a.leave(&p[0], Some(&b));
            b.pass(ms(1_000));
            b.sent(0);
            if stored {
                a.accept(&request);
                assert_eq!(numbers(&b.sent(1)), [1], "{setting:?}");
            } else {
                a.answer(&request, &[("t", 0, ErrorCode::NOT_LEADER_FOR_PARTITION)]);
                b.pass(ms(500));
                let again = b.requests();
                assert_eq!(again[0].numbers(), [0, 1], "{setting:?}");
            }
        }
    }
}

#[test]
fn a_partition_nobody_leads_is_left_alone() {
    on_each(
        |s| linger(s, ms(50)),
        |r, p| {
            r.produce(&p[0]);
            r.produce(&p[1]);
            r.leave(&p[0], None);
            r.pass(ms(200));
            assert_eq!(numbers(&r.requests()), [1]);
            assert_eq!(p[0].queued(), 1);
        },
    );
}
