//! A client core for unit tests: its main thread is stepped by the test, and brokers never run.

use super::brokers::starting::{BrokerHost, Refused};
use super::main_loop::Main;
use super::{Client, Options, ReportMode};
use crate::base::clock::{SystemClock, Time};
use crate::base::log::Logger;
use crate::base::sync::Arc;
use crate::broker::machine::Broker;
use crate::conf::Settings;
use crate::net::Endpoint;

struct NoThreads;

impl BrokerHost for NoThreads {
    fn start(&self, _: Box<Broker>) -> Result<(), Refused> {
        Ok(())
    }
}

/// The bootstrap server is `b:1`.
pub(super) fn main_with(settings: Settings) -> Box<Main> {
    let options = Options {
        clock: Arc::new(SystemClock::new()),
        logger: Logger::silent(),
        seed: 1,
        report_mode: ReportMode::None,
        wants_errors: false,
        wants_throttle: false,
        internal_broker: false,
        adopt_bootstrap: true,
        number: 1,
    };
    let client = Client::build(settings, options).unwrap();
    Main::new(client, Box::new(NoThreads), vec![Endpoint::new("b", 1)])
}

pub(super) fn at(s: i64) -> Time {
    Time(s * 1_000_000)
}

pub(super) fn ids(main: &Main) -> Vec<i32> {
    main.brokers.iter().map(|b| b.handle.node_id()).collect()
}
