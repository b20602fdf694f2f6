//! Log lines as events of the crate `tracing`, for whoever the process has as their subscriber.

use super::error::ErrorCode;
use super::line::About;
use tracing::Level;
use tracing::level_filters::LevelFilter;

/// A line of the log.
pub(super) struct TraceEvent<'a> {
    pub level: Level,
    /// The line's own level, as in syslog(3).
    pub severity: u8,
    pub instance: Option<&'a str>,
    pub facility: &'a str,
    pub text: &'a str,
    pub about: &'a About,
}

impl TraceEvent<'_> {
    /// Gives the event to the subscriber. Without one, or below its level, this looks at one number.
    pub fn send(&self) {
        if self.level <= LevelFilter::current() {
            // A subscriber that panics loses the event: it is not to end a thread of the client.
            let _ = std::panic::catch_unwind(|| self.emit());
        }
    }

    #[cold]
    fn emit(&self) {
        let Self { level, severity, instance, facility, text, about } = *self;
        let (broker, topic, partition) = (about.broker.as_deref(), about.topic.as_deref(), about.partition);
        let error = about.error.and_then(ErrorCode::name);
        let request = about.request.as_ref();
        let (api, correlation_id) = (request.map(|r| r.api), request.map(|r| r.correlation_id));
        let ms = request.and_then(|r| r.took).map(|took| took.as_secs_f64() * 1000.0);
        // Each level has an event of its own: that of an event is a constant.
        macro_rules! event {
            ($level:ident) => {
                tracing::event!(
                    target: "rdkafka",
                    Level::$level,
                    instance,
                    facility,
                    severity,
                    broker,
                    topic,
                    partition,
                    error,
                    api,
                    correlation_id,
                    ms,
                    "{text}"
                )
            };
        }
        match level {
            Level::ERROR => event!(ERROR),
            Level::WARN => event!(WARN),
            Level::INFO => event!(INFO),
            _ => event!(DEBUG),
        }
    }
}
