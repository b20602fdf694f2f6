//! What holds for every engine: retries, reconnects, which answer is whose, migration, purge, flush. Timeouts
//! are in `timeouts.rs`.

use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{Settings, TopicSettings};
use rdkafka::producer::partition::Partition;
use rdkafka::producer::report::Persistence;
use rdkafka::protocol::ByTopic;
use rdkafka::protocol::produce as wire;
use std::sync::Arc;
use std::time::Duration;

fn on_each(change: fn(&mut Settings), test: fn(&mut Rig, &[Arc<Partition>])) {
    for setting in Setting::ALL {
        println!("on {setting:?}");
        let mut rig = Rig::new(setting, change);
        let partitions = rig.topic("t", 4, TopicSettings::default());
        test(&mut rig, &partitions);
    }
}

pub(super) fn numbers(requests: &[Produce]) -> Vec<usize> {
    let mut all: Vec<usize> = requests.iter().flat_map(Produce::numbers).collect();
    all.sort_unstable();
    all
}

// ---- requests and replies ----

#[test]
fn each_partition_gets_its_own_answer() {
    on_each(
        |_| {},
        |r, p| {
            for part in p {
                r.produce(part);
            }
            r.serve();
            let codes = [
                ErrorCode::NO_ERROR,
                ErrorCode::NOT_ENOUGH_REPLICAS,
                ErrorCode::MSG_SIZE_TOO_LARGE,
                ErrorCode::NO_ERROR,
            ];
            for request in r.requests() {
                // Backwards: the order of an answer means nothing.
                let parts: Vec<_> =
                    request.places().into_iter().map(|(t, n)| (t, n, codes[n as usize])).rev().collect();
                r.answer(&request, &parts);
            }
            assert_eq!(r.fate(0), Some(ErrorCode::NO_ERROR));
            assert_eq!(r.fate(1), None);
            assert_eq!(r.fate(2), Some(ErrorCode::MSG_SIZE_TOO_LARGE));
            assert_eq!(r.fate(3), Some(ErrorCode::NO_ERROR));
            r.pass(ms(500));
            assert_eq!(numbers(&r.accept_all()), [1]);
            assert_eq!(r.fate(1), Some(ErrorCode::NO_ERROR));
        },
    );
}

#[test]
fn answers_that_overtake_each_other_stay_with_their_requests() {
    on_each(
        |_| {},
        |r, p| {
            let requests: Vec<Produce> =
                p.iter().map(|part| (r.produce(part), r.sent(1).remove(0)).1).collect();
            // A broker that answers out of order breaks the protocol; nothing here leans on the order.
            r.accept(&requests[3]);
            r.answer(&requests[1], &[("t", 1, ErrorCode::MSG_SIZE_TOO_LARGE)]);
            assert_eq!(r.fate(3), Some(ErrorCode::NO_ERROR));
            assert_eq!((r.fate(0), r.fate(1)), (None, Some(ErrorCode::MSG_SIZE_TOO_LARGE)));
            r.answer(&requests[0], &[("t", 0, ErrorCode::NOT_ENOUGH_REPLICAS)]);
            r.accept(&requests[2]);
            assert_eq!(
                r.told().fates.iter().map(|(n, f)| (*n, f.offset)).collect::<Vec<_>>()[1..],
                [(2, 3_000), (3, 0)]
            );
            assert_eq!(r.told().downs, 0, "the connection is as good as before");
            r.pass(ms(500));
            assert_eq!(numbers(&r.accept_all()), [0]);
            assert_eq!(r.fate(0), Some(ErrorCode::NO_ERROR));
        },
    );
}

#[test]
fn what_the_broker_does_not_answer_for_is_tried_again() {
    on_each(
        |_| {},
        |r, p| {
            for part in p {
                r.produce(part);
            }
            r.serve();
            let mut alone = false;
            for request in r.requests() {
                let places = request.places();
                alone |= places.len() == 1;
                let answered: Vec<_> = places
                    .into_iter()
                    .filter(|(_, n)| *n != 2 || alone)
                    .map(|(t, n)| (t, n, ErrorCode::NO_ERROR))
                    .collect();
                r.answer(&request, &answered);
            }
            let ok = Some(ErrorCode::NO_ERROR);
            assert_eq!((r.fate(1), r.fate(2)), (ok, if alone { ok } else { None }));
            r.pass(ms(500));
            let again = r.accept_all();
            assert_eq!(numbers(&again), if alone { vec![] } else { vec![2] });
            r.all_delivered();
        },
    );
}

#[test]
fn an_answer_that_names_no_partition_is_no_answer() {
    on_each(
        |_| {},
        |r, p| {
            r.produce(&p[1]);
            r.serve();
            for request in r.requests() {
                r.answer(&request, &[]);
            }
            assert_eq!(r.fate(0), Some(ErrorCode::_BAD_MSG));
            r.pass(ms(500));
            assert!(r.requests().is_empty(), "nothing is sent again");
        },
    );
}

#[test]
fn answers_that_nobody_asked_for_or_that_come_twice_mean_nothing() {
    on_each(
        |_| {},
        |r, p| {
            r.produce(&p[0]);
            let request = r.sent(1).remove(0);
            r.answer(
                &request,
                &[
                    ("t", 9, ErrorCode::MSG_SIZE_TOO_LARGE),
                    ("u", 0, ErrorCode::MSG_SIZE_TOO_LARGE),
                    ("t", 0, ErrorCode::NO_ERROR),
                    ("t", 0, ErrorCode::MSG_SIZE_TOO_LARGE),
                ],
            );
            r.all_delivered();
            // A second answer to the same request, and one to none.
            r.answer(&request, &[("t", 0, ErrorCode::MSG_SIZE_TOO_LARGE)]);
            r.answer(&Produce { id: 4_711, ..request }, &[("t", 0, ErrorCode::MSG_SIZE_TOO_LARGE)]);
            r.produce(&p[0]);
            r.accept_all();
            r.all_delivered();
        },
    );
}

#[test]
fn a_new_leader_in_the_answer_is_passed_on() {
    on_each(
        |_| {},
        |r, p| {
            r.produce(&p[3]);
            let request = r.sent(1).remove(0);
            let part = wire::ResponsePartition {
                partition: 3,
                error_code: 6,
                base_offset: -1,
                current_leader: wire::LeaderIdAndEpoch { leader_id: 7, leader_epoch: 2 },
                ..Default::default()
            };
            let topics = vec![ByTopic::new("t", vec![part])];
            r.respond(&request, &wire::Response { topics, throttle_time_ms: 12, ..Default::default() });
            let told = r.told();
            assert_eq!(told.hints, [("t".to_owned(), 3, 7)]);
            assert_eq!(told.refreshes, [("t".to_owned(), ErrorCode::NOT_LEADER_FOR_PARTITION)]);
            assert_eq!(told.throttled, [12]);
        },
    );
}

/// A topic that was gone and is there again has new partitions with the old numbers. What is still out for
/// the old ones fails when it comes back: Kafka refuses a request that names a partition twice.
#[test]
fn a_partition_and_its_predecessor_never_share_a_request() {
    on_each(
        |_| {},
        |r, p| {
            let lost = r.produce(&p[3]);
            let request = r.sent(1).remove(0);
            assert!(p[3].retire(ErrorCode::_UNKNOWN_TOPIC).is_empty(), "it is out");
            let again = r.topic("t", 4, TopicSettings::default());
            r.answer(&request, &[("t", 3, ErrorCode::REQUEST_TIMED_OUT)]);
            let next = r.produce(&again[3]);
            r.pass(ms(5_000));
            let parts: Vec<_> = r.accept_all().iter().flat_map(Produce::numbers).collect();
            assert_eq!(parts, [next]);
            assert_eq!(
                (r.fate(lost), r.fate(next)),
                (Some(ErrorCode::_UNKNOWN_TOPIC), Some(ErrorCode::NO_ERROR))
            );
        },
    );
}

/// As often as a response says so, and once more, with 0, when it is over.
#[test]
fn throttling_and_its_end_are_told() {
    on_each(
        |_| {},
        |r, p| {
            for (throttle_ms, expected) in [(0, &[][..]), (12, &[12]), (7, &[7]), (0, &[0]), (0, &[])] {
                r.produce(&p[3]);
                let request = r.sent(1).remove(0);
                let part = wire::ResponsePartition { partition: 3, ..Default::default() };
                let topics = vec![ByTopic::new("t", vec![part])];
                r.respond(
                    &request,
                    &wire::Response { topics, throttle_time_ms: throttle_ms, ..Default::default() },
                );
                let told = std::mem::take(&mut r.told().throttled);
                assert_eq!(told, expected, "after {throttle_ms}");
            }
        },
    );
}

/// What v2 counts of its own is not even there on legacy, with statistics on.
#[test]
fn only_v2_has_figures_of_its_own() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| s.statistics_interval = Some(ms(100)));
        let p = r.topic("t", 1, TopicSettings::default());
        r.produce(&p[0]);
        r.accept_all();
        assert_eq!(r.broker.handle().stats().engine().take().is_some(), setting == Setting::V2);
    }
}

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

// ---- purge and flush ----

#[test]
fn a_purge_of_the_queue_takes_what_is_in_the_partition() {
    on_each(
        |s| linger(s, ms(10_000)),
        |r, p| {
            r.produce(&p[0]);
            r.produce(&p[1]);
            r.serve();
            let reports = p[0].purge(ErrorCode::_PURGE_QUEUE);
            assert_eq!(
                reports.iter().map(|r| (r.messages(), r.error)).collect::<Vec<_>>(),
                [(1, ErrorCode::_PURGE_QUEUE)]
            );
            r.pass(ms(11_000));
            assert_eq!(numbers(&r.requests()), [1]);
        },
    );
}

/// What is partly written is of the queue, too; it costs the connection.
#[test]
fn a_purge_takes_what_a_stuck_connection_holds() {
    on_each(
        |_| {},
        |r, p| {
            r.produce(&p[0]);
            r.accept_all();
            r.transport.0.lock().unwrap().room = Some(20);
            r.produce(&p[1]);
            r.serve();
            r.purge(true, false);
            assert_eq!(r.fate(1), Some(ErrorCode::_PURGE_QUEUE));
            assert_eq!(
                r.told().fates[&1].persistence,
                None,
                "as the message itself knows: never sent as a whole"
            );
            r.transport.0.lock().unwrap().room = None;
            r.produce(&p[1]);
            r.pass(ms(500));
            assert_eq!(numbers(&r.accept_all()), [2]);
            assert_eq!(r.transport.0.lock().unwrap().connects, 2);
        },
    );
}

#[test]
fn linger_times_end_when_somebody_flushes() {
    on_each(
        |s| linger(s, Duration::from_secs(100)),
        |r, p| {
            for part in p {
                r.produce(part);
            }
            r.pass(ms(1_000));
            assert!(r.requests().is_empty());
            r.begin_flush();
            assert_eq!(numbers(&r.accept_all()), [0, 1, 2, 3]);
            // What is produced while somebody waits leaves at once, too.
            r.produce(&p[0]);
            assert_eq!(numbers(&r.accept_all()), [4]);
            r.all_delivered();
            r.common.end_flush();
            r.produce(&p[0]);
            r.pass(ms(1_000));
            assert!(r.requests().is_empty());
        },
    );
}

#[test]
fn linger_times_are_kept_and_full_batches_do_not_wait() {
    on_each(
        |s| {
            linger(s, ms(100));
            s.batching.num_messages = 5;
            s.engine.v2.batch_max_bytes = None;
        },
        |r, p| {
            r.produce(&p[0]);
            r.accept_all();
            r.pass(ms(200));
            r.accept_all();
            let began = r.now();
            r.produce(&p[0]);
            r.pass(ms(99));
            assert!(r.requests().is_empty());
            r.pass(ms(2));
            assert_eq!(numbers(&r.accept_all()), [1]);
            assert!(r.now().since(began) <= ms(102));
            for _ in 0..7 {
                r.produce(&p[1]);
            }
            assert_eq!(numbers(&r.accept_all()), [2, 3, 4, 5, 6], "a full batch, and not the rest");
            r.pass(ms(101));
            assert_eq!(numbers(&r.accept_all()), [7, 8]);
            r.all_delivered();
        },
    );
}

#[test]
fn without_acks_the_written_request_is_the_end_of_it() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |_| {});
        let p = r.topic("t", 3, TopicSettings { required_acks: 0, ..TopicSettings::default() });
        for part in &p {
            r.produce(part);
        }
        r.serve();
        r.all_delivered();
        let told = r.told();
        assert!(told.fates.values().all(|f| f.persistence == Some(Persistence::PossiblyPersisted)));
    }
}
