//! One statistics document: the members that are shown, read from librdkafka's JSON. What an older version
//! does not write is 0, or absent where that makes a difference.

use serde_json::Value;

/// A client at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub name: String,
    pub client_id: String,
    pub is_consumer: bool,
    /// The client's monotonic clock, microseconds.
    pub ts: i64,
    /// Seconds since the epoch.
    pub time: i64,
    pub replyq: f64,
    pub msg_cnt: f64,
    pub msg_size: f64,
    pub msg_max: f64,
    pub fatal: Option<String>,
    pub txn_state: Option<String>,
    pub brokers: Vec<Broker>,
    pub topics: Vec<Topic>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Broker {
    pub name: String,
    pub state: String,
    pub tx: f64,
    pub tx_bytes: f64,
    pub rx_bytes: f64,
    /// Failures to write and to read, and responses that nobody waits for.
    pub errors: f64,
    pub retries: f64,
    pub timeouts: f64,
    pub disconnects: f64,
    /// Requests that wait to be written or to be answered.
    pub outbuf: f64,
    pub waitresp: f64,
    /// Produce and Fetch requests so far.
    pub produce: f64,
    pub fetch: f64,
    pub int_latency: Window,
    pub rtt: Window,
    pub throttle: Window,
    pub engine: Option<Engine>,
    /// Topics and numbers of the partitions that it leads.
    pub leads: Vec<(String, i64)>,
}

/// What an engine that serves many partitions at once adds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Engine {
    pub partitions: Window,
    pub messages: Window,
    pub size: Window,
    /// In thousandths.
    pub fill: Window,
    pub wait: Window,
    pub triggers: Vec<(String, f64)>,
    pub adaptive: Option<Adaptive>,
}

/// Adaptive batching; times in microseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adaptive {
    pub linger: f64,
    pub batch_max_bytes: f64,
    pub congestion: f64,
    pub rtt_base: f64,
    pub rtt_current: f64,
    pub up: f64,
    pub down: f64,
}

/// What was sampled between two documents.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    pub avg: f64,
    pub max: f64,
    pub p50: f64,
    pub p99: f64,
    pub count: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topic {
    pub name: String,
    /// Bytes and messages of a batch.
    pub batch_size: Window,
    pub batch_count: Window,
    pub partitions: Vec<Partition>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partition {
    pub id: i64,
    pub leader: i64,
    /// Messages that wait to be sent, and their bytes.
    pub queue: f64,
    pub queue_bytes: f64,
    pub in_flight: f64,
    pub tx_msgs: f64,
    pub tx_bytes: f64,
    pub rx_msgs: f64,
    pub rx_bytes: f64,
    /// Messages that wait for the application.
    pub fetched: f64,
    pub fetch_state: String,
    /// Absent: not known, or it is not consumed.
    pub lag: Option<f64>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let v: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let eos = v.get("eos");
        if !v.get("brokers").is_some_and(Value::is_object) || v.get("ts").and_then(Value::as_i64).is_none() {
            return Err("no statistics: it has no `brokers` or no `ts`".into());
        }
        Ok(Self {
            name: text_of(&v, "name"),
            client_id: text_of(&v, "client_id"),
            is_consumer: text_of(&v, "type") == "consumer",
            ts: integer(&v, "ts"),
            time: integer(&v, "time"),
            replyq: number(&v, "replyq"),
            msg_cnt: number(&v, "msg_cnt"),
            msg_size: number(&v, "msg_size"),
            msg_max: number(&v, "msg_max"),
            fatal: v.get("fatal").map(|f| text_of(f, "error")),
            txn_state: eos.map(|e| text_of(e, "txn_state")).filter(|s| !s.is_empty() && s != "Init"),
            brokers: members(&v, "brokers").map(|(_, b)| broker(b)).collect(),
            topics: members(&v, "topics").map(|(name, t)| topic(name, t)).collect(),
        })
    }

    /// All partitions, with their topics' names. Without the one that stands for messages that have none yet,
    /// unless there are such messages.
    pub fn partitions(&self) -> impl Iterator<Item = (&str, &Partition)> {
        let all = self.topics.iter().flat_map(|t| t.partitions.iter().map(move |p| (t.name.as_str(), p)));
        all.filter(|(_, p)| p.id >= 0 || p.queue > 0.0)
    }
}

fn broker(v: &Value) -> Broker {
    let req = |name| v.get("req").map_or(0.0, |r| number(r, name));
    Broker {
        name: text_of(v, "name"),
        state: text_of(v, "state"),
        tx: number(v, "tx"),
        tx_bytes: number(v, "txbytes"),
        rx_bytes: number(v, "rxbytes"),
        errors: number(v, "txerrs") + number(v, "rxerrs") + number(v, "rxcorriderrs"),
        retries: number(v, "txretries"),
        timeouts: number(v, "req_timeouts"),
        disconnects: number(v, "disconnects"),
        outbuf: number(v, "outbuf_cnt"),
        waitresp: number(v, "waitresp_cnt"),
        produce: req("Produce"),
        fetch: req("Fetch"),
        int_latency: window(v, "int_latency"),
        rtt: window(v, "rtt"),
        throttle: window(v, "throttle"),
        engine: v.get("produce_partitions").map(|_| engine(v)),
        leads: members(v, "toppars").map(|(_, t)| (text_of(t, "topic"), integer(t, "partition"))).collect(),
    }
}

fn engine(v: &Value) -> Engine {
    let counts = |v: &Value| v.as_f64().unwrap_or(0.0);
    Engine {
        partitions: window(v, "produce_partitions"),
        messages: window(v, "produce_messages"),
        size: window(v, "produce_reqsize"),
        fill: window(v, "produce_fill"),
        wait: window(v, "batch_wait"),
        triggers: members(v, "batch_triggers").map(|(name, n)| (name.clone(), counts(n))).collect(),
        adaptive: v.get("adaptive").map(|a| Adaptive {
            linger: number(a, "linger_us"),
            batch_max_bytes: number(a, "batch_max_bytes"),
            congestion: number(a, "congestion"),
            rtt_base: number(a, "rtt_base_us"),
            rtt_current: number(a, "rtt_current_us"),
            up: number(a, "adjustments_up"),
            down: number(a, "adjustments_down"),
        }),
    }
}

fn topic(name: &str, v: &Value) -> Topic {
    Topic {
        name: name.to_owned(),
        batch_size: window(v, "batchsize"),
        batch_count: window(v, "batchcnt"),
        partitions: members(v, "partitions").map(|(_, p)| partition(p)).collect(),
    }
}

fn partition(v: &Value) -> Partition {
    Partition {
        id: integer(v, "partition"),
        leader: integer(v, "leader"),
        queue: number(v, "msgq_cnt") + number(v, "xmit_msgq_cnt"),
        queue_bytes: number(v, "msgq_bytes") + number(v, "xmit_msgq_bytes"),
        in_flight: number(v, "msgs_inflight"),
        tx_msgs: number(v, "txmsgs"),
        tx_bytes: number(v, "txbytes"),
        rx_msgs: number(v, "rxmsgs"),
        rx_bytes: number(v, "rxbytes"),
        fetched: number(v, "fetchq_cnt"),
        fetch_state: text_of(v, "fetch_state"),
        lag: lag(v),
    }
}

/// From what was committed to the end; where nothing is, from what the application has stored.
fn lag(v: &Value) -> Option<f64> {
    let known = |name| v.get(name).and_then(Value::as_f64).filter(|n| *n >= 0.0);
    known("consumer_lag").or_else(|| known("consumer_lag_stored"))
}

fn window(v: &Value, name: &str) -> Window {
    let Some(v) = v.get(name) else { return Window::default() };
    Window {
        avg: number(v, "avg"),
        max: number(v, "max"),
        p50: number(v, "p50"),
        p99: number(v, "p99"),
        count: number(v, "cnt"),
    }
}

fn members<'a>(v: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    v.get(name).and_then(Value::as_object).into_iter().flatten()
}

fn number(v: &Value, name: &str) -> f64 {
    v.get(name).and_then(Value::as_f64).unwrap_or(0.0)
}

fn integer(v: &Value, name: &str) -> i64 {
    v.get(name).and_then(Value::as_i64).unwrap_or(0)
}

fn text_of(v: &Value, name: &str) -> String {
    v.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole document of a producer that the project's documentation shows.
    const EXAMPLE: &str = include_str!("../../../docs/reference/statistics-example.json");

    #[test]
    fn a_whole_document_is_read() {
        let d = Document::parse(EXAMPLE).unwrap();
        let (b, t) = (&d.brokers[0], &d.topics[0]);
        assert_eq!(
            (d.client_id.as_str(), d.is_consumer, d.brokers.len(), d.topics.len()),
            ("orders", false, 1, 1)
        );
        assert_eq!((b.state.as_str(), b.tx, b.leads.len()), ("UP", 215.0, 1));
        assert!(b.rtt.p99 > 0.0 && b.int_latency.count > 0.0 && t.batch_count.avg > 0.0, "{d:?}");
        assert!(b.engine.is_none() && d.fatal.is_none() && d.partitions().count() == 1);
        assert!(d.partitions().all(|(topic, p)| topic == t.name && p.lag.is_none() && p.tx_msgs > 0.0));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in ["", "{", "[]", "{}", "{\"brokers\":{}}", "{\"ts\":1,\"brokers\":[]}"] {
            assert!(Document::parse(text).is_err(), "{text}");
        }
        let least = Document::parse("{\"ts\":1,\"brokers\":{\"a\":{}},\"topics\":{\"t\":{}}}").unwrap();
        assert_eq!((least.ts, least.brokers.len(), least.topics.len()), (1, 1, 1));
    }

    #[test]
    fn a_consumer_has_lag_and_an_engine_figures_of_its_own() {
        let text = r#"{"ts":1,"type":"consumer","eos":{"txn_state":"Init"},"brokers":{"b":{"produce_partitions":{"avg":7},
            "batch_triggers":{"linger":3},"adaptive":{"linger_us":5000,"congestion":0.25}}},
            "topics":{"t":{"partitions":{"0":{"partition":0,"consumer_lag":-1,"consumer_lag_stored":9},
            "1":{"partition":1,"consumer_lag":4,"consumer_lag_stored":9},"-1":{"partition":-1}}}}}"#;
        let d = Document::parse(text).unwrap();
        let lags: Vec<_> = d.partitions().map(|(_, p)| p.lag).collect();
        assert!(d.is_consumer && d.txn_state.is_none());
        assert_eq!(lags, [Some(9.0), Some(4.0)]);
        let e = d.brokers[0].engine.as_ref().unwrap();
        assert_eq!((e.partitions.avg, e.triggers[0].1), (7.0, 3.0));
        assert_eq!(e.adaptive.as_ref().map(|a| (a.linger, a.congestion)), Some((5000.0, 0.25)));
    }
}
