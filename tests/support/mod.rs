//! Clients as a Rust program makes them, for tests of whole ones.

use rdkafka::auth::SecurityProtocol;
use rdkafka::base::clock::SystemClock;
use rdkafka::base::log::Logger;
use rdkafka::client::tokens::TokenSource;
use rdkafka::client::{Client, NewMessage, Options, ReportMode, threads};
use rdkafka::conf::Settings;
use rdkafka::net::bootstrap::parse;
use rdkafka::net::tcp::{TcpOptions, TcpTransport};
use rdkafka::producer::partition::topic::UNASSIGNED;
use rdkafka::producer::store::Value;
use std::sync::Arc;

/// Starts a client on plaintext TCP that tells the application of deliveries and errors.
pub fn start(
    logger: Logger,
    bootstraps: &str,
    change: impl FnOnce(&mut Settings),
    observe: impl FnOnce(&mut Options),
) -> Arc<Client> {
    let mut settings = Settings::default();
    change(&mut settings);
    let mut options = Options {
        clock: Arc::new(SystemClock::new()),
        logger,
        seed: 1,
        report_mode: ReportMode::Callback,
        wants_errors: true,
        wants_throttle: false,
        wants_commits: false,
        token_source: TokenSource::None,
        internal_broker: false,
        reuse_bootstrap_connection: true,
        number: 1,
    };
    observe(&mut options);
    let client = Client::build(settings, options).unwrap();
    let endpoints = parse(bootstraps, SecurityProtocol::Plaintext).endpoints;
    let transports = || Box::new(TcpTransport::new(TcpOptions::default())) as _;
    threads::start(&client, endpoints, Box::new(transports), None).unwrap();
    client
}

/// A message without a key, for whichever partition.
pub fn message<'a>(value: &'a [u8], opaque: usize) -> NewMessage<'a> {
    NewMessage {
        partition: UNASSIGNED,
        key: None,
        value: Value::Copy(value),
        headers: None,
        timestamp_ms: None,
        opaque,
    }
}
