//! The log as `tracing` events, as a Rust program that uses the library sees them: a subscriber of its own.

#![allow(clippy::unwrap_used)] // A test crate: a failed unwrap is a failed test.

mod support;

use rdkafka::base::error::ErrorCode;
use rdkafka::base::line::Line;
use rdkafka::base::log::{Level, LogSink, Logger, debug};
use rdkafka::client::{Client, Options, threads};
use rdkafka::conf::TopicSettings;
use rdkafka::mock::hook::Verdict;
use rdkafka::mock::server::{MockCluster, MockConfig};
use rdkafka::protocol::ApiKey;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// For what is sure to happen: longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// An event, or a span that has ended: its level and target, and its fields by name.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    name: &'static str,
    level: String,
    target: String,
    fields: BTreeMap<&'static str, String>,
    /// The facilities of the events in it.
    events: Vec<String>,
}

impl Seen {
    fn new(metadata: &Metadata<'static>) -> Self {
        let (level, target) = (metadata.level().to_string(), metadata.target().to_owned());
        Self { name: metadata.name(), level, target, ..Self::default() }
    }

    fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

impl Visit for Seen {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}

/// Keeps every event, and every span that has ended.
#[derive(Clone, Default)]
struct Keeper(Arc<(Mutex<Vec<Seen>>, Condvar)>, Arc<Mutex<Spans>>);

#[derive(Default)]
struct Spans {
    all: Vec<Seen>,
    /// Where the threads are.
    entered: BTreeMap<String, Id>,
}

impl Spans {
    fn get(&mut self, id: &Id) -> &mut Seen {
        self.all.get_mut(usize::try_from(id.into_u64()).unwrap() - 1).unwrap()
    }
}

fn this_thread() -> String {
    format!("{:?}", std::thread::current().id())
}

impl Keeper {
    fn keep(&self, seen: Seen) {
        self.0.0.lock().unwrap().push(seen);
        self.0.1.notify_all();
    }

    /// Waits for an event, or for the end of a span.
    fn wait(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> Seen {
        let (seen, news) = &*self.0;
        let events = seen.lock().unwrap();
        let found = |events: &[Seen]| events.iter().find(|e| wanted(e)).cloned();
        let (events, _) = news.wait_timeout_while(events, PATIENCE, |e| found(e).is_none()).unwrap();
        found(&events).unwrap_or_else(|| unreachable_event(what, &events))
    }
}

fn unreachable_event(what: &str, events: &[Seen]) -> Seen {
    let all: Vec<String> = events.iter().map(|e| format!("{e:?}")).collect();
    assert!(all.is_empty(), "no event of {what} in {}", all.join("\n"));
    Seen::default()
}

impl Subscriber for Keeper {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "rdkafka"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut seen = Seen::new(attributes.metadata());
        attributes.record(&mut seen);
        let mut spans = self.1.lock().unwrap();
        spans.all.push(seen);
        Id::from_u64(spans.all.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        values.record(self.1.lock().unwrap().get(id));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut seen = Seen::new(event.metadata());
        event.record(&mut seen);
        let mut spans = self.1.lock().unwrap();
        if let Some(span) = spans.entered.get(&this_thread()).cloned() {
            spans.get(&span).events.push(seen.get("facility").to_owned());
        }
        drop(spans);
        self.keep(seen);
    }

    fn enter(&self, id: &Id) {
        self.1.lock().unwrap().entered.insert(this_thread(), id.clone());
    }

    fn exit(&self, _: &Id) {
        self.1.lock().unwrap().entered.remove(&this_thread());
    }

    fn try_close(&self, id: Id) -> bool {
        let ended = self.1.lock().unwrap().get(&id).clone();
        self.keep(ended);
        true
    }
}

struct Nowhere;

impl LogSink for Nowhere {
    fn log(&self, _: Level, _: &str, _: &str) {}
}

fn client(bootstraps: &str, level: u8, contexts: u32) -> Arc<Client> {
    let logger = Logger::new(level, contexts, Box::new(Nowhere));
    // Each has a name of its own.
    static CLIENTS: AtomicU32 = AtomicU32::new(0);
    let number = CLIENTS.fetch_add(1, Ordering::Relaxed) + 1;
    let options = |options: &mut Options| options.number = number;
    support::start(logger, bootstraps, |s| s.batching.linger = Duration::ZERO, options)
}

fn produce(client: &Client, timeout: Option<Duration>) {
    let settings = TopicSettings { message_timeout: timeout, ..TopicSettings::default() };
    let topic = client.topic("t", Some(settings), None);
    client.produce(&topic, &support::message(b"value", 1), false).unwrap();
}

/// One test, since a process has one subscriber.
#[test]
fn log_lines_are_events_with_fields() {
    let keeper = Keeper::default();
    lines_without_a_subscriber();
    tracing::subscriber::set_global_default(keeper.clone()).unwrap();
    levels(&keeper);
    requests(&keeper);
    time_outs(&keeper);
    spans(&keeper);
}

/// What the log does not let through is not made.
fn lines_without_a_subscriber() {
    let quiet = Logger::new(Level::Warning as u8, debug::MSG, Box::new(Nowhere));
    let never = || -> Line { Line::new(std::hint::black_box(None::<String>).unwrap()) };
    quiet.log_line(Level::Notice, "F", never);
    quiet.debug(debug::BROKER, "F", never);
    quiet.log(Level::Error, "F", format_args!("goes nowhere"));
}

fn levels(keeper: &Keeper) {
    let logger = Logger::new(Level::Debug as u8, debug::ALL, Box::new(Nowhere));
    logger.set_instance("name");
    let all = [
        (Level::Emerg, "ERROR"),
        (Level::Alert, "ERROR"),
        (Level::Crit, "ERROR"),
        (Level::Error, "ERROR"),
        (Level::Warning, "WARN"),
        (Level::Notice, "INFO"),
        (Level::Info, "INFO"),
        (Level::Debug, "DEBUG"),
    ];
    for (level, as_seen) in all {
        let line = || {
            let line = Line::new(format!("a line\nof {}", level as u8));
            line.of_broker("b:1/1".into()).of_partition("t", 3).of_error(ErrorCode::_TRANSPORT)
        };
        logger.log_line(level, "FACILITY", line);
        let severity = (level as u8).to_string();
        let e = keeper.wait("a level", |e| e.get("severity") == severity);
        assert_eq!((e.level.as_str(), e.target.as_str()), (as_seen, "rdkafka"));
        let shown = ["instance", "facility", "broker", "topic", "partition", "error"].map(|f| e.get(f));
        assert_eq!(shown, ["name", "FACILITY", "b:1/1", "t", "3", "_TRANSPORT"]);
        assert_eq!(e.get("message"), format!("a line\\nof {severity}"));
    }
    logger.set_level(Level::Error as u8);
    logger.log(Level::Warning, "BELOW", format_args!("the threshold"));
    logger.log(Level::Error, "ABOVE", format_args!("it"));
    keeper.wait("the last line", |e| e.get("facility") == "ABOVE");
    assert!(!keeper.0.0.lock().unwrap().iter().any(|e| e.get("facility") == "BELOW"));
}

fn requests(keeper: &Keeper) {
    let mock = MockCluster::start(MockConfig::default(), Logger::silent()).unwrap();
    let client = client(mock.bootstraps(), Level::Debug as u8, debug::PROTOCOL | debug::MSG);
    produce(&client, None);
    let is = |facility: &'static str| {
        move |e: &Seen| e.get("facility") == facility && e.get("api") == "Produce" && e.level == "DEBUG"
    };
    let sent = keeper.wait("a request", is("SEND"));
    let answered = keeper.wait("its answer", is("RECV"));
    assert_eq!(sent.get("correlation_id"), answered.get("correlation_id"));
    assert_eq!((sent.get("ms"), sent.get("instance")), ("", client.name()));
    assert!(answered.get("ms").parse::<f64>().unwrap() >= 0.0, "{answered:?}");
    assert!(sent.get("broker").starts_with("127.0.0.1:"), "{sent:?}");
    let batch = keeper.wait("a batch", |e| e.get("facility") == "PRODUCE");
    assert_eq!((batch.get("topic"), batch.get("broker")), ("t", sent.get("broker")));
    threads::stop(&client);
}

fn time_outs(keeper: &Keeper) {
    let client = client("127.0.0.1:1", Level::Debug as u8, debug::MSG);
    produce(&client, Some(Duration::from_millis(100)));
    let failed = keeper.wait("a failure", |e| e.get("facility") == "FAIL");
    assert_eq!((failed.level.as_str(), failed.get("error")), ("ERROR", "_TRANSPORT"));
    assert_eq!(failed.get("broker"), "127.0.0.1:1/bootstrap");
    let e = keeper.wait("a time-out", |e| e.get("facility") == "TIMEOUT");
    assert_eq!((e.get("topic"), e.get("partition"), e.get("error")), ("t", "-1", "_MSG_TIMED_OUT"));
    threads::stop(&client);
}

/// A request that is answered, and one that never is.
fn spans(keeper: &Keeper) {
    let mock = MockCluster::start(MockConfig::default(), Logger::silent()).unwrap();
    let asked = client(mock.bootstraps(), Level::Debug as u8, debug::PROTOCOL);
    produce(&asked, None);
    let of_produce = |instance: String| {
        move |s: &Seen| s.name == "request" && s.get("api") == "Produce" && s.get("instance") == instance
    };
    let span = keeper.wait("a request", of_produce(asked.name().to_owned()));
    assert_eq!((span.level.as_str(), span.target.as_str()), ("DEBUG", "rdkafka"));
    assert_eq!(
        ["otel.name", "otel.kind", "partitions", "messages"].map(|f| span.get(f)),
        ["Produce", "client", "1", "1"]
    );
    assert!(span.get("broker").starts_with("127.0.0.1:"), "{span:?}");
    assert_eq!(["otel.status_code", "error"].map(|f| span.get(f)), ["", ""]);
    let number = |name: &str| span.get(name).parse::<f64>().unwrap();
    assert!(["ms", "waited_ms"].into_iter().all(|f| number(f) >= 0.0), "{span:?}");
    assert!(
        ["bytes", "response_bytes", "version", "correlation_id"].into_iter().all(|f| number(f) > 0.0),
        "{span:?}"
    );
    assert_eq!(span.events, ["SEND", "RECV"]);
    threads::stop(&asked);

    let mock = MockCluster::start(MockConfig::default(), Logger::silent()).unwrap();
    mock.control(|c| {
        c.set_hook(Some(Box::new(|request| {
            if request.api_key == ApiKey::Produce.0 { Verdict::Close } else { Verdict::Pass }
        })));
    });
    let cut = client(mock.bootstraps(), Level::Debug as u8, debug::PROTOCOL);
    produce(&cut, None);
    let span = keeper.wait("a request without an answer", of_produce(cut.name().to_owned()));
    assert_eq!(["otel.status_code", "error", "ms"].map(|f| span.get(f)), ["ERROR", "_TRANSPORT", ""]);
    assert_eq!(span.events, ["SEND"]);
    threads::stop(&cut);

    // Without the debug context there are none.
    let quiet = client(mock.bootstraps(), Level::Debug as u8, debug::MSG);
    produce(&quiet, None);
    keeper.wait("a batch", |e| e.get("facility") == "PRODUCE" && e.get("instance") == quiet.name());
    threads::stop(&quiet);
    assert!(!keeper.1.lock().unwrap().all.iter().any(|s| s.get("instance") == quiet.name()));
}
