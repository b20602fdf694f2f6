//! What is shown of the clients: a table for each kind of thing.

use crate::document::{Adaptive, Broker, Document, Engine, Partition, Window};
use crate::fleet::{Client, Fleet};
use crate::table::{Cell, Column, Table, Unit};
use std::collections::HashSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Clients,
    Brokers,
    Topics,
    Partitions,
    /// Figures of engines that put many partitions into a request.
    Batching,
}

impl View {
    pub const ALL: [Self; 5] = [Self::Clients, Self::Brokers, Self::Topics, Self::Partitions, Self::Batching];

    pub fn name(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Brokers => "brokers",
            Self::Topics => "topics",
            Self::Partitions => "partitions",
            Self::Batching => "batching",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.name() == name)
    }

    pub fn table(self, fleet: &Fleet) -> Table {
        match self {
            Self::Clients => table(CLIENTS, fleet.clients().map(client)),
            Self::Brokers => table(BROKERS, fleet.clients().flat_map(brokers)),
            Self::Topics => table(TOPICS, fleet.clients().flat_map(topics)),
            Self::Partitions => table(PARTITIONS, fleet.clients().flat_map(partitions)),
            Self::Batching => table(BATCHING, fleet.clients().flat_map(batching)),
        }
    }
}

/// Headings; those of texts begin with `@`.
const CLIENTS: &str = "@CLIENT @STATE QUEUE QUEUED FULL MSG/S B/S REQ/S MSG/REQ PART/REQ WAIT50 WAIT99 RTT50 \
                       RTT99 RETRY/S ERR/S LAG REPLYQ";
const BROKERS: &str = "@CLIENT @BROKER @STATE REQ/S OUT/S IN/S OUTBUF WAITRESP MSG/REQ PART/REQ WAIT50 WAIT99 \
                       RTT50 RTT99 THROTTLE RETRY/S TIMEOUTS ERRORS DISCONN";
const TOPICS: &str = "@CLIENT @TOPIC PARTITIONS QUEUE QUEUED MSG/S B/S BATCHES BATCH-MSG BATCH-B LAG";
const PARTITIONS: &str =
    "@CLIENT @TOPIC PART LEADER @FETCH QUEUE QUEUED INFLIGHT OUT-MSG/S OUT-B/S IN-MSG/S IN-B/S FETCHED LAG";
const BATCHING: &str = "@CLIENT @BROKER LINGER MAX-B CONGESTION RTT RTT-BASE FILL50 FILL99 REQ-B PART/REQ \
                        MSG/REQ COLLECT50 COLLECT99 UP DOWN @TRIGGERS";

fn table(headings: &'static str, rows: impl Iterator<Item = Vec<Cell>>) -> Table {
    let column =
        |word: &'static str| Column { title: word.trim_start_matches('@'), is_text: word.starts_with('@') };
    Table { columns: headings.split_whitespace().map(column).collect(), rows: rows.collect() }
}

fn plain(n: f64) -> Cell {
    Cell::Number(n, Unit::Plain)
}

fn bytes(n: f64) -> Cell {
    Cell::Number(n, Unit::Bytes)
}

/// A percentile of a window, which has none without samples.
fn micros(w: &Window, of: impl Fn(&Window) -> f64) -> Cell {
    Cell::some(sampled(w).map(of), Unit::Micros)
}

fn sampled(w: &Window) -> Option<&Window> {
    Some(w).filter(|w| w.count > 0.0)
}

fn sum<T>(items: &[T], of: impl Fn(&T) -> f64) -> f64 {
    items.iter().map(of).sum()
}

/// Both directions: a producer sends, a consumer receives.
pub fn messages(d: &Document) -> f64 {
    d.topics.iter().flat_map(|t| &t.partitions).map(|p| p.tx_msgs + p.rx_msgs).sum()
}

pub fn message_bytes(d: &Document) -> f64 {
    d.topics.iter().flat_map(|t| &t.partitions).map(|p| p.tx_bytes + p.rx_bytes).sum()
}

pub fn requests(d: &Document) -> f64 {
    sum(&d.brokers, |b| b.tx)
}

pub fn retries(d: &Document) -> f64 {
    sum(&d.brokers, |b| b.retries)
}

pub fn errors(d: &Document) -> f64 {
    sum(&d.brokers, |b| b.errors + b.timeouts)
}

/// Requests that carry messages.
fn carriers(d: &Document) -> f64 {
    sum(&d.brokers, |b| if d.is_consumer { b.fetch } else { b.produce })
}

/// Of all partitions whose lag is known; absent if none is.
pub fn lag(d: &Document) -> Option<f64> {
    d.partitions().filter_map(|(_, p)| p.lag).fold(None, |sum, lag| Some(sum.unwrap_or(0.0) + lag))
}

/// The worst of all brokers.
pub fn worst(d: &Document, window: impl Fn(&Broker) -> &Window, of: impl Fn(&Window) -> f64) -> Option<f64> {
    d.brokers.iter().filter_map(|b| sampled(window(b)).map(&of)).reduce(f64::max)
}

fn state(c: &Client) -> String {
    let d = &c.now;
    let up = d.brokers.iter().filter(|b| b.state == "UP").count();
    match (&d.fatal, &d.txn_state) {
        _ if c.has_ended() => "ended".into(),
        (Some(why), _) => format!("fatal: {why}"),
        (None, Some(txn)) => txn.clone(),
        (None, None) if up == 0 => "no broker".into(),
        (None, None) => (if d.is_consumer { "consumer" } else { "producer" }).into(),
    }
}

/// `a` per `b`, of what they grew by.
fn per(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? / b.filter(|b| *b > 0.0)?)
}

/// Of all brokers together.
pub fn messages_per_request(c: &Client) -> Option<f64> {
    per(c.growth(messages), c.growth(carriers))
}

fn client(c: &Client) -> Vec<Cell> {
    let d = &c.now;
    let wait = |of: fn(&Window) -> f64| Cell::some(worst(d, |b| &b.int_latency, of), Unit::Micros);
    let rtt = |of: fn(&Window) -> f64| Cell::some(worst(d, |b| &b.rtt, of), Unit::Micros);
    let sent = c.growth(carriers);
    // Windows begin anew with each document.
    let batches = (!d.is_consumer).then(|| sum(&d.topics, |t| t.batch_count.count));
    vec![
        Cell::text(c.label.clone()),
        Cell::text(state(c)),
        plain(d.msg_cnt),
        bytes(d.msg_size),
        Cell::some((d.msg_max > 0.0).then(|| 100.0 * d.msg_cnt / d.msg_max), Unit::Percent),
        Cell::some(c.rate(messages), Unit::Plain),
        Cell::some(c.rate(message_bytes), Unit::Bytes),
        Cell::some(c.rate(requests), Unit::Plain),
        Cell::some(messages_per_request(c), Unit::Plain),
        Cell::some(per(batches, sent), Unit::Plain),
        wait(|w| w.p50),
        wait(|w| w.p99),
        rtt(|w| w.p50),
        rtt(|w| w.p99),
        Cell::some(c.rate(retries), Unit::Plain),
        Cell::some(c.rate(errors), Unit::Plain),
        Cell::some(lag(d), Unit::Plain),
        plain(d.replyq),
    ]
}

fn broker_rate(c: &Client, name: &str, of: impl Fn(&Broker) -> f64) -> Option<f64> {
    c.rate(|d| d.brokers.iter().find(|b| b.name == name).map_or(0.0, &of))
}

fn brokers(c: &Client) -> impl Iterator<Item = Vec<Cell>> + '_ {
    c.now.brokers.iter().map(move |b| {
        let rate = |of: fn(&Broker) -> f64, unit| Cell::some(broker_rate(c, &b.name, of), unit);
        let engine = |of: fn(&Engine) -> &Window| {
            Cell::some(b.engine.as_ref().and_then(|e| sampled(of(e))).map(|w| w.avg), Unit::Plain)
        };
        let per_request = match &b.engine {
            Some(_) => engine(|e| &e.messages),
            None => Cell::some(brokers_messages_per_request(c, b), Unit::Plain),
        };
        vec![
            Cell::text(c.label.clone()),
            Cell::text(b.name.clone()),
            Cell::text(b.state.clone()),
            rate(|b| b.tx, Unit::Plain),
            rate(|b| b.tx_bytes, Unit::Bytes),
            rate(|b| b.rx_bytes, Unit::Bytes),
            plain(b.outbuf),
            plain(b.waitresp),
            per_request,
            engine(|e| &e.partitions),
            micros(&b.int_latency, |w| w.p50),
            micros(&b.int_latency, |w| w.p99),
            micros(&b.rtt, |w| w.p50),
            micros(&b.rtt, |w| w.p99),
            // Milliseconds.
            Cell::some(sampled(&b.throttle).map(|w| w.max * 1000.0), Unit::Micros),
            rate(|b| b.retries, Unit::Plain),
            plain(b.timeouts),
            plain(b.errors),
            plain(b.disconnects),
        ]
    })
}

/// What the partitions that a broker leads sent or received, for each request that carries messages.
fn brokers_messages_per_request(c: &Client, b: &Broker) -> Option<f64> {
    let its: HashSet<(&str, i64)> = b.leads.iter().map(|(topic, id)| (topic.as_str(), *id)).collect();
    let led = |d: &Document| {
        d.partitions().filter(|(t, p)| its.contains(&(*t, p.id))).map(|(_, p)| p.tx_msgs + p.rx_msgs).sum()
    };
    let carried = |d: &Document| {
        let same = d.brokers.iter().find(|other| other.name == b.name);
        same.map_or(0.0, |b| if d.is_consumer { b.fetch } else { b.produce })
    };
    per(c.growth(led), c.growth(carried))
}

fn topics(c: &Client) -> impl Iterator<Item = Vec<Cell>> + '_ {
    c.now.topics.iter().map(move |t| {
        let rate = |of: fn(&Partition) -> f64| {
            c.rate(|d| d.topics.iter().find(|o| o.name == t.name).map_or(0.0, |t| sum(&t.partitions, of)))
        };
        let lags: Vec<f64> = t.partitions.iter().filter_map(|p| p.lag).collect();
        let average = |w: &Window, unit| Cell::some(sampled(w).map(|w| w.avg), unit);
        #[allow(clippy::cast_precision_loss)] // Brokers have no such number of partitions.
        let count = t.partitions.iter().filter(|p| p.id >= 0).count() as f64;
        vec![
            Cell::text(c.label.clone()),
            Cell::text(t.name.clone()),
            plain(count),
            plain(sum(&t.partitions, |p| p.queue)),
            bytes(sum(&t.partitions, |p| p.queue_bytes)),
            Cell::some(rate(|p| p.tx_msgs + p.rx_msgs), Unit::Plain),
            Cell::some(rate(|p| p.tx_bytes + p.rx_bytes), Unit::Bytes),
            plain(t.batch_count.count),
            average(&t.batch_count, Unit::Plain),
            average(&t.batch_size, Unit::Bytes),
            Cell::some((!lags.is_empty()).then(|| lags.iter().sum()), Unit::Plain),
        ]
    })
}

fn partitions(c: &Client) -> impl Iterator<Item = Vec<Cell>> + '_ {
    let before = c.partition_rates();
    c.now.partitions().map(move |(topic, p)| {
        let rates = before.get(&(topic, p.id));
        let rate = |at: usize, unit| Cell::some(rates.and_then(|r| r.get(at).copied().flatten()), unit);
        #[allow(clippy::cast_precision_loss)] // Small numbers.
        let number = |n: i64| plain(n as f64);
        vec![
            Cell::text(c.label.clone()),
            Cell::text(topic),
            number(p.id),
            if p.leader < 0 { Cell::None } else { number(p.leader) },
            Cell::text(if p.fetch_state == "none" { "" } else { &p.fetch_state }),
            plain(p.queue),
            bytes(p.queue_bytes),
            plain(p.in_flight),
            rate(0, Unit::Plain),
            rate(1, Unit::Bytes),
            rate(2, Unit::Plain),
            rate(3, Unit::Bytes),
            plain(p.fetched),
            Cell::some(p.lag, Unit::Plain),
        ]
    })
}

fn batching(c: &Client) -> impl Iterator<Item = Vec<Cell>> + '_ {
    c.now.brokers.iter().filter_map(move |b| {
        let e = b.engine.as_ref()?;
        let a = e.adaptive.as_ref();
        let of = |get: fn(&Adaptive) -> f64, unit| Cell::some(a.map(get), unit);
        let fill =
            |get: fn(&Window) -> f64| Cell::some(sampled(&e.fill).map(|w| get(w) / 10.0), Unit::Percent);
        let average = |w: &Window, unit| Cell::some(sampled(w).map(|w| w.avg), unit);
        let triggers = e.triggers.iter().filter(|(_, n)| *n > 0.0);
        let triggers: Vec<String> =
            triggers.map(|(name, n)| format!("{name} {}", plain(*n).shown())).collect();
        Some(vec![
            Cell::text(c.label.clone()),
            Cell::text(b.name.clone()),
            of(|a| a.linger, Unit::Micros),
            of(|a| a.batch_max_bytes, Unit::Bytes),
            of(|a| a.congestion, Unit::Fraction),
            of(|a| a.rtt_current, Unit::Micros),
            of(|a| a.rtt_base, Unit::Micros),
            fill(|w| w.p50),
            fill(|w| w.p99),
            average(&e.size, Unit::Bytes),
            average(&e.partitions, Unit::Plain),
            average(&e.messages, Unit::Plain),
            micros(&e.wait, |w| w.p50),
            micros(&e.wait, |w| w.p99),
            of(|a| a.up, Unit::Plain),
            of(|a| a.down, Unit::Plain),
            Cell::text(triggers.join(", ")),
        ])
    })
}

#[cfg(test)]
mod tests;
