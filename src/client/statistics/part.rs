//! The main thread makes a picture of the client every `statistics.interval.ms` and gives it to the
//! application, and to another program if there is one.

use super::sink::Sink;
use super::snapshot::snapshot;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::log::Level;
use crate::client::part::{Ctx, Part};
use crate::client::queue::events::Event;
use crate::conf::Settings;
use crate::net::local::LocalSocket;
use crate::stats::json;
use crate::stats::snapshot::Snapshot;
use std::convert::Infallible;
use std::time::Duration;

/// When the next picture is due.
pub(in crate::client) struct Statistics {
    interval: Option<Duration>,
    born: Time,
    next: Time,
    /// `statistics.sink`
    sink: Option<Sink>,
}

impl Statistics {
    pub fn new(settings: &Settings, now: Time) -> Self {
        let interval = settings.statistics_interval;
        let sink = settings.statistics_sink.as_ref().filter(|_| interval.is_some());
        let sink = sink.map(|path| Sink::new(path, Box::new(LocalSocket::new(path))));
        Self { interval, born: now, next: now + interval.unwrap_or_default(), sink }
    }

    fn is_due(&mut self, now: Time) -> bool {
        let Some(interval) = self.interval.filter(|_| now >= self.next) else { return false };
        self.next = self.next + interval;
        if self.next <= now {
            // Late by more than an interval: those that were missed are skipped.
            self.next = now + interval;
        }
        true
    }

    fn deadline(&self) -> Deadline {
        if self.interval.is_some() { Deadline::at(self.next) } else { Deadline::NEVER }
    }

    /// The client as it is. Windows start anew with each call.
    pub fn snapshot(&self, ctx: &Ctx<'_>) -> Snapshot {
        snapshot(ctx, self.born)
    }
}

impl Part for Statistics {
    /// It is told nothing.
    type Op = Infallible;

    fn handle(&mut self, op: Infallible, _: &mut Ctx<'_>) {
        match op {}
    }

    /// Gives the application statistics if they are due.
    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let snapshot = self.is_due(ctx.now).then(|| self.snapshot(ctx));
        let mut next = self.deadline();
        if let Some(sink) = &mut self.sink {
            let line = match &snapshot {
                Some(snapshot) => sink.offer(ctx.now, || json::document(snapshot)),
                None => sink.serve(ctx.now),
            };
            if let Some(line) = line {
                ctx.client.logger().log(Level::Notice, "STATS", format_args!("{line}"));
            }
            next = next.min(sink.deadline());
        }
        if let Some(snapshot) = snapshot {
            ctx.client.tell(Event::Stats(Box::new(snapshot)));
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_due_every_interval_and_missed_ones_are_dropped() {
        let settings =
            Settings { statistics_interval: Some(Duration::from_micros(100)), ..Settings::default() };
        let mut s = Statistics::new(&settings, Time(1_000));
        let due: Vec<i64> = (1_000..1_500).step_by(10).filter(|t| s.is_due(Time(*t))).collect();
        assert_eq!(due, [1_100, 1_200, 1_300, 1_400]);
        assert!(s.is_due(Time(1_530)), "late, but not by an interval");
        assert_eq!(s.deadline(), Deadline::at(Time(1_600)));
        assert!(s.is_due(Time(1_950)) && !s.is_due(Time(1_951)));
        assert_eq!(s.deadline(), Deadline::at(Time(2_050)));
        assert!(Statistics::new(&Settings::default(), Time(0)).deadline().is_never());
    }
}
