//! Events, as handles of the application's.

use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::capi::abi::consts::{
    RD_KAFKA_EVENT_DR, RD_KAFKA_EVENT_ERROR, RD_KAFKA_EVENT_FETCH, RD_KAFKA_EVENT_LOG, RD_KAFKA_EVENT_NONE,
    RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH, RD_KAFKA_EVENT_STATS,
};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{rd_kafka_event_t, rd_kafka_event_type_t, rd_kafka_message_t};
use crate::capi::data::message::{Served, Shared, rd_kafka_message_destroy};
use crate::capi::ffi::errors::err2str;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::ffi::strings::c_string;
use crate::capi::instance::object::Instance;
use crate::capi::instance::stats::EventStats;
use crate::capi::queue::event_names::outcome_name;
use crate::capi::queue::poll::{serve, token_config};
use crate::client::events::{Delivery, Event, Results};
use crate::client::group::Commits;
use crate::consumer::error::ConsumerError;
use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut, with_exposed_provenance_mut};

/// An event.
pub(crate) struct EventHandle {
    content: Content,
    rk: Arc<Instance>,
}

impl BoxHandle for EventHandle {
    type Handle = rd_kafka_event_t;
}

pub(super) enum Content {
    Reports(Reports),
    Error {
        code: ErrorCode,
        text: CString,
        fatal: bool,
    },
    Log {
        level: c_int,
        context: u32,
        facility: CString,
        text: CString,
    },
    Stats(EventStats),
    /// A message that a consumer receives.
    Message(Received),
    /// An error in a consumed message's place.
    ConsumerError {
        error: Box<ConsumerError>,
        text: CString,
    },
    /// `sasl.oauthbearer.config`.
    TokenRefresh(Option<CString>),
    Outcome {
        kind: rd_kafka_event_type_t,
        code: ErrorCode,
        text: CString,
        opaque: usize,
        results: Results,
        /// The results as C sees them, made when they are first asked for.
        view: OnceCell<Box<dyn Any>>,
    },
}

/// A message that is released with its event.
pub(super) struct Received(*mut rd_kafka_message_t);

impl Received {
    pub(super) fn message(&self) -> *const rd_kafka_message_t {
        self.0
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        // SAFETY: the message is this object's own.
        unsafe { rd_kafka_message_destroy(self.0) };
    }
}

/// A delivery report whose messages the application reads one by one.
pub(super) struct Reports {
    /// Made when the first one is asked for. Declared before what it borrows from, so that it goes first.
    messages: OnceCell<Box<[Served<'static>]>>,
    /// How many the application has been given.
    given: Cell<usize>,
    shared: OnceCell<Arc<Shared<'static>>>,
    delivery: Arc<Delivery>,
}

impl Reports {
    fn new(delivery: Delivery) -> Self {
        Self {
            messages: OnceCell::new(),
            given: Cell::new(0),
            shared: OnceCell::new(),
            delivery: Arc::new(delivery),
        }
    }

    /// # Safety
    /// `rk` outlives this object.
    unsafe fn messages(&self, rk: &Arc<Instance>) -> &[Served<'static>] {
        self.messages.get_or_init(|| {
            // SAFETY: both are in an Arc, so they do not move. `rk` outlives this object by the contract
            // above; the delivery and what it points to stay as they are until this object goes, and the
            // messages go before.
            let (rk, report) = unsafe { (&*Arc::as_ptr(rk), &*std::ptr::from_ref(self.delivery.report())) };
            let shared =
                self.shared.get_or_init(|| Arc::new(Shared::new(&*rk.client().context().clock, report)));
            // SAFETY: as above.
            let shared: &'static Shared<'static> = unsafe { &*Arc::as_ptr(shared) };
            let views = report.runs.iter().flat_map(|run| run.iter());
            views.enumerate().map(|(i, view)| Served::new(shared, view, i)).collect()
        })
    }

    fn left(&self) -> usize {
        self.delivery.report().messages().saturating_sub(self.given.get())
    }
}

/// Whether the application takes events of this type.
fn wants(rk: &Instance, kind: rd_kafka_event_type_t) -> bool {
    rk.client().settings().enabled_events.cast_signed() & kind != 0
}

impl EventHandle {
    /// The event for the application; `None` if it was one that cannot be handed over and has been served by
    /// its callback.
    pub(crate) fn of(rk: &Arc<Instance>, event: Event) -> Option<Self> {
        let content = match event {
            Event::Delivery(delivery) => Content::Reports(Reports::new(delivery)),
            Event::Error(error) => error_content(rk, &error),
            Event::Log(line) => Content::Log {
                level: c_int::from(line.level),
                context: line.context,
                facility: c_string(&line.facility),
                text: c_string(&line.text),
            },
            Event::Stats(snapshot) => Content::Stats(EventStats::new(snapshot)),
            Event::ConsumerError(error) => Content::ConsumerError { text: c_string(&error.text), error },
            Event::Outcome { kind, error, opaque, results } => Content::Outcome {
                kind,
                code: error.code,
                text: c_string(&error.text),
                opaque,
                results,
                view: OnceCell::new(),
            },
            Event::TokenRefresh if wants(rk, RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH) => {
                Content::TokenRefresh(token_config(rk))
            }
            // The messages of the last kind are taken one by one, see `of_message`.
            Event::Throttle { .. } | Event::TokenRefresh | Event::Fetched(_) | Event::Closed => {
                serve(rk, event);
                return None;
            }
        };
        Some(Self { content, rk: rk.clone() })
    }

    /// The event of a message that a consumer receives. The message belongs to it.
    pub(crate) fn of_message(rk: &Arc<Instance>, message: *mut rd_kafka_message_t) -> Self {
        Self { content: Content::Message(Received(message)), rk: rk.clone() }
    }

    /// The results of the request, if the event is its outcome, in the form that C sees, which `make` brings
    /// them into.
    pub(crate) fn results<T: 'static>(&self, make: impl FnOnce(&Results) -> Option<T>) -> Option<&T> {
        let Content::Outcome { results, view, .. } = &self.content else { return None };
        if view.get().is_none() {
            let _ = view.set(Box::new(make(results)?));
        }
        view.get()?.downcast_ref()
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    pub(crate) fn kind(&self) -> rd_kafka_event_type_t {
        match self.content {
            Content::Reports(_) => RD_KAFKA_EVENT_DR,
            Content::Error { .. } | Content::ConsumerError { .. } => RD_KAFKA_EVENT_ERROR,
            Content::Message(_) => RD_KAFKA_EVENT_FETCH,
            Content::Log { .. } => RD_KAFKA_EVENT_LOG,
            Content::Stats(_) => RD_KAFKA_EVENT_STATS,
            Content::TokenRefresh(_) => RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH,
            Content::Outcome { kind, .. } => kind,
        }
    }

    fn error(&self) -> ErrorCode {
        match &self.content {
            Content::Reports(r) => r.delivery.report().error,
            Content::Error { code, .. } | Content::Outcome { code, .. } => *code,
            Content::ConsumerError { error, .. } => error.code,
            Content::Log { .. } | Content::Stats(_) | Content::TokenRefresh(_) | Content::Message(_) => {
                ErrorCode::NO_ERROR
            }
        }
    }

    /// The next messages, at most `max`.
    fn next_messages(&self, max: usize) -> &[Served<'static>] {
        let Content::Reports(reports) = &self.content else { return &[] };
        // SAFETY: the instance is declared after the content, so it goes later.
        let all = unsafe { reports.messages(&self.rk) };
        let from = reports.given.get().min(all.len());
        let to = from.saturating_add(max).min(all.len());
        reports.given.set(to);
        all.get(from..to).unwrap_or_default()
    }
}

/// An error; for a fatal one its cause.
fn error_content(rk: &Instance, error: &Error) -> Content {
    match rk.client().fatal_error() {
        Some(cause) if error.code == ErrorCode::_FATAL => {
            Content::Error { code: cause.code, text: c_string(&cause.text), fatal: true }
        }
        _ => Content::Error { code: error.code, text: c_string(&error.text), fatal: false },
    }
}

/// Runs the body of a call on an event. NULL gives `default`.
///
/// # Safety
/// `rkev` is NULL or a live event.
pub(crate) unsafe fn with_event<T: Copy>(
    rkev: *const rd_kafka_event_t,
    default: T,
    body: impl FnOnce(&EventHandle) -> T,
) -> T {
    // SAFETY: by this function's own contract; what changes inside an event are cells.
    guard(default, || unsafe { EventHandle::from_handle(rkev) }.map_or(default, body))
}

/// Returns the type of an event, one of RD_KAFKA_EVENT_..; RD_KAFKA_EVENT_NONE for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_type(rkev: *const rd_kafka_event_t) -> rd_kafka_event_type_t {
    // SAFETY: the caller's event.
    unsafe { with_event(rkev, RD_KAFKA_EVENT_NONE, EventHandle::kind) }
}

/// Returns the name of an event's type, a constant of the library; `(NONE)` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_name(rkev: *const rd_kafka_event_t) -> *const c_char {
    // SAFETY: the caller's event.
    unsafe {
        with_event(rkev, c"(NONE)".as_ptr(), |ev| {
            let name = match ev.content {
                Content::Reports(_) => c"DeliveryReport",
                Content::Error { .. } | Content::ConsumerError { .. } => c"Error",
                Content::Message(_) => c"Fetch",
                Content::Log { .. } => c"Log",
                Content::Stats(_) => c"Stats",
                Content::TokenRefresh(_) => c"SaslOAuthBearerTokenRefresh",
                Content::Outcome { kind, .. } => outcome_name(kind),
            };
            name.as_ptr()
        })
    }
}

/// Releases an event and everything that functions on it have returned. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_destroy(rkev: *mut rd_kafka_event_t) {
    // SAFETY: the caller gives the event up.
    guard((), || match unsafe { EventHandle::take_handle(rkev) } {
        Some(event) if event.rk.is_inherited() => std::mem::forget(event),
        event => drop(event),
    });
}

/// Returns the next message of a delivery report event, or the message of a RD_KAFKA_EVENT_FETCH.
///
/// @return The message, valid until the event is destroyed, or NULL if all have been returned or the event
/// has none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_message_next(
    rkev: *mut rd_kafka_event_t,
) -> *const rd_kafka_message_t {
    // SAFETY: the caller's event.
    unsafe {
        with_event(rkev, null(), |ev| match &ev.content {
            Content::Message(message) => message.0.cast_const(),
            _ => ev.next_messages(1).first().map_or(null(), Served::as_ptr),
        })
    }
}

/// Returns the next messages of a delivery report event.
///
/// @param rkmessages Receives up to `size` messages, which are valid until the event is destroyed.
///
/// @return How many there were.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_message_array(
    rkev: *mut rd_kafka_event_t,
    rkmessages: *mut *const rd_kafka_message_t,
    size: usize,
) -> usize {
    if rkmessages.is_null() {
        return 0;
    }
    // SAFETY: the caller's event and array.
    unsafe {
        with_event(rkev, 0, |ev| {
            if let Content::Message(message) = &ev.content {
                if size > 0 {
                    rkmessages.write(message.0);
                }
                return size.min(1);
            }
            let messages = ev.next_messages(size);
            for (i, message) in messages.iter().enumerate() {
                rkmessages.add(i).write(message.as_ptr());
            }
            messages.len()
        })
    }
}

/// Returns how many messages of a delivery report event have not been returned yet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_message_count(rkev: *mut rd_kafka_event_t) -> usize {
    // SAFETY: the caller's event.
    unsafe {
        with_event(rkev, 0, |ev| match &ev.content {
            Content::Reports(reports) => reports.left(),
            Content::Message(_) => 1,
            _ => 0,
        })
    }
}

/// Returns `sasl.oauthbearer.config` for an event of type RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH.
///
/// @return The text, valid until the event is destroyed; NULL if the property is not set, and for other
/// events.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_config_string(rkev: *mut rd_kafka_event_t) -> *const c_char {
    // SAFETY: the caller's event.
    unsafe {
        with_event(rkev, null(), |ev| match &ev.content {
            Content::TokenRefresh(Some(config)) => config.as_ptr(),
            _ => null(),
        })
    }
}

/// Returns the error of an event. A fatal error is shown by its cause.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_error(rkev: *mut rd_kafka_event_t) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's event.
    unsafe { with_event(rkev, ErrorCode::NO_ERROR.0, |ev| ev.error().0) }
}

/// Returns the text of an event's error, valid until the event is destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_error_string(rkev: *mut rd_kafka_event_t) -> *const c_char {
    // SAFETY: the caller's event.
    unsafe {
        with_event(rkev, null(), |ev| match &ev.content {
            Content::Error { text, .. } | Content::ConsumerError { text, .. } => text.as_ptr(),
            Content::Outcome { text, .. } if !text.is_empty() => text.as_ptr(),
            _ => err2str(ev.error().0),
        })
    }
}

/// Returns 1 if the event is an error after which the instance cannot go on, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_error_is_fatal(rkev: *mut rd_kafka_event_t) -> c_int {
    // SAFETY: the caller's event.
    unsafe { with_event(rkev, 0, |ev| c_int::from(matches!(ev.content, Content::Error { fatal: true, .. }))) }
}

/// Returns the opaque that was given with an admin request, from the event that has its result; NULL for
/// other events.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_event_opaque(rkev: *mut rd_kafka_event_t) -> *mut c_void {
    // SAFETY: the caller's event.
    unsafe {
        with_event(rkev, null_mut(), |ev| match ev.content {
            Content::Outcome { results: Results::Commits(Commits { of_call: false, .. }), .. } => {
                ev.rk.callbacks().opaque
            }
            Content::Outcome { opaque, .. } => with_exposed_provenance_mut(opaque),
            _ => null_mut(),
        })
    }
}
