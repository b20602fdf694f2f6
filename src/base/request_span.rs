//! A request, from when it is sent until its answer has been dealt with, as a span of the crate `tracing`.

use super::error::ErrorCode;
use super::sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Span, field};

/// What a span says of a request from the start.
pub struct SpanFields {
    pub broker: Arc<str>,
    pub api: &'static str,
    pub version: i16,
    pub correlation_id: i32,
    /// Its size on the wire.
    pub bytes: usize,
    /// How long it had waited to be written.
    pub waited: Duration,
    /// How many it is about; of Produce and Fetch.
    pub partitions: usize,
    /// Of Produce.
    pub messages: usize,
}

/// Ends when it is dropped; by default, nobody hears of it. A subscriber that panics loses what it was told:
/// it is not to end a thread of the client.
#[derive(Default)]
pub struct RequestSpan(Option<Box<Span>>);

impl RequestSpan {
    /// Whether a subscriber may want spans. This looks at one number.
    #[inline]
    pub(super) fn is_wanted() -> bool {
        Level::DEBUG <= LevelFilter::current()
    }

    #[cold]
    pub(super) fn open(instance: Option<&str>, r: &SpanFields) -> Self {
        // The fields of OpenTelemetry are named as the crate `tracing-opentelemetry` looks for them.
        let make = || {
            tracing::span!(
                target: "rdkafka",
                parent: None,
                Level::DEBUG,
                "request",
                otel.name = r.api,
                otel.kind = "client",
                otel.status_code = field::Empty,
                instance,
                broker = &*r.broker,
                api = r.api,
                version = r.version,
                correlation_id = r.correlation_id,
                bytes = r.bytes,
                waited_ms = millis(r.waited),
                partitions = r.partitions,
                messages = r.messages,
                response_bytes = field::Empty,
                ms = field::Empty,
                error = field::Empty,
            )
        };
        Self(heard(make).map(Box::new))
    }

    /// Events of `tell` belong to the span.
    pub fn tell(&self, tell: impl FnOnce()) {
        let Some(span) = &self.0 else { return tell() };
        let entered = heard(|| span.enter());
        tell();
        heard(|| drop(entered));
    }

    /// The response has come, of so many bytes, so long after the request was sent.
    pub fn answered(&self, bytes: usize, took: Duration) {
        if let Some(span) = &self.0 {
            heard(|| span.record("response_bytes", bytes).record("ms", millis(took)).is_none());
        }
    }

    /// No response comes.
    pub fn failed(&self, error: ErrorCode) {
        if let Some(span) = &self.0 {
            heard(|| span.record("otel.status_code", "ERROR").record("error", error.name()).is_none());
        }
    }
}

impl Drop for RequestSpan {
    fn drop(&mut self) {
        if let Some(span) = self.0.take() {
            heard(|| drop(span));
        }
    }
}

fn millis(d: Duration) -> f64 {
    d.as_secs_f64() * 1000.0
}

fn heard<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}
