//! Requests whose answer did not come in time, as the log tells of them.

use super::connection::Request;
use crate::base::clock::Time;
use crate::base::log::{Level, Logger};

/// Of what times out together, only the first are told of one by one.
const TOLD: usize = 5;

/// Logs requests in flight that have timed out. `oldest` is the oldest of those that have not.
pub(super) fn tell(requests: &[Request], oldest: Option<&Request>, broker: &str, logger: &Logger, now: Time) {
    // Brokers answer in order: a request that was sent earlier and may take its time holds up those behind it.
    let mut held_back = requests
        .first()
        .zip(oldest)
        .filter(|(first, oldest)| oldest.sent_at < first.sent_at)
        .and_then(|(_, oldest)| {
            let left = oldest.deadline.wait_from(now)?.as_millis();
            let api = oldest.api.short_name();
            Some(format!(": possibly held back by preceeding {api}Request with timeout in {left}ms"))
        })
        .unwrap_or_default();
    for (i, r) in requests.iter().take(TOLD).enumerate() {
        let (api, age) = (r.api.short_name(), now.since(r.sent_at).as_millis());
        let text = format_args!(
            "{broker}: Timed out {api}Request in flight (after {age}ms, timeout #{i}){held_back}"
        );
        logger.log(Level::Notice, "REQTMOUT", text);
        held_back.clear();
    }
}
