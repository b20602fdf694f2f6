//! A broker that becomes slow and recovers (the scenario of `ENGINE-TESTS.md` 0202): what adaptive batching
//! is for.
//!
//! `INCIDENT_TABLE=1 cargo test --test engine incident -- --nocapture` prints the table of
//! docs/internals/v2.md, at ten times the scale.

use super::rig::{Produce, Rig, Setting, linger, ms};
use rdkafka::base::clock::Time;
use rdkafka::conf::{AdaptiveSettings, AdaptiveWindow, TopicSettings};
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
    /// In those requests.
    batches: usize,
}

impl Phase {
    /// `None`: nothing was answered.
    fn p99(&mut self) -> Option<Duration> {
        self.latencies.sort_unstable();
        self.latencies.get(self.latencies.len() * 99 / 100).copied()
    }

    #[allow(clippy::cast_precision_loss)]
    fn mean_in_flight(&self) -> f64 {
        self.in_flight.iter().sum::<usize>() as f64 / self.in_flight.len() as f64
    }

    #[allow(clippy::cast_precision_loss)]
    fn mean_batches(&self) -> f64 {
        self.batches as f64 / self.requests as f64
    }
}

struct Run {
    phases: Vec<Phase>,
    /// Since the broker is well again, until requests in flight are what they were before.
    recovery: Duration,
    /// Second, linger (estimated by the distance of requests), in flight.
    curve: Vec<(u64, usize, usize)>,
    /// Partitions in the last request.
    last_batches: usize,
    /// Messages without a report at the end.
    unanswered: usize,
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
        window: AdaptiveWindow::Retries,
    }
}

fn by_round_trips(settings: AdaptiveSettings) -> AdaptiveSettings {
    AdaptiveSettings { window: AdaptiveWindow::RoundTrips, ..settings }
}

/// What is wrong with the broker.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// Every answer takes this long, whatever is in the request.
    Far(Duration),
    /// It works on one request at a time, and so long on each batch.
    Busy(Duration),
}

/// When the broker answers a request.
struct Broker {
    trouble: Option<Trouble>,
    free_at: Time,
}

impl Broker {
    fn answers(&mut self, q: &Produce, now: Time) -> Time {
        match self.trouble {
            None => self.free_at.max(now) + ms(100),
            Some(Trouble::Far(time)) => now + time,
            Some(Trouble::Busy(each)) => {
                self.free_at = self.free_at.max(now) + each * u32::try_from(q.parts.len()).unwrap();
                self.free_at + ms(100)
            }
        }
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

/// 250 messages a second at 100 ms, 2,500 to a broker in trouble, 250 at 100 ms, times `scale`, over
/// `100 * scale` partitions.
fn incident(scale: usize, wait: Duration, adaptive: Option<AdaptiveSettings>, trouble: Trouble) -> Run {
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
    let (mut next, mut curve, mut recovery, mut last_batches) = (0, Vec::new(), None, 0);
    let began = r.now();
    let mut broker = Broker { trouble: None, free_at: began };
    for (phase, (per_second, trouble)) in
        [(250, None), (2_500, Some(trouble)), (250, None)].into_iter().enumerate()
    {
        broker.trouble = trouble;
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
                last_batches = q.parts.len();
                phases[phase].batches += last_batches;
                out.push_back((broker.answers(&q, r.now()), q));
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
    Run { phases, recovery: recovery.unwrap_or(PHASE), curve, last_batches, unanswered: sent_at.len() }
}

#[test]
fn incident_costs_fewer_requests_in_flight_and_is_forgotten() {
    if std::env::var("INCIDENT_TABLE").is_ok() {
        return table();
    }
    let far = Trouble::Far(ms(5_000));
    let mut fixed = incident(1, ms(200), None, far);
    let mut adapted = incident(1, ms(200), Some(adaptive(0.02, 0.1, ms(2_000))), far);
    let (a, b) = (&mut fixed.phases[1], &mut adapted.phases[1]);
    let (all, few) = (a.mean_in_flight(), b.mean_in_flight());
    assert!(few < all / 2.0, "{few:.1} requests in flight against {all:.1}");
    let (slow, slower) = (a.p99().unwrap(), b.p99().unwrap());
    assert!(slower.as_secs_f64() < slow.as_secs_f64() * 1.2, "p99 {slower:?} against {slow:?}");
    assert!(adapted.recovery <= Duration::from_secs(10), "{:?}", adapted.recovery);
    let (before, after) = (adapted.phases[0].p99().unwrap(), adapted.phases[2].latencies.split_off(2_500));
    let late = after.iter().max().unwrap();
    assert!(*late <= before * 2, "{late:?} at the end, p99 {before:?} before the incident");
}

#[test]
fn a_window_by_round_trips_narrows_requests_in_an_incident_and_is_forgotten() {
    let settings = adaptive(0.1, 0.3, ms(500));
    let far = Trouble::Far(ms(5_000));
    let by_retries = incident(1, ms(200), Some(settings.clone()), far);
    let by_round_trips = incident(1, ms(200), Some(by_round_trips(settings)), far);
    let [usual, narrow] = [&by_retries, &by_round_trips].map(|r| r.phases[1].mean_batches());
    assert!(narrow < usual / 4.0, "{narrow:.1} partitions in a request against {usual:.1}");
    let [few, many] = [&by_retries, &by_round_trips].map(|r| r.phases[1].requests);
    assert!(many > few * 4, "{many} requests against {few}");
    let (before, after) = (by_retries.last_batches, by_round_trips.last_batches);
    assert_eq!(after, before, "partitions in the last request");
}

fn table() {
    let slow = adaptive(0.02, 0.1, ms(2_000));
    let quick = adaptive(0.1, 0.3, ms(2_000));
    let near = adaptive(0.1, 0.3, ms(500));
    let settings = [
        ("static, 5 ms", ms(5), None),
        ("static, 200 ms", ms(200), None),
        ("adaptive 0.02/0.1, up to 2 s", ms(200), Some(slow.clone())),
        ("the same, window by round trips", ms(200), Some(by_round_trips(slow))),
        ("adaptive 0.1/0.3, up to 2 s", ms(200), Some(quick.clone())),
        ("the same, window by round trips", ms(200), Some(by_round_trips(quick))),
        ("adaptive 0.1/0.3, up to 500 ms", ms(200), Some(near.clone())),
        ("the same, window by round trips", ms(200), Some(by_round_trips(near))),
    ];
    for trouble in [Trouble::Far(ms(5_000)), Trouble::Busy(Duration::from_micros(500))] {
        print_table(&settings, trouble);
    }
}

fn print_table(settings: &[(&str, Duration, Option<AdaptiveSettings>)], trouble: Trouble) {
    println!("{trouble:?}");
    println!(
        "setting | requests | partitions | in flight, mean | most | p99 before | during | after | recovery"
    );
    for (name, wait, adaptive) in settings {
        let mut run = incident(10, *wait, adaptive.clone(), trouble);
        let ms = |t: Option<Duration>| t.map_or("none".to_owned(), |t| format!("{} ms", t.as_millis()));
        let p99: Vec<String> = run.phases.iter_mut().map(|p| ms(p.p99())).collect();
        let during = &run.phases[1];
        println!(
            "{name} | {} | {:.0} | {:.1} | {} | {} | {:.1} s",
            during.requests,
            during.mean_batches(),
            during.mean_in_flight(),
            during.in_flight.iter().max().unwrap(),
            p99.join(" | "),
            run.recovery.as_secs_f64()
        );
        println!(
            "  {} unanswered; {:?}",
            run.unanswered,
            run.curve.iter().map(|c| (c.0, c.2)).collect::<Vec<_>>()
        );
    }
}
