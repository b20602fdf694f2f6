//! Debug lines about what is consumed, with librdkafka's facilities and words: people search logs for them.

use crate::base::log::{Logger, debug};
use crate::broker::BrokerHandle;
use crate::consumer::fetch::changes::Change;
use crate::consumer::partition::Partition;
use crate::consumer::position::{Position, logical};

/// An offset, or the name of a logical one.
pub(super) fn offset(offset: i64) -> String {
    match offset {
        logical::BEGINNING => "BEGINNING".into(),
        logical::END => "END".into(),
        logical::STORED => "STORED".into(),
        logical::INVALID => "INVALID".into(),
        other => Position::at(other).tail().map_or_else(|| other.to_string(), |n| format!("TAIL({n})")),
    }
}

fn place(at: Position) -> String {
    format!("offset {} (leader epoch {})", offset(at.offset), at.epoch)
}

/// What has happened to a partition. The reading begins, goes on elsewhere or ends on the application's
/// thread; it is told here as the main thread comes to it, so that all of it stands in order.
pub(super) fn change(logger: &Logger, p: &Partition, change: Change) {
    let (what, version, [consumer, fetch]) = match change {
        Change::Started { from, version, state } => {
            let (name, from) = (state.name(), place(from));
            let consumer = format!("Start consuming {p:?} at {from} (v{version})");
            (
                "fetch start",
                version,
                [consumer, format!("Start fetch for {p:?} in state {name} at {from} (v{version})")],
            )
        }
        Change::Sought { to, version, state } => {
            let (name, to) = (state.name(), place(to));
            let consumer = format!("Seek {p:?} to {to} (v{version})");
            ("seek", version, [consumer, format!("Seek {p:?} to {to} in state {name} (v{version})")])
        }
        Change::Stopped { version, state } => {
            let consumer = format!("Stop consuming {p:?} (v{version})");
            let fetch = format!("Stopping fetch for {p:?} in state {} (v{version})", state.name());
            ("fetch stop", version, [consumer, fetch])
        }
        Change::State { before, now } => {
            return logger.debug(debug::TOPIC, "PARTSTATE", || {
                format!("Partition {p:?} changed fetch state {} -> {}", before.name(), now.name())
            });
        }
    };
    logger.debug(debug::TOPIC, "BARRIER", || format!("{p:?}: {what}: new version barrier v{version}"));
    logger.debug(debug::TOPIC, "CONSUMER", || consumer);
    logger.debug(debug::TOPIC, "FETCH", || fetch);
}

/// A broker fetches it from now on.
pub(super) fn handed_over(logger: &Logger, p: &Partition) {
    logger.debug(debug::TOPIC | debug::CONSUMER, "FETCH", || {
        format!("Partition {p:?} start fetching at {}", place(p.track().next()))
    });
}

/// A leader is asked for a logical offset.
pub(super) fn asking(logger: &Logger, leader: &BrokerHandle, p: &Partition, version: i32) {
    logger.debug(debug::TOPIC, "OFFREQ", || {
        let (name, query) = (leader.name(), offset(p.track().query()));
        format!("{name}: Partition {p:?}: querying for logical offset {query} (opv {version})")
    });
}

/// What came of the question for a logical offset.
pub(super) fn found(logger: &Logger, p: &Partition, at: Position) {
    logger.debug(debug::TOPIC, "OFFSET", || {
        let (query, number, epoch) = (offset(p.track().query()), at.offset, at.epoch);
        format!("Offset {query} request for {p:?} returned offset {number} ({number}) leader epoch {epoch}")
    });
}

/// The application holds a partition back, or lets it go again.
pub(in crate::client) fn paused(logger: &Logger, p: &Partition, paused: bool) {
    let (facility, word) = if paused { ("PAUSE", "Pause") } else { ("RESUME", "Resuming") };
    logger.debug(debug::TOPIC, facility, || {
        let track = p.track();
        let (at, state, version) = (track.next(), track.state().name(), track.version());
        drop(track);
        format!("{word} {p:?}: at {} (state {state}, v{version})", place(at))
    });
}
