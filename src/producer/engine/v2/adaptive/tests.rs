//! The controller with a simulated broker.

use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn settings() -> AdaptiveSettings {
    AdaptiveSettings {
        alpha: 0.1,
        beta: 0.3,
        linger_min: MS(5),
        linger_max: MS(2_000),
        batch_min_bytes: 16_384,
        batch_max_bytes: 10_485_760,
        adjustment_interval: MS(100),
        window: AdaptiveWindow::Retries,
    }
}

fn by_round_trips() -> AdaptiveSettings {
    AdaptiveSettings { window: AdaptiveWindow::RoundTrips, ..settings() }
}

/// Messages flow all the time; a request leaves when the linger time is over and is answered a round trip
/// later.
struct Sim {
    now: Time,
    controller: Controller,
    last_sent: Time,
    /// When it was sent, when it is answered.
    out: Vec<(Time, Time)>,
    retry_rate: f64,
    sent: usize,
}

impl Sim {
    fn new(linger: Duration) -> Self {
        Self::with(&settings(), linger)
    }

    fn with(settings: &AdaptiveSettings, linger: Duration) -> Self {
        let controller = Controller::new(settings, linger, None);
        Self { now: Time(0), controller, last_sent: Time(0), out: Vec::new(), retry_rate: 0.0, sent: 0 }
    }

    /// Lets time pass with this round trip. Returns the most requests in flight and the longest linger time.
    fn run(&mut self, time: Duration, rtt: Duration) -> (usize, Duration) {
        let end = self.now + time;
        let (mut crowd, mut linger) = (0, Duration::ZERO);
        while self.now < end {
            self.now = self.now + MS(1);
            let decision = self.controller.decision();
            if self.now.since(self.last_sent) >= decision.linger {
                self.last_sent = self.now;
                self.sent += 1;
                self.out.push((self.now, self.now + rtt));
                self.controller.record_wait(MS(0));
            }
            let in_flight = self.out.len();
            let (now, answered) = (self.now, self.out.iter().filter(|o| o.1 <= self.now).count());
            for (sent, _) in self.out.drain(..answered) {
                let retried = (100.0 * self.retry_rate) as usize;
                let rtt = now.since(sent);
                self.controller.response_received(&Feedback { rtt, in_flight, batches: 100, retried });
            }
            let age = self.out.first().map(|o| now.since(o.0));
            self.controller.step(self.now, InFlight { requests: self.out.len(), age }, 1_000);
            crowd = crowd.max(self.out.len());
            linger = linger.max(self.controller.decision().linger);
        }
        (crowd, linger)
    }
}

#[test]
fn an_incident_is_answered_with_fewer_requests_and_forgotten_afterwards() {
    let mut s = Sim::new(MS(5));
    s.run(MS(20_000), MS(100));
    let calm = s.controller.decision().linger;
    assert!(calm <= MS(30), "{calm:?}");
    s.run(MS(15_000), MS(5_000));
    let (crowd, linger) = s.run(MS(20_000), MS(5_000));
    assert!(crowd <= 8, "{crowd} requests in flight");
    assert!(linger <= MS(1_300), "{linger:?} is more than a part of the round trip");
    // The last slow answers take five seconds; ten seconds after the incident all is as before.
    s.run(MS(10_000), MS(100));
    let (_, after) = s.run(MS(1_000), MS(100));
    assert!(after <= MS(30), "{after:?}");
}

#[test]
fn limits_are_kept_whatever_happens() {
    let low = settings();
    for seed in 0..50 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let settings = if seed % 2 == 0 { settings() } else { by_round_trips() };
        let mut s = Sim::with(&settings, MS(rng.u64(0..5_000)));
        for _ in 0..20 {
            s.retry_rate = if rng.bool() { 0.0 } else { rng.f64() };
            s.run(MS(rng.u64(1..2_000)), Duration::from_micros(rng.u64(100..3_000_000)));
            let d = s.controller.decision();
            assert!((low.linger_min..=low.linger_max).contains(&d.linger), "seed {seed}: {d:?}");
            assert!((low.batch_min_bytes..=low.batch_max_bytes).contains(&d.bytes), "seed {seed}: {d:?}");
            assert!(d.partitions.is_none_or(|p| (1..1_000).contains(&p)), "seed {seed}: {d:?}");
        }
    }
}

#[test]
fn retries_narrow_the_window_and_success_widens_it() {
    let mut s = Sim::new(MS(5));
    s.run(MS(2_000), MS(20));
    assert_eq!(s.controller.decision().partitions, None);
    s.retry_rate = 0.5;
    s.run(MS(1_000), MS(20));
    let narrow = s.controller.decision().partitions.unwrap();
    assert!(narrow < 50, "{narrow}");
    s.retry_rate = 0.0;
    s.run(MS(30_000), MS(20));
    assert_eq!(s.controller.decision().partitions, None);
}

#[test]
fn round_trips_narrow_the_window_only_where_that_is_asked_for() {
    let mut s = Sim::new(MS(5));
    s.run(MS(10_000), MS(50));
    s.run(MS(10_000), MS(4_000));
    assert_eq!(s.controller.decision().partitions, None);
}

#[test]
fn long_round_trips_halve_the_window_once_each_and_usual_ones_widen_it() {
    let mut s = Sim::with(&by_round_trips(), MS(5));
    s.run(MS(10_000), MS(50));
    assert_eq!(s.controller.decision().partitions, None);
    s.run(MS(1_000), MS(4_000));
    assert_eq!(s.controller.decision().partitions, Some(500), "the oldest answer is late");
    let (mut last, mut halvings) = (Some(500), 0);
    for _ in 0..190 {
        s.run(MS(100), MS(4_000));
        let p = s.controller.decision().partitions;
        halvings += usize::from(p < last);
        assert!(p <= last, "{p:?} after {last:?}: wider while the round trips are long");
        last = p;
    }
    assert!((4..=6).contains(&halvings), "{halvings} in 19 seconds, which are less than five round trips");
    assert!(s.controller.snapshot().max_partitions < 40);
    s.run(MS(30_000), MS(50));
    assert_eq!(s.controller.decision().partitions, None);
    assert_eq!(s.controller.snapshot().max_partitions, 0);
}

#[test]
fn retries_narrow_the_window_beside_round_trips() {
    let mut s = Sim::with(&by_round_trips(), MS(5));
    s.run(MS(2_000), MS(20));
    s.retry_rate = 0.5;
    s.run(MS(1_000), MS(20));
    assert!(s.controller.decision().partitions.is_some_and(|p| p < 50));
}

#[test]
fn steady_round_trips_are_no_congestion_however_long_they_are() {
    for rtt in [1, 50, 800] {
        let mut s = Sim::new(MS(500));
        s.run(MS(60_000), MS(rtt));
        assert_eq!(s.controller.rtt.congestion(), 0.0, "{rtt} ms");
        assert!(s.controller.decision().linger <= MS(250), "{rtt} ms");
    }
}

#[test]
fn a_pause_ends_the_congestion() {
    let mut s = Sim::new(MS(5));
    s.run(MS(10_000), MS(50));
    s.run(MS(10_000), MS(4_000));
    assert!(s.controller.decision().linger > MS(200));
    s.out.clear();
    s.controller.step(s.now + MS(60_000), InFlight::default(), 1_000);
    assert_eq!(s.controller.decision().linger, MS(5));
}
