//! The simulated network has to keep its own promises before it judges anybody.

use super::clock::VirtualClock;
use super::net::{Answer, BASE_PORT, Host, Server, SharedNet};
use super::weather::Weather;
use rdkafka::base::clock::{Clock, Time};
use rdkafka::net::{CloseReason, Endpoint, Setup, Transport};
use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;

/// Sends every frame back.
#[derive(Default)]
struct Echo {
    frames: usize,
    gone: usize,
}

impl Server for Echo {
    fn handle(&mut self, _: i32, _: u64, frame: &[u8], _: Time) -> Answer {
        self.frames += 1;
        let mut bytes = (frame.len() as u32).to_be_bytes().to_vec();
        bytes.extend_from_slice(frame);
        Answer { bytes: Some(bytes), ..Answer::default() }
    }

    fn disconnected(&mut self, _: u64) {
        self.gone += 1;
    }
}

struct World {
    clock: Arc<VirtualClock>,
    net: SharedNet,
    echo: Echo,
}

impl World {
    fn new(seed: u64, weather: Weather) -> Self {
        let clock = Arc::new(VirtualClock::new());
        let net = SharedNet::new(clock.clone(), fastrand::Rng::with_seed(seed), weather, 1);
        Self { clock, net, echo: Echo::default() }
    }

    /// Lets time pass to the next event; false when nothing will ever happen.
    fn step(&mut self) -> bool {
        let next = self.net.lock().next_event();
        if let Some(t) = next {
            self.clock.advance_to(t);
        }
        self.net.lock().deliver(&mut self.echo);
        next.is_some()
    }

    /// Everything that comes back for `sent`, and whether the connection broke.
    fn exchange(&mut self, sent: &[u8]) -> (Vec<u8>, bool) {
        let mut t = self.net.transport();
        t.connect(&Endpoint::new("broker", BASE_PORT + 1), self.clock.now()).unwrap();
        loop {
            match t.poll_setup() {
                Setup::Done => break,
                Setup::Failed(_) => return (Vec::new(), true),
                Setup::Connecting | Setup::Handshaking => {
                    if !self.step() {
                        return (Vec::new(), true);
                    }
                }
            }
        }
        let (mut out, mut got) = (sent, Vec::new());
        loop {
            match t.send(&[IoSlice::new(out)]) {
                Ok(n) => out = &out[n..],
                Err(_) => return (got, true),
            }
            match t.recv(&mut got, 1000) {
                Ok(0) => {
                    if got.len() == sent.len() {
                        return (got, false);
                    }
                    if !self.step() {
                        return (got, true);
                    }
                }
                Ok(_) => {}
                Err(_) => return (got, true),
            }
        }
    }
}

fn frames(n: usize) -> Vec<u8> {
    (0..n).flat_map(|i| [vec![0, 0, 0, 5], format!("{i:05}").into_bytes()].concat()).collect()
}

#[test]
fn a_calm_network_loses_nothing_and_takes_its_time() {
    let mut w = World::new(1, Weather::calm());
    let before = w.clock.now();
    let sent = frames(500);
    assert_eq!(w.exchange(&sent), (sent, false));
    assert_eq!(w.echo.frames, 500);
    assert!(w.clock.now().since(before).as_micros() >= 200);
}

#[test]
fn a_bad_network_breaks_connections_but_never_corrupts() {
    let (mut broken, mut whole) = (0, 0);
    for seed in 0..300 {
        // In order, so that what comes back can be compared.
        let weather = Weather { swap: 0.0, ..Weather::draw(&mut fastrand::Rng::with_seed(seed)) };
        let mut w = World::new(seed, weather);
        let sent = frames(200);
        let (got, cut) = w.exchange(&sent);
        assert!(sent.starts_with(&got), "seed {seed}");
        assert!(cut || got.len() == sent.len(), "seed {seed}");
        (broken, whole) = (broken + usize::from(cut), whole + usize::from(!cut));
    }
    assert!(broken > 50 && whole > 50, "{broken} broken, {whole} whole");
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let run = |seed| {
        let mut w = World::new(seed, Weather::draw(&mut fastrand::Rng::with_seed(seed)));
        let r = w.exchange(&frames(100));
        (r, w.clock.now(), w.echo.frames)
    };
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed));
    }
}

#[test]
fn a_broker_that_goes_down_resets_and_refuses() {
    let mut w = World::new(1, Weather::calm());
    let mut t = w.net.transport();
    let e = Endpoint::new("broker", BASE_PORT + 1);
    t.connect(&e, w.clock.now()).unwrap();
    while t.poll_setup() == Setup::Connecting {
        w.step();
    }
    let World { net, echo, .. } = &mut w;
    net.lock().set_host(1, Host::Down, echo);
    let over = t.recv(&mut Vec::new(), 1).unwrap_err();
    assert!(matches!(over, CloseReason::Io(e) if e.kind() == ErrorKind::ConnectionReset));
    assert_eq!(w.echo.gone, 1);
    t.connect(&e, w.clock.now()).unwrap();
    while t.poll_setup() == Setup::Connecting {
        w.step();
    }
    assert!(!t.is_open());
}
