//! Log lines: a severity, a facility, a text, and where they go.

use super::line::{About, Line};
use super::request_span::{RequestSpan, SpanFields};
use super::sync::Arc;
use super::sync::OnceLock;
use super::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use super::trace_event::TraceEvent;
use std::borrow::Cow;
use std::fmt::Arguments;

/// Severity, as in syslog(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    Emerg = 0,
    Alert = 1,
    Crit = 2,
    Error = 3,
    Warning = 4,
    Notice = 5,
    Info = 6,
    Debug = 7,
}

/// Debug contexts: the bits of the `debug` property, values as in librdkafka's `rd_kafka_conf_get("debug")`
/// names.
pub mod debug {
    pub const GENERIC: u32 = 0x1;
    pub const BROKER: u32 = 0x2;
    pub const TOPIC: u32 = 0x4;
    pub const METADATA: u32 = 0x8;
    pub const FEATURE: u32 = 0x10;
    pub const QUEUE: u32 = 0x20;
    pub const MSG: u32 = 0x40;
    pub const PROTOCOL: u32 = 0x80;
    pub const CGRP: u32 = 0x100;
    pub const SECURITY: u32 = 0x200;
    pub const FETCH: u32 = 0x400;
    pub const INTERCEPTOR: u32 = 0x800;
    pub const PLUGIN: u32 = 0x1000;
    pub const CONSUMER: u32 = 0x2000;
    pub const ADMIN: u32 = 0x4000;
    pub const EOS: u32 = 0x8000;
    pub const MOCK: u32 = 0x10000;
    pub const ASSIGNOR: u32 = 0x20000;
    pub const CONF: u32 = 0x40000;
    pub const TELEMETRY: u32 = 0x80000;
    pub const ALL: u32 = 0xfffff;
    /// Which partitions share a request; our own, and not in `all`, which is the reference's.
    pub const BATCHCOL: u32 = 0x100000;
}

thread_local! {
    static THREAD_NAME: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

/// Names this thread in log lines (`log.thread.name`); a thread of the application's has none.
pub fn set_thread_name(name: &str) {
    THREAD_NAME.with_borrow_mut(|n| name.clone_into(n));
}

/// The name for log lines: `app` for threads of the application.
#[must_use]
pub fn thread_name() -> String {
    let name = THREAD_NAME.try_with(|n| n.borrow().clone()).unwrap_or_default();
    if name.is_empty() { "app".into() } else { name }
}

/// A text in which control characters are escaped: what a broker sends must not break a line of the log, or
/// write to a terminal.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Where log lines go. Each also goes to `tracing`, as an event with fields.
pub trait LogSink: Send + Sync {
    fn log(&self, level: Level, facility: &str, text: &str);

    /// Takes a debug line with the contexts that let it through.
    fn debug(&self, _context: u32, facility: &str, text: &str) {
        self.log(Level::Debug, facility, text);
    }
}

/// The log of one client instance. Cheap to clone.
#[derive(Clone)]
pub struct Logger(Arc<Inner>);

struct Inner {
    level: AtomicU8,
    debug: AtomicU32,
    sink: Box<dyn LogSink>,
    /// The client's name, as soon as it has one.
    instance: OnceLock<String>,
}

impl Logger {
    pub fn new(level: u8, debug: u32, sink: Box<dyn LogSink>) -> Self {
        let (level, debug) = (AtomicU8::new(level), AtomicU32::new(debug));
        Self(Arc::new(Inner { level, debug, sink, instance: OnceLock::new() }))
    }

    /// A log that goes nowhere.
    #[must_use]
    pub fn silent() -> Self {
        struct Nowhere;
        impl LogSink for Nowhere {
            fn log(&self, _: Level, _: &str, _: &str) {}
        }
        Self::new(0, 0, Box::new(Nowhere))
    }

    /// Says whose log this is.
    pub fn set_instance(&self, name: &str) {
        let _ = self.0.instance.set(name.to_owned());
    }

    pub fn set_level(&self, level: u8) {
        self.0.level.store(level, Ordering::Relaxed);
    }

    /// Whether the log level lets lines of a level through.
    #[must_use]
    pub fn wants(&self, level: u8) -> bool {
        level <= self.0.level.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn wants_debug(&self, context: u32) -> bool {
        self.0.debug.load(Ordering::Relaxed) & context != 0
    }

    /// Writes a line if the log level lets it through.
    pub fn log(&self, level: Level, facility: &str, text: Arguments<'_>) {
        self.log_line(level, facility, || Line::new(text.to_string()));
    }

    /// The same with what the line is about; it is made only if the log level lets it through.
    pub fn log_line(&self, level: Level, facility: &str, line: impl FnOnce() -> Line) {
        if self.wants(level as u8) {
            let Line { text, about } = line();
            let text = visible(&text);
            self.0.sink.log(level, facility, &text);
            self.trace(level, facility, &text, &about);
        }
    }

    /// Writes a debug line if one of the contexts is enabled; the line is made only then.
    #[inline]
    pub fn debug<L: Into<Line>>(&self, context: u32, facility: &str, line: impl FnOnce() -> L) {
        if self.wants_debug(context) && self.wants(Level::Debug as u8) {
            self.write_debug(context, facility, line().into());
        }
    }

    #[cold]
    fn write_debug(&self, context: u32, facility: &str, line: Line) {
        let text = visible(&line.text);
        self.0.sink.debug(context, facility, &text);
        self.trace(Level::Debug, facility, &text, &line.about);
    }

    /// A span for a request, if one of the contexts is enabled and a subscriber may want it.
    #[inline]
    pub fn span(&self, context: u32, request: impl FnOnce() -> SpanFields) -> RequestSpan {
        if self.wants_debug(context) && self.wants(Level::Debug as u8) && RequestSpan::is_wanted() {
            let instance = self.0.instance.get().map(String::as_str);
            return RequestSpan::open(instance, &request());
        }
        RequestSpan::default()
    }

    fn trace(&self, severity: Level, facility: &str, text: &str, about: &About) {
        let level = match severity {
            Level::Emerg | Level::Alert | Level::Crit | Level::Error => tracing::Level::ERROR,
            Level::Warning => tracing::Level::WARN,
            Level::Notice | Level::Info => tracing::Level::INFO,
            Level::Debug => tracing::Level::DEBUG,
        };
        let instance = self.0.instance.get().map(String::as_str);
        let severity = severity as u8;
        TraceEvent { level, severity, instance, facility, text, about }.send();
    }
}

/// What is written to a log: level, facility and text of each line.
#[cfg(test)]
#[derive(Clone)]
pub struct Lines(Arc<super::sync::Mutex<Vec<String>>>);

#[cfg(test)]
impl Default for Lines {
    fn default() -> Self {
        Self(Arc::new(super::sync::Mutex::new(super::sync::Rank::Leaf, Vec::new())))
    }
}

#[cfg(test)]
impl Lines {
    /// All levels go there, and the debug lines of these contexts.
    pub fn logger(&self, contexts: u32) -> Logger {
        Logger::new(Level::Debug as u8, contexts, Box::new(self.clone()))
    }

    /// What has come since this was asked last.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock())
    }
}

#[cfg(test)]
impl LogSink for Lines {
    fn log(&self, level: Level, facility: &str, text: &str) {
        self.0.lock().push(format!("{} {facility} {text}", level as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_in_every_line() {
        let lines = Lines::default();
        let logger = lines.logger(debug::ALL);
        logger.log(Level::Warning, "F", format_args!("id \"{}\"", "a\r\nb\t\u{7f}\u{85}"));
        logger.debug(debug::BROKER, "F", || "\u{1b}[2J \u{e9}".to_owned());
        assert_eq!(lines.take(), ["4 F id \"a\\r\\nb\\t\\u{7f}\\u{85}\"", "7 F \\u{1b}[2J \u{e9}"]);
    }
}
