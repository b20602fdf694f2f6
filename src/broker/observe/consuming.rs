//! Debug lines about what is fetched from a broker, with librdkafka's facilities and words: people search
//! logs for them.

use super::Observer;
use crate::base::error::ErrorCode;
use crate::base::line::Line;
use crate::base::log::debug;
use crate::consumer::fetch::fetcher::RequestedPartition;
use crate::consumer::fetch::list::{ListChange, Standing};
use crate::consumer::partition::Partition;
use crate::consumer::records::Fetched;
use crate::protocol::fetch::ResponsePartition;
use std::time::Duration;

impl Observer {
    fn debug<L: Into<Line>>(&self, context: u32, facility: &str, line: impl FnOnce() -> L) {
        self.context.logger.debug(context, facility, || {
            let (name, line) = (self.handle.name(), line().into());
            Line { text: format!("{name}: {}", line.text), ..line }.of_broker(name)
        });
    }

    /// Whether anybody reads of what is fetched and what is not.
    pub fn wants_fetch_list(&self) -> bool {
        self.context.logger.wants_debug(debug::TOPIC | debug::FETCH)
    }

    /// The broker is asked for these of its partitions.
    pub fn log_fetch(&self, asked: &[RequestedPartition], known: usize) {
        for a in asked {
            self.debug(debug::FETCH, "FETCH", || {
                let (w, p) = (&a.wanted, &a.partition);
                format!(
                    "Fetch topic {p:?} at offset {} (leader epoch {}, current leader epoch {}, v{})",
                    w.position.offset, w.position.epoch, w.leader_epoch, w.version
                )
            });
        }
        let count = asked.len();
        self.debug(debug::FETCH, "FETCH", || format!("Fetch {count}/{count}/{known} toppar(s)"));
    }

    /// A partition is fetched from now on, or is not any more.
    pub fn log_list(&self, change: &ListChange, backoff: Duration) {
        let ListChange { partition: p, standing, moved, entries } = change;
        let why = standing.why();
        if standing.is_full() {
            self.log_backoff(p, backoff, ErrorCode::_QUEUE_FULL);
        }
        self.debug(debug::FETCH, "FETCH", || {
            let track = p.track();
            let (state, at, version) = (track.state().name(), track.next(), track.version());
            drop(track);
            let (budget, not) = (p.budget(), if *standing == Standing::Fetchable { "" } else { "not fetchable: " });
            let ((messages, bytes), (most, most_bytes)) = (budget.used(), budget.limits());
            format!(
                "Topic {p:?} in state {state} at offset {} (leader epoch {}) ({messages}/{most} msgs, {}/{} kb queued, \
                 opv {version}) is {not}{why}",
                at.offset,
                at.epoch,
                bytes / 1000,
                most_bytes / 1000
            )
        });
        if !moved {
            return;
        }
        self.debug(debug::TOPIC, "FETCHADD", || match standing {
            Standing::Fetchable => format!(
                "Added {p:?} to fetch list ({entries} entries, opv {}, {} messages queued): {why}",
                p.version(),
                p.waiting().0
            ),
            _ => format!("Removed {p:?} from fetch list ({entries} entries, opv {}): {why}", p.version()),
        });
    }

    /// The broker has answered for a partition, with so many bytes of records.
    pub fn log_answer(&self, a: &RequestedPartition, p: &ResponsePartition<'_>, bytes: usize) {
        self.debug(debug::MSG, "FETCH", || {
            format!(
                "Topic {:?} MessageSet size {bytes}, error \"{}\", MaxOffset {}, LSO {}, Ver {}/{}",
                a.partition,
                ErrorCode(p.error_code.into()).describe(),
                p.high_watermark,
                p.last_stable_offset,
                a.wanted.version,
                a.partition.version()
            )
        });
    }

    /// Messages go to the application.
    pub fn log_messages(&self, fetched: &Fetched) {
        self.debug(debug::FETCH | debug::MSG, "CONSUME", || {
            let (p, s) = (fetched.partition(), fetched.share().summary());
            let waited = p.waiting().0 - i64::from(s.messages);
            format!(
                "Enqueue {} message(s) ({} bytes, 1 ops) on {p:?} fetch queue (qlen {waited}, v{}, last_offset {})",
                s.messages,
                s.bytes,
                fetched.version(),
                s.next_offset.saturating_sub(1)
            )
        });
    }

    /// A partition could not be fetched.
    pub fn log_fetch_error(&self, a: &RequestedPartition, error: ErrorCode, backoff: Duration) {
        let p = &a.partition;
        self.debug(debug::FETCH, "FETCHERR", || {
            let (at, name) = (a.wanted.position, error.name().unwrap_or("unknown error"));
            format!("{p:?}: Fetch failed at offset {} (leader epoch {}): {name}", at.offset, at.epoch)
        });
        self.log_backoff(p, backoff, error);
    }

    fn log_backoff(&self, p: &Partition, backoff: Duration, why: ErrorCode) {
        self.debug(debug::FETCH, "BACKOFF", || {
            format!("{p:?}: Fetch backoff for {}ms: {}", backoff.as_millis(), why.describe())
        });
    }
}
