//! The last push, on the thread of the application that ends the client.

use super::op::TelemetryOp;
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::client::reply::Reply;
use std::time::Duration;

/// How long the end of a client waits for the answer to its last push, as in librdkafka.
const PATIENCE: Duration = Duration::from_secs(1);

/// Pushes metrics for the last time, if a broker wants them, and waits for its answer for a second at the
/// most.
pub fn end(client: &Client) {
    if !client.settings().telemetry.push {
        return;
    }
    let done = Arc::new(Reply::new());
    client.post(MainOp::Telemetry(TelemetryOp::Terminate(done.clone())));
    let say = |text: &str| client.logger().debug(debug::TELEMETRY, "TERM", || text.to_owned());
    say("Awaiting termination of telemetry.");
    let limit = client.now() + PATIENCE;
    let _ = done.wait(|| Some(limit.since(client.now())));
    say("Ended waiting for termination of telemetry.");
}
