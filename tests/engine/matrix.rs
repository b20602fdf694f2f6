//! What holds for every engine: retries, reconnects, which answer is whose, migration, purge, flush. Timeouts
//! are in `timeouts.rs`.

use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{Settings, TopicSettings};
use rdkafka::producer::partition::Partition;
use rdkafka::producer::partition::report::Persistence;
use rdkafka::protocol::ByTopic;
use rdkafka::protocol::produce as wire;
use std::sync::Arc;
use std::time::Duration;

pub fn on_each(change: fn(&mut Settings), test: fn(&mut Rig, &[Arc<Partition>])) {
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
            r.transport.0.lock().unwrap().space = Some(20);
            r.produce(&p[1]);
            r.serve();
            r.purge(true, false);
            assert_eq!(r.fate(1), Some(ErrorCode::_PURGE_QUEUE));
            assert_eq!(
                r.told().fates[&1].persistence,
                None,
                "as the message itself knows: never sent as a whole"
            );
            r.transport.0.lock().unwrap().space = None;
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
