//! How the parts of a plan are drawn from its seed.

use super::brokers::{METADATA, PRODUCE};
use super::net::{BASE_PORT, Host};
use super::plan::{Event, Habits, METADATA_ERRORS, PERMANENT, RETRIABLE, TopicPlan, UNLIMITED};
use fastrand::Rng;
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{
    AdaptiveSettings, AdaptiveWindow, Codec, RequestPolicy, Settings, TopicSettings, V2Settings,
};
use std::time::Duration;

pub fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(0..from.len())]
}

fn ms(rng: &mut Rng, range: std::ops::RangeInclusive<u64>) -> Duration {
    Duration::from_millis(rng.u64(range))
}

pub fn topics(rng: &mut Rng, trouble: bool) -> Vec<TopicPlan> {
    let number = rng.usize(1..=3);
    let topic = |i| {
        let exists = rng.u32(0..4) > 0;
        TopicPlan {
            name: format!("topic-{i}"),
            // What the mock gives a topic that it creates because somebody asked for it.
            partitions: if exists { 1 << rng.u32(0..5) } else { 4 },
            exists,
            settings: TopicSettings {
                required_acks: pick(rng, &[-1, -1, 1, 0]),
                request_timeout: ms(rng, 500..=5_000),
                message_timeout: Some(if trouble { ms(rng, 300..=10_000) } else { Duration::from_secs(60) }),
                compression: pick(rng, &[Codec::None, Codec::Lz4]),
                ..TopicSettings::default()
            },
        }
    };
    (0..number).map(topic).collect()
}

pub fn settings(rng: &mut Rng, brokers: i32, trouble: bool) -> Settings {
    let first = 1 + rng.i32(0..brokers);
    // Often the names to begin with are those that the cluster advertises.
    let name = pick(rng, &["boot", "host"]);
    let servers: Vec<String> = (0..brokers)
        .map(|b| (first + b - 1) % brokers + 1)
        .take(rng.usize(1..=2))
        .map(|b| format!("{name}{b}:{}", BASE_PORT + u16::try_from(b).unwrap()))
        .collect();
    let batch_size = 1usize << rng.u32(9..20);
    let mut s = Settings::default();
    s.telemetry.push = false; // `telemetry.rs` has schedules with it.
    s.network.bootstrap_servers = Some(servers.join(","));
    s.batching.linger = Duration::from_micros(pick(rng, &[0, 0, 500, 5_000, 50_000, 500_000]));
    s.batching.num_messages = pick(rng, &[1, 3, 100, 10_000]);
    s.batching.size = batch_size;
    s.batching.message_max_bytes = pick(rng, &[1_000_000, 10_000, 2_000]);
    s.network.max_in_flight = pick(rng, &[1, 2, 5, 1_000_000]);
    s.queue.max_messages = Some(pick(rng, &[5, 100, 100_000]));
    s.queue.max_bytes = pick(rng, &[20_000, 1 << 30]);
    s.retry.retries = if trouble { pick(rng, &[0, 1, 5, UNLIMITED, UNLIMITED]) } else { 5 };
    s.retry.backoff = ms(rng, 1..=300);
    s.retry.backoff_max = ms(rng, 300..=1_000);
    s.network.reconnect_backoff = ms(rng, 0..=200);
    s.network.reconnect_backoff_max = ms(rng, 200..=2_000);
    s.network.socket_timeout = if trouble { ms(rng, 300..=5_000) } else { Duration::from_secs(60) };
    s.network.connection_setup_timeout = ms(rng, 1_000..=3_000);
    s.network.socket_max_fails = pick(rng, &[0, 1, 1, 3]);
    s.network.connections_max_idle = pick(rng, &[None, None, Some(Duration::from_secs(1))]);
    s.versions.request_timeout = ms(rng, 300..=3_000);
    s.metadata.refresh_interval =
        pick(rng, &[None, Some(Duration::from_secs(2)), Some(Duration::from_secs(300))]);
    s.metadata.refresh_fast_interval = ms(rng, 10..=200);
    s.metadata.propagation_max = if trouble { ms(rng, 100..=30_000) } else { Duration::from_secs(30) };
    s.network.enable_sparse_connections = rng.u32(0..4) > 0;
    s.batching.sticky_partitioning_linger = Duration::from_millis(pick(rng, &[0, 10]));
    s.queue.backpressure_threshold = pick(rng, &[1, 1, 10]);
    s
}

pub fn v2_settings(rng: &mut Rng, linger: Duration) -> V2Settings {
    let policies = [
        RequestPolicy::RoundRobin,
        RequestPolicy::Pressure,
        RequestPolicy::DeficitRoundRobin,
        RequestPolicy::Age,
    ];
    let drawn = V2Settings {
        max_partitions: pick(rng, &[None, None, Some(1), Some(3)]),
        max_partitions_per_topic: pick(rng, &[None, None, Some(1), Some(2)]),
        max_segments_per_partition: pick(rng, &[1, 1, 2, 10]),
        overfill_percent: pick(rng, &[0, 0, 5, 100]),
        latency_bias: rng.f64(),
        adaptive: (rng.u32(0..3) == 0).then(|| AdaptiveSettings {
            alpha: 0.1,
            beta: 0.3,
            linger_min: Duration::ZERO,
            linger_max: linger.max(Duration::from_millis(1)),
            batch_min_bytes: 0,
            batch_max_bytes: 100_000,
            adjustment_interval: Duration::from_millis(10),
            window: AdaptiveWindow::Retries,
        }),
        policy: pick(rng, &policies),
        linger,
        batch_max_bytes: pick(rng, &[None, None, Some(0), Some(500)]),
        batch_max_partitions: pick(rng, &[None, None, Some(0), Some(1), Some(4)]),
        ..V2Settings::default()
    };
    // Not drawn by itself: the seeds that are kept would be of other schedules.
    let max_bytes = (drawn.latency_bias < 0.2).then_some(10 << 20);
    let by_round_trips = (0.1..0.6).contains(&drawn.latency_bias);
    let window = if by_round_trips { AdaptiveWindow::RoundTrips } else { AdaptiveWindow::Retries };
    let adaptive = drawn.adaptive.map(|a| AdaptiveSettings { window, ..a });
    V2Settings { max_bytes, adaptive, ..drawn }
}

pub fn habits(rng: &mut Rng, active: Duration, trouble: bool) -> Habits {
    let messages = 1 << rng.u32(0..10);
    let burst = pick(rng, &[1, 5, 50]);
    let turns = (messages / burst).max(1) as u64;
    Habits {
        messages,
        pause_us: u64::try_from(active.as_micros()).unwrap() / turns * 2 + 1,
        burst,
        max_value: pick(rng, &[10, 100, 1_500]),
        keys: rng.bool(),
        headers: rng.u32(0..3) == 0,
        picks: pick(rng, &[0.0, 0.5, 1.0]),
        polls: pick(rng, &[1.0, 0.5, 0.02]),
        flushes: pick(rng, &[0.0, 0.02, 0.1]),
        purges: if trouble { pick(rng, &[0.0, 0.0, 0.05]) } else { 0.0 },
        destroy_after: (trouble && rng.u32(0..4) == 0).then(|| active.mul_f64(rng.f64() * 1.5)),
        patient: false,
    }
}

pub fn events(rng: &mut Rng, brokers: i32, topics: &[TopicPlan], active: Duration) -> Vec<(Duration, Event)> {
    let mut events = Vec::new();
    let kinds: Vec<u32> = (0..9).filter(|_| rng.u32(0..3) == 0).collect();
    for kind in kinds {
        for _ in 0..rng.u32(1..6) {
            let at = active.mul_f64(rng.f64());
            let topic = rng.usize(0..topics.len());
            let partition = rng.i32(0..topics[topic].partitions);
            let broker = rng.i32(1..=brokers);
            let place = Place { topic, partition, broker };
            draw_event(rng, kind, at, place, brokers, &mut events);
        }
    }
    for (topic, _) in topics.iter().enumerate().filter(|(_, t)| !t.exists) {
        events.push((active.mul_f64(rng.f64()), Event::CreateTopic { topic }));
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

/// Where something happens.
#[derive(Clone, Copy)]
struct Place {
    topic: usize,
    partition: i32,
    broker: i32,
}

/// Adds an event of this kind, and its end where it has one.
fn draw_event(
    rng: &mut Rng,
    kind: u32,
    at: Duration,
    Place { topic, partition, broker }: Place,
    brokers: i32,
    events: &mut Vec<(Duration, Event)>,
) {
    let anyone = |rng: &mut Rng| rng.i32(1..=brokers);
    match kind {
        0 => {
            events.push((at, Event::Host(broker, pick(rng, &[Host::Down, Host::Down, Host::Unreachable]))));
            events.push((at + ms(rng, 1..=5_000), Event::Host(broker, Host::Up)));
        }
        1 => {
            let broker = if rng.u32(0..4) == 0 { -1 } else { broker };
            events.push((at, Event::Leader { topic, partition, broker }));
            events.push((at + ms(rng, 1..=3_000), Event::Leader { topic, partition, broker: anyone(rng) }));
        }
        2 | 3 => {
            let from = if kind == 2 { RETRIABLE } else { PERMANENT };
            let codes = (0..rng.usize(1..6)).map(|_| pick(rng, from)).collect();
            events.push((at, Event::PartitionErrors { topic, partition, codes }));
        }
        4 => {
            let api = pick(rng, &[PRODUCE, METADATA, METADATA, 18]);
            let codes = (0..rng.usize(1..4)).map(|_| pick(rng, METADATA_ERRORS)).collect();
            events.push((at, Event::RequestErrors { api, codes }));
        }
        5 => {
            let code = pick(
                rng,
                &[
                    ErrorCode::LEADER_NOT_AVAILABLE,
                    ErrorCode::UNKNOWN_TOPIC_OR_PART,
                    ErrorCode::TOPIC_AUTHORIZATION_FAILED,
                ],
            );
            events.push((at, Event::TopicError { topic, code }));
            let until = at + ms(rng, 1..=3_000);
            events.push((until, Event::TopicError { topic, code: ErrorCode::NO_ERROR }));
        }
        7 => events.push((at, Event::Swap { a: broker, b: anyone(rng) })),
        6 => events.push((at, Event::StaleLeader { topic, partition, broker })),
        _ => events.push((at, Event::WallStep { ms: rng.i64(-100_000..100_000) })),
    }
}
