//! A broker that becomes slow and recovers (the scenario of `ENGINE-TESTS.md` 0202): what adaptive batching
//! is for.
//!
//! `INCIDENT_TABLE=1 cargo test --test engine incident -- --nocapture` prints the table of
//! docs/internals/v2.md, at ten times the scale.

use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::clock::Time;
use rdkafka::conf::{AdaptiveSettings, TopicSettings};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

const PHASE: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_millis(10);

#[derive(Default)]
struct Phase {
    latencies: Vec<Duration>,
    /// Sampled all the time.
    in_flight: Vec<usize>,
    requests: usize,
}

impl Phase {
    fn p99(&mut self) -> Duration {
        self.latencies.sort_unstable();
        self.latencies[self.latencies.len() * 99 / 100]
    }

    #[allow(clippy::cast_precision_loss)]
    fn mean_in_flight(&self) -> f64 {
        self.in_flight.iter().sum::<usize>() as f64 / self.in_flight.len() as f64
    }
}

struct Run {
    phases: Vec<Phase>,
    /// Since the broker is well again, until requests in flight are what they were before.
    recovery: Duration,
    /// Second, linger (estimated by the distance of requests), in flight.
    curve: Vec<(u64, usize, usize)>,
}

fn adaptive(alpha: f64, beta: f64, linger_max: Duration) -> AdaptiveSettings {
    AdaptiveSettings {
        alpha,
        beta,
        linger_min: ms(5),
        linger_max,
        batch_min_bytes: 16_384,
        batch_max_bytes: 10_485_760,
        adjustment_interval: ms(100),
    }
}

/// Notes how long each message of an answered request took, with the phase in which it was produced.
fn record_latencies(
    q: &Produce,
    sent_at: &mut BTreeMap<usize, (usize, Time)>,
    phases: &mut [Phase],
    now: Time,
) {
    for n in q.numbers() {
        let (phase, at) = sent_at.remove(&n).unwrap();
        phases[phase].latencies.push(now.since(at));
    }
}

/// 250 messages a second at 100 ms, 2,500 at 5 s, 250 at 100 ms, times `scale`, over `100 * scale`
/// partitions.
fn incident(scale: usize, wait: Duration, adaptive: Option<AdaptiveSettings>) -> Run {
    let mut r = Rig::new(Setting::V2, |s| {
        linger(s, wait);
        s.network.max_in_flight = 1_000;
        s.batching.message_max_bytes = 100_000_000;
        s.engine.v2.adaptive = adaptive;
    });
    let p = r.topic("t", i32::try_from(100 * scale).unwrap(), TopicSettings::default());
    let mut sent_at: BTreeMap<usize, (usize, Time)> = BTreeMap::new();
    let mut out: VecDeque<(Time, Produce)> = VecDeque::new();
    let mut phases: Vec<Phase> = Vec::new();
    let (mut next, mut curve, mut recovery) = (0, Vec::new(), None);
    let began = r.now();
    for (phase, (per_second, rtt)) in
        [(250, ms(100)), (2_500, ms(5_000)), (250, ms(100))].into_iter().enumerate()
    {
        phases.push(Phase::default());
        let start = r.now();
        let mut debt = 0;
        while r.now().since(start) < PHASE {
            debt += per_second * scale;
            for _ in 0..debt / 100 {
                let n = r.produce_sized(&p[next % p.len()], 200);
                sent_at.insert(n, (phase, r.now()));
                next += 1;
            }
            debt %= 100;
            r.pass(TICK);
            while let Some((_, q)) = out.pop_front_if(|(due, _)| *due <= r.now()) {
                record_latencies(&q, &mut sent_at, &mut phases, r.now());
                r.accept(&q);
            }
            for q in r.requests() {
                phases[phase].requests += 1;
                out.push_back((r.now() + rtt, q));
            }
            phases[phase].in_flight.push(out.len());
            let second = r.now().since(began).as_secs();
            if curve.last().is_none_or(|(s, _, _)| *s < second) {
                curve.push((second, phases[phase].requests, out.len()));
            }
            // What the incident left behind has been answered, and as few are out as before.
            if phase == 2 && out.iter().all(|(due, _)| due.since(r.now()) <= ms(100)) && recovery.is_none() {
                recovery = Some(r.now().since(start));
            }
        }
    }
    Run { phases, recovery: recovery.unwrap_or(PHASE), curve }
}

#[test]
fn incident_costs_fewer_requests_in_flight_and_is_forgotten() {
    if std::env::var("INCIDENT_TABLE").is_ok() {
        return table();
    }
    let mut fixed = incident(1, ms(200), None);
    let mut adapted = incident(1, ms(200), Some(adaptive(0.02, 0.1, ms(2_000))));
    let (a, b) = (&mut fixed.phases[1], &mut adapted.phases[1]);
    let (all, few) = (a.mean_in_flight(), b.mean_in_flight());
    assert!(few < all / 2.0, "{few:.1} requests in flight against {all:.1}");
    let (slow, slower) = (a.p99(), b.p99());
    assert!(slower.as_secs_f64() < slow.as_secs_f64() * 1.2, "p99 {slower:?} against {slow:?}");
    assert!(adapted.recovery <= Duration::from_secs(10), "{:?}", adapted.recovery);
    let (before, after) = (adapted.phases[0].p99(), adapted.phases[2].latencies.split_off(2_500));
    let late = after.iter().max().unwrap();
    assert!(*late <= before * 2, "{late:?} at the end, p99 {before:?} before the incident");
}

fn table() {
    let settings = [
        ("static, 5 ms", ms(5), None),
        ("static, 200 ms", ms(200), None),
        ("adaptive 0.02/0.1, up to 2 s", ms(200), Some(adaptive(0.02, 0.1, ms(2_000)))),
        ("adaptive 0.1/0.3, up to 2 s", ms(200), Some(adaptive(0.1, 0.3, ms(2_000)))),
        ("adaptive 0.1/0.3, up to 500 ms", ms(200), Some(adaptive(0.1, 0.3, ms(500)))),
    ];
    println!("setting | requests | in flight, mean | most | p99 before | during | after | recovery");
    for (name, wait, adaptive) in settings {
        let mut run = incident(10, wait, adaptive);
        let p99: Vec<String> = run.phases.iter_mut().map(|p| format!("{} ms", p.p99().as_millis())).collect();
        let during = &run.phases[1];
        println!(
            "{name} | {} | {:.1} | {} | {} | {:.1} s",
            during.requests,
            during.mean_in_flight(),
            during.in_flight.iter().max().unwrap(),
            p99.join(" | "),
            run.recovery.as_secs_f64()
        );
        println!("  {:?}", run.curve.iter().map(|c| (c.0, c.2)).collect::<Vec<_>>());
    }
}
