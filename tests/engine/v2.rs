//! What the v2 engine alone promises: what gets into a request, when, and in which order.

use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::clock::Time;
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{Codec, RequestPolicy, Settings, TopicSettings};
use rdkafka::producer::partition::Partition;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

const POLICIES: [RequestPolicy; 4] = [
    RequestPolicy::RoundRobin,
    RequestPolicy::Pressure,
    RequestPolicy::DeficitRoundRobin,
    RequestPolicy::Age,
];

pub(super) fn v2(change: impl FnOnce(&mut Settings)) -> Rig {
    Rig::new(Setting::V2, change)
}

pub(super) fn plain() -> TopicSettings {
    TopicSettings::default()
}

/// A connection that is up and has nothing on it.
pub(super) fn connected(r: &mut Rig) {
    let p = r.topic("first", 1, plain());
    r.produce(&p[0]);
    r.pass(r.common.settings.engine.v2.linger);
    r.accept_all();
}

// ---- what gets into a request ----

#[test]
fn partitions_of_a_request_agree_in_acks_and_timeout_and_topics_stand_together() {
    let mut r = v2(|s| linger(s, ms(10)));
    connected(&mut r);
    let kinds = [(-1, 1_000), (1, 1_000), (-1, 2_000), (1, 1_000), (-1, 1_000)];
    let topics: Vec<_> = (0..)
        .zip(kinds)
        .map(|(i, (acks, timeout))| {
            let settings = TopicSettings {
                required_acks: acks,
                request_timeout: ms(timeout),
                compression: if i % 2 == 0 { Codec::Lz4 } else { Codec::None },
                ..plain()
            };
            r.topic(&format!("{i}-{}", "long".repeat(60)), 7, settings)
        })
        .collect();
    for partition in 0..7 {
        for t in &topics {
            r.produce(&t[partition]);
        }
    }
    r.pass(ms(10));
    let requests = r.accept_all();
    let mut seen: Vec<(i16, i32)> = requests.iter().map(|q| (q.acks, q.timeout_ms)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(-1, 1_000), (-1, 2_000), (1, 1_000)]);
    // A topic named twice, or a partition, would have failed in the rig or here.
    for q in &requests {
        let names: Vec<&str> = q.parts.iter().map(|p| p.0.as_str()).collect();
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.chunk_by(|a, b| a == b).count(), distinct.len());
    }
    r.all_delivered();
}

/// A full partition leaves by itself while others may follow. Nothing could follow the last request that
/// `max.in.flight` allows.
#[test]
fn what_waits_goes_along_with_the_last_request_that_may_be_out() {
    for slots in [1, 2, 5] {
        let mut r = v2(|s| {
            linger(s, ms(100));
            s.network.max_in_flight = slots;
            s.batching.num_messages = 3;
        });
        connected(&mut r);
        let p = r.topic("t", 2, plain());
        r.produce(&p[1]);
        for sent in 1..=slots {
            for _ in 0..3 {
                r.produce(&p[0]);
            }
            r.serve();
            let places = r.requests().remove(0).places().iter().map(|(_, id)| *id).collect::<Vec<_>>();
            assert_eq!(places, if sent < slots { vec![0] } else { vec![0, 1] }, "request {sent} of {slots}");
        }
    }
}

/// Also what was produced before the partition had a leader has its linger time.
#[test]
fn a_new_owner_lets_messages_wait_for_company() {
    let mut r = v2(|s| {
        linger(s, ms(100));
        s.batching.num_messages = 3;
    });
    connected(&mut r);
    let p = r.topic("t", 2, plain());
    for (part, messages) in p.iter().zip([1, 3]) {
        part.set_owner(None);
        for _ in 0..messages {
            r.produce(part);
        }
    }
    r.pass(ms(40));
    for part in &p {
        part.set_owner(Some(r.broker.handle().ready().clone()));
    }
    r.pass(ms(50));
    let sent: Vec<Vec<usize>> = r.accept_all().iter().map(Produce::numbers).collect();
    assert_eq!(sent, [[2, 3, 4]], "only the full one");
    r.pass(ms(10));
    assert_eq!(r.accept_all().len(), 1);
    r.all_delivered();
}

#[test]
fn retries_after_a_lost_connection_leave_together() {
    let mut r = v2(|s| linger(s, ms(5)));
    connected(&mut r);
    let p = r.topic("t", 500, plain());
    for part in &p {
        r.produce(part);
    }
    r.pass(ms(5));
    assert_eq!(r.requests().len(), 1);
    r.hang_up();
    r.pass(ms(15_000));
    let again = r.accept_all();
    assert_eq!(again.iter().map(|q| q.parts.len()).collect::<Vec<_>>(), [500]);
    r.all_delivered();
}

#[test]
fn overfill_takes_in_small_partitions_and_no_large_ones() {
    // Each large batch fills two thirds of the limit.
    let run = |overfill| {
        let mut r = v2(|s| {
            linger(s, ms(5));
            s.batching.message_max_bytes = 10_000;
            s.engine.v2.overfill_percent = overfill;
        });
        connected(&mut r);
        let p = r.topic("t", 8, plain());
        for (i, part) in p.iter().enumerate() {
            r.produce_sized(part, if i < 2 { 9_000 } else { 300 });
        }
        r.pass(ms(5));
        let sizes: Vec<usize> = r.accept_all().iter().map(|q| q.bytes).collect();
        r.all_delivered();
        sizes
    };
    let (strict, over) = (run(0), run(10));
    assert!(strict.iter().all(|b| *b <= 10_000), "{strict:?}");
    assert!(over.iter().all(|b| *b <= 11_000) && over.iter().any(|b| *b > 10_000), "{over:?}");
    assert!(over.len() <= strict.len());
}

/// A batch is limited by `message.max.bytes`, a request by what is more.
#[test]
fn a_request_may_hold_more_than_a_batch() {
    let requests = |max_bytes: Option<usize>| {
        let mut r = v2(|s| {
            linger(s, ms(5));
            s.batching.message_max_bytes = 10_000;
            s.engine.v2.max_bytes = max_bytes;
        });
        connected(&mut r);
        let p = r.topic("t", 8, plain());
        for part in &p {
            (0..2).for_each(|_| _ = r.produce_sized(part, 9_000));
        }
        r.pass(ms(5));
        let all = r.accept_all();
        r.all_delivered();
        let most = max_bytes.unwrap_or(0).max(10_000);
        assert!(all.iter().all(|q| q.bytes <= most && q.parts.iter().all(|p| p.2.len() == 1)), "{all:?}");
        all.len()
    };
    assert_eq!(requests(None), 16);
    assert_eq!(requests(Some(5_000)), 16, "the largest message has to fit");
    assert_eq!(requests(Some(38_000)), 4);
    assert_eq!(requests(Some(1 << 20)), 2, "one batch of a partition at a time");
}

#[test]
fn what_compresses_well_is_packed_more_densely() {
    let requests = |compression| {
        let mut r = v2(|s| {
            linger(s, ms(5));
            s.batching.message_max_bytes = 20_000;
        });
        connected(&mut r);
        let p = r.topic("t", 40, TopicSettings { compression, ..plain() });
        let mut last = Vec::new();
        for _ in 0..30 {
            for part in &p {
                r.produce_text(part, 5_000);
            }
            r.pass(ms(5));
            last = r.accept_all();
        }
        r.all_delivered();
        assert!(last.iter().all(|q| q.bytes <= 20_000));
        last.len()
    };
    let (plain, packed) = (requests(Codec::None), requests(Codec::Lz4));
    assert!(packed * 4 <= plain, "{packed} requests against {plain}");
}

// ---- when ----

#[test]
fn one_deadline_takes_everything_along() {
    let mut r = v2(|s| linger(s, ms(100)));
    connected(&mut r);
    let p = r.topic("t", 50, plain());
    let began = r.now();
    for part in &p {
        r.produce(part);
        r.pass(ms(1));
    }
    assert!(r.requests().is_empty());
    r.pass(ms(50));
    assert_eq!(r.sent(1)[0].parts.len(), 50);
    assert_eq!(r.now().since(began), ms(100));
}

#[test]
fn a_partition_that_lingers_does_not_wake_the_broker() {
    let mut r = v2(|s| linger(s, ms(100)));
    connected(&mut r);
    let p = r.topic("t", 1_000, plain());
    r.produce(&p[0]);
    r.serve();
    for part in &p[1..] {
        r.produce(part);
    }
    assert!(!r.broker.handle().signal().take());
    r.pass(ms(100));
    assert_eq!(r.sent(1)[0].parts.len(), 1_000);
}

#[test]
fn caps_end_the_waiting() {
    for (partitions, bytes, want) in
        [(Some(10), None, 10), (None, Some(2_000), 20), (Some(0), None, 1), (None, Some(0), 1)]
    {
        let mut r = v2(|s| {
            linger(s, ms(60_000));
            s.engine.v2.batch_max_partitions = partitions;
            s.engine.v2.batch_max_bytes = bytes;
        });
        connected(&mut r);
        let p = r.topic("t", 40, plain());
        let mut n = 0;
        while r.requests().is_empty() {
            assert!(n < 40, "{partitions:?} {bytes:?}: nothing leaves");
            r.produce_sized(&p[n], 93);
            n += 1;
            // The broker is only served when it was woken.
            if r.broker.handle().signal().take() {
                r.serve();
            }
        }
        assert_eq!(n, want, "{partitions:?} {bytes:?}");
    }
}

// ---- in which order ----

/// Random traffic, requests answered one round trip later, one in flight: without caps, whatever is due
/// leaves with the next request.
#[test]
fn nothing_waits_longer_than_linger_and_one_request_under_any_policy() {
    const RTT: Duration = Duration::from_millis(7);
    for seed in 0..8 {
        for policy in POLICIES {
            let mut rng = fastrand::Rng::with_seed(seed);
            let wait = ms(rng.u64(0..30));
            let mut r = v2(|s| {
                linger(s, wait);
                s.network.max_in_flight = 1;
                s.engine.v2.policy = policy;
                s.engine.v2.latency_bias = rng.f64();
                s.batching.message_max_bytes = 10_000_000;
            });
            connected(&mut r);
            let p = r.topic("t", 60, plain());
            let mut produced: BTreeMap<usize, Time> = BTreeMap::new();
            let mut in_flight: Option<(Time, Produce)> = None;
            for _ in 0..400 {
                for _ in 0..rng.usize(0..6) {
                    let hot = rng.u32(0..3) > 0;
                    let at = if hot { 0 } else { rng.usize(0..p.len()) };
                    produced.insert(r.produce_sized(&p[at], 8 + rng.usize(0..2_000)), r.now());
                }
                r.pass(ms(1));
                if let Some((_, q)) = in_flight.take_if(|(due, _)| *due <= r.now()) {
                    r.accept(&q);
                }
                for q in r.requests() {
                    for n in q.numbers() {
                        let waited = r.now().since(produced.remove(&n).unwrap());
                        let most = wait + RTT + ms(2);
                        assert!(waited <= most, "seed {seed}, {policy:?}: {waited:?}, linger {wait:?}");
                    }
                    in_flight = Some((r.now() + RTT, q));
                }
            }
        }
    }
}

/// Turns that others had since a partition became due.
type Waiting = BTreeMap<i32, BTreeMap<i32, usize>>;

/// Counts a request's turns. None has more than two while another partition waits.
fn count_turns(turn: &[i32], waiting: &mut Waiting, what: &str) {
    for (id, others) in waiting.iter_mut() {
        for t in turn.iter().filter(|t| *t != id) {
            let turns = others.entry(*t).or_default();
            *turns += 1;
            assert!(*turns <= 2, "{what}: {t} has {turns} turns while {id} waits");
        }
    }
}

/// With every cap tight, no partition that is due is passed over: none has more than two turns while another
/// waits, and requests are as full as the caps allow.
#[test]
fn every_due_partition_has_its_turn_under_any_policy() {
    for seed in 0..8 {
        for policy in POLICIES {
            let mut rng = fastrand::Rng::with_seed(seed);
            let cap = rng.usize(1..6);
            let mut r = v2(|s| {
                linger(s, ms(3));
                s.network.max_in_flight = 1;
                s.batching.num_messages = rng.usize(1..4);
                s.engine.v2.policy = policy;
                s.engine.v2.latency_bias = rng.f64();
                s.engine.v2.max_partitions = Some(cap);
            });
            connected(&mut r);
            let p = r.topic("t", 30, plain());
            let mut waiting = Waiting::new();
            for (i, part) in p.iter().enumerate() {
                for _ in 0..if i % 5 == 0 { 40 } else { rng.usize(1..4) } {
                    r.produce(part);
                }
                waiting.insert(part.id(), BTreeMap::new());
            }
            r.pass(ms(4));
            let mut left: BTreeMap<i32, usize> = p.iter().map(|part| (part.id(), 0)).collect();
            for _ in 0..2_000 {
                let Some(q) = r.requests().pop() else { break };
                let turn: Vec<i32> = q.parts.iter().map(|part| part.1).collect();
                assert!(turn.len() <= cap);
                count_turns(&turn, &mut waiting, &format!("seed {seed}, {policy:?}"));
                for t in turn {
                    *left.get_mut(&t).unwrap() += 1;
                    waiting.remove(&t);
                    if p[usize::try_from(t).unwrap()].queued() > 0 {
                        waiting.insert(t, BTreeMap::new());
                    }
                }
                r.accept(&q);
                r.pass(ms(4));
            }
            r.all_delivered();
            assert!(left.values().all(|turns| *turns > 0));
        }
    }
}

// ---- limits ----

/// Every cap at its minimum, alone and all together: all comes through.
#[test]
fn limits_at_their_minimum_stall_nothing() {
    let tighten: [fn(&mut Settings); 9] = [
        |s| s.engine.v2.max_partitions = Some(1),
        |s| s.engine.v2.max_partitions_per_topic = Some(1),
        |s| s.engine.v2.batch_max_partitions = Some(0),
        |s| s.engine.v2.batch_max_bytes = Some(0),
        |s| s.batching.num_messages = 1,
        |s| s.batching.size = 1,
        |s| s.batching.message_max_bytes = 1_000,
        |s| linger(s, ms(0)),
        |s| s.network.max_in_flight = 1,
    ];
    for policy in POLICIES {
        for one in (0..tighten.len()).map(Some).chain([None]) {
            let mut r = v2(|s| {
                linger(s, ms(5));
                s.engine.v2.policy = policy;
                match one {
                    Some(i) => tighten[i](s),
                    None => tighten.iter().for_each(|t| t(s)),
                }
            });
            let topics = [
                r.topic(&"n".repeat(249), 6, TopicSettings { required_acks: 1, ..plain() }),
                r.topic("zstd", 6, TopicSettings { compression: Codec::Zstd, ..plain() }),
                r.topic(
                    "gzip",
                    6,
                    TopicSettings { compression: Codec::Gzip, request_timeout: ms(7), ..plain() },
                ),
            ];
            for round in 0..3 {
                for part in topics.iter().flatten() {
                    // 100 KiB are as many as message.max.bytes allows, or more: then they travel alone.
                    r.produce_sized(
                        part,
                        if round == 1 && part.id() == 0 { 100 << 10 } else { 8 + 92 * round },
                    );
                }
            }
            for _ in 0..300 {
                r.accept_all();
                r.pass(ms(5));
            }
            r.all_delivered();
        }
    }
}

#[test]
fn ten_thousand_partitions_come_through_a_cut_connection() {
    let mut r = v2(|s| linger(s, ms(5)));
    connected(&mut r);
    let p: Vec<Arc<Partition>> = r.topic("t", 10_000, plain());
    for part in &p {
        r.produce(part);
    }
    // The connection takes a part of the first request, and breaks.
    r.transport.0.lock().unwrap().space = Some(50_000);
    r.pass(ms(5));
    r.transport.0.lock().unwrap().written.clear();
    r.transport.0.lock().unwrap().space = None;
    r.hang_up();
    r.pass(ms(15_000));
    let n = r.accept_all().len();
    assert!(n <= 3, "{n} requests");
    r.all_delivered();
    assert!(r.told().fates.values().all(|f| f.error == ErrorCode::NO_ERROR));
}
