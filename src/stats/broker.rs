//! What a broker counts. Written by its thread only, except where a method says otherwise.

use super::counter::{Counter, Gauge};
use super::engine::EngineStats;
use super::snapshot;
use super::tally::{BrokerTallies, Tallies};
use super::window::Window;
use crate::base::clock::Time;
use crate::base::moment::Moment;
use crate::base::sync::{Mutex, Rank};

/// Numbers of APIs that are counted; there are fewer in Kafka so far.
pub const APIS: usize = 100;

/// Requests that are not answered yet, and the messages in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    pub out_requests: usize,
    pub out_messages: usize,
    pub waiting_requests: usize,
    pub waiting_messages: usize,
}

#[derive(Debug, Default)]
struct Windows {
    int_latency: Window,
    outbuf_latency: Window,
    rtt: Window,
    throttle: Window,
    produce_partitions: Window,
    produce_messages: Window,
    produce_reqsize: Window,
}

/// A ProduceRequest as it is put together.
#[derive(Clone, Copy, Debug)]
pub struct ProduceRequest {
    pub partitions: usize,
    pub messages: usize,
    pub bytes: usize,
}

pub struct BrokerStats {
    /// Requests and bytes sent, errors in sending, and requests sent again.
    pub tx: Counter,
    pub tx_bytes: Counter,
    pub tx_errs: Counter,
    pub tx_retries: Counter,
    pub req_timeouts: Counter,
    /// Responses and bytes received, errors in receiving, and responses that nobody waits for.
    pub rx: Counter,
    pub rx_bytes: Counter,
    pub rx_errs: Counter,
    pub rx_corrid_errs: Counter,
    pub wakeups: Counter,
    pub connects: Counter,
    pub disconnects: Counter,
    /// Those of `connects` that [`Self::take_connects`] has told.
    connects_told: Counter,
    /// What is pushed to brokers that ask for it.
    pub tallies: Tallies<BrokerTallies>,
    /// On this connection.
    pub last_sent: Moment,
    pub last_received: Moment,
    pub state_since: Moment,
    /// When requests under way were counted last.
    pub pending_since: Moment,
    out_requests: Gauge,
    out_messages: Gauge,
    waiting_requests: Gauge,
    waiting_messages: Gauge,
    requests: [Counter; APIS],
    windows: Option<Mutex<Windows>>,
    engine: EngineStats,
}

impl BrokerStats {
    /// `on`: somebody will look at it, so windows are kept.
    #[must_use]
    pub fn new(on: bool) -> Self {
        Self {
            tx: Counter::default(),
            tx_bytes: Counter::default(),
            tx_errs: Counter::default(),
            tx_retries: Counter::default(),
            req_timeouts: Counter::default(),
            rx: Counter::default(),
            rx_bytes: Counter::default(),
            rx_errs: Counter::default(),
            rx_corrid_errs: Counter::default(),
            wakeups: Counter::default(),
            connects: Counter::default(),
            disconnects: Counter::default(),
            connects_told: Counter::default(),
            tallies: Tallies::new(),
            last_sent: Moment::default(),
            last_received: Moment::default(),
            state_since: Moment::default(),
            pending_since: Moment::default(),
            out_requests: Gauge::default(),
            out_messages: Gauge::default(),
            waiting_requests: Gauge::default(),
            waiting_messages: Gauge::default(),
            requests: [const { Counter::new() }; APIS],
            windows: on.then(|| Mutex::new(Rank::Leaf, Windows::default())),
            engine: EngineStats::new(on),
        }
    }

    /// Whether anybody looks. What costs more than an addition per request is left when nobody does.
    #[must_use]
    #[inline]
    pub fn is_on(&self) -> bool {
        self.windows.is_some()
    }

    /// Whether anybody looks at times.
    #[must_use]
    #[inline]
    pub fn measures_time(&self) -> bool {
        self.is_on() || self.tallies.are_kept()
    }

    /// Tallies are kept from now on: a broker has been seen that may ask for them.
    pub fn keep_tallies(&self) {
        self.tallies.keep();
        self.engine.tallies.keep();
    }

    /// Attempts to connect since this was asked last; for the main thread.
    pub fn take_connects(&self) -> u64 {
        let new = self.connects.get().saturating_sub(self.connects_told.get());
        self.connects_told.add(new);
        new
    }

    /// What the broker's engine counts of its own.
    #[must_use]
    pub fn engine(&self) -> &EngineStats {
        &self.engine
    }

    /// A request was written as a whole.
    pub fn sent(&self, api: i16, bytes: usize) {
        self.tx.add(1);
        self.tx_bytes.add(bytes as u64);
        if let Some(c) = usize::try_from(api).ok().and_then(|i| self.requests.get(i)) {
            c.add(1);
        }
    }

    /// Requests of an API that were sent.
    #[must_use]
    pub fn requests(&self, api: i16) -> u64 {
        usize::try_from(api).ok().and_then(|i| self.requests.get(i)).map_or(0, Counter::get)
    }

    pub fn received(&self, bytes: usize, now: Time) {
        self.rx.add(1);
        self.rx_bytes.add(bytes as u64);
        self.last_received.set(now);
    }

    pub fn set_pending(&self, p: Pending) {
        self.out_requests.set(super::counter::count(p.out_requests));
        self.out_messages.set(super::counter::count(p.out_messages));
        self.waiting_requests.set(super::counter::count(p.waiting_requests));
        self.waiting_messages.set(super::counter::count(p.waiting_messages));
    }

    /// The connection is no more.
    pub fn disconnected(&self) {
        self.last_sent.clear();
        self.last_received.clear();
    }

    /// Microseconds that a request waited until it was written.
    pub fn record_outbuf_latency(&self, us: i64) {
        self.with(|w| w.outbuf_latency.record(us));
    }

    /// Microseconds from a request to its response.
    pub fn record_rtt(&self, us: i64) {
        self.with(|w| w.rtt.record(us));
    }

    /// Milliseconds for which a response says that the broker throttles the client. Only such responses are
    /// recorded.
    pub fn record_throttle(&self, ms: i32) {
        self.with(|w| w.throttle.record(ms.into()));
    }

    /// Lets the caller record the microseconds for which the messages of a batch waited, run by run: one lock
    /// for all of them, and a plain loop for each.
    pub fn record_int_latency(&self, record: impl FnOnce(&mut Window)) {
        self.with(|w| record(&mut w.int_latency));
    }

    pub fn record_produce_request(&self, r: ProduceRequest) {
        self.with(|w| {
            w.produce_partitions.record(super::counter::count(r.partitions));
            w.produce_messages.record(super::counter::count(r.messages));
            w.produce_reqsize.record(super::counter::count(r.bytes));
        });
    }

    fn with(&self, f: impl FnOnce(&mut Windows)) {
        if let Some(w) = &self.windows {
            f(&mut w.lock());
        }
    }

    /// Writes all that is known here into a broker's picture; windows start anew. For the main thread.
    pub fn take(&self, now: Time, into: &mut snapshot::Broker) {
        into.state_age = self.state_since.age(now).unwrap_or(0);
        into.outbuf_cnt = self.out_requests.get();
        into.outbuf_msg_cnt = self.out_messages.get();
        into.waitresp_cnt = self.waiting_requests.get();
        into.waitresp_msg_cnt = self.waiting_messages.get();
        into.tx = self.tx.get();
        into.tx_bytes = self.tx_bytes.get();
        into.tx_errs = self.tx_errs.get();
        into.tx_retries = self.tx_retries.get();
        into.tx_idle = self.last_sent.age(now);
        into.req_timeouts = self.req_timeouts.get();
        into.rx = self.rx.get();
        into.rx_bytes = self.rx_bytes.get();
        into.rx_errs = self.rx_errs.get();
        into.rx_corrid_errs = self.rx_corrid_errs.get();
        into.rx_idle = self.last_received.age(now);
        into.wakeups = self.wakeups.get();
        into.connects = self.connects.get();
        into.disconnects = self.disconnects.get();
        // Copied out, so that the broker's thread does not wait while quantiles are worked out.
        let mut w = self.windows.as_ref().map(|w| std::mem::take(&mut *w.lock())).unwrap_or_default();
        into.int_latency = w.int_latency.take();
        into.outbuf_latency = w.outbuf_latency.take();
        into.rtt = w.rtt.take();
        into.throttle = w.throttle.take();
        into.produce_partitions = w.produce_partitions.take();
        into.produce_messages = w.produce_messages.take();
        into.produce_reqsize = w.produce_reqsize.take();
        into.engine = self.engine.take();
    }
}
