//! Calling the interceptors of an instance.

use crate::base::error::ErrorCode;
use crate::base::log::thread_name;
use crate::base::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use crate::base::sync::{Arc, Mutex, OnceLock, Rank};
use crate::broker::BrokerHandle;
use crate::broker::hooks::{Hooks, ReceivedResponse, SentRequest};
use crate::capi::abi::enum_ints::{rd_kafka_resp_err_t, rd_kafka_thread_type_t};
use crate::capi::abi::enums::rd_kafka_thread_type_e;
use crate::capi::abi::interceptor_types::call::{
    OnBrokerStateChange, OnDestroy, OnMessage, OnNew, OnRequestSent, OnResponseReceived, OnThread,
};
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_t};
use crate::capi::conf::chain::{Chain, Method, call_method};
use crate::capi::ffi::pointers::borrow;
use crate::capi::ffi::strings::{c_string, text};
use crate::capi::instance::lifecycle::rd_kafka_s;
use crate::capi::produce::message::{Served, Shared};
use crate::capi::produce::topic::rd_kafka_topic_s;
use crate::client::NewMessage;
use crate::client::threads::{ThreadHook, ThreadKind};
use crate::net::Endpoint;
use crate::producer::report::Report;
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{ForeignBytes, OpenChunk, StoredMessage, Value};
use crate::protocol::record_batch::headers::Encoder;
use std::ffi::{c_char, c_int};

/// The interceptors of one instance.
#[derive(Debug, Default)]
pub(crate) struct InstanceHooks {
    pub(crate) on_destroy: Chain,
    pub(crate) on_send: Chain,
    pub(crate) on_acknowledgement: Chain,
    /// Never called: for consumers.
    pub(crate) on_consume: Chain,
    /// Never called: for consumers.
    pub(crate) on_commit: Chain,
    pub(crate) on_request_sent: Chain,
    pub(crate) on_response_received: Chain,
    pub(crate) on_thread_start: Chain,
    pub(crate) on_thread_exit: Chain,
    pub(crate) on_broker_state_change: Chain,
}

/// The interceptors of an instance: first they are collected, then they do not change any more.
pub(crate) struct Interceptors {
    collected: Mutex<Option<InstanceHooks>>,
    fixed: OnceLock<InstanceHooks>,
    /// Whether producing concerns any.
    producing: AtomicBool,
}

impl Interceptors {
    pub(crate) fn new() -> Self {
        Self {
            collected: Mutex::new(Rank::Leaf, Some(InstanceHooks::default())),
            fixed: OnceLock::new(),
            producing: AtomicBool::new(false),
        }
    }

    /// Adds to what is being collected; nothing once that is over.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut InstanceHooks) -> R) -> Option<R> {
        self.collected.lock().as_mut().map(change)
    }

    /// Calls on_new, and with that collects the interceptors; from then on they are told of everything.
    pub(crate) fn begin(&self, rk: &rd_kafka_s, conf: *const rd_kafka_conf_t, on_new: &[Method]) {
        for method in on_new {
            let mut why = [0 as c_char; 512];
            let (at, size) = (why.as_mut_ptr(), why.len());
            let err = call_method!(method, OnNew, (rk.as_ptr(), conf), at, size);
            if err != 0 {
                // SAFETY: the buffer was zeroed, and the interceptor knows its size.
                let why = unsafe { text(why.as_ptr()) }.unwrap_or_default();
                method.failed(rk, "on_new", err, "", &why);
            }
        }
        let Some(hooks) = self.collected.lock().take() else { return };
        self.producing
            .store(!hooks.on_send.is_empty() || !hooks.on_acknowledgement.is_empty(), Ordering::Release);
        let chains = [
            &hooks.on_acknowledgement,
            &hooks.on_request_sent,
            &hooks.on_response_received,
            &hooks.on_broker_state_change,
        ];
        if chains.iter().any(|c| !c.is_empty()) {
            rk.client().common.set_hooks(Box::new(Observer(AtomicPtr::new(rk.as_ptr()))));
        }
        let _ = self.fixed.set(hooks);
    }

    /// Whether [`produce`] has to be used.
    #[inline]
    pub(crate) fn watch_producing(&self) -> bool {
        self.producing.load(Ordering::Relaxed)
    }

    fn chain(&self, chain: impl Fn(&InstanceHooks) -> &Chain) -> impl Iterator<Item = &Method> {
        self.fixed.get().into_iter().flat_map(move |h| chain(h).iter())
    }

    pub(crate) fn on_destroy(&self, rk: &rd_kafka_s) {
        for method in self.chain(|h| &h.on_destroy) {
            let err = call_method!(method, OnDestroy, (rk.as_ptr()));
            if err != 0 {
                method.failed(rk, "on_destroy", err, "", "");
            }
        }
    }

    /// What the instance's threads have to call, if anything.
    pub(crate) fn thread_hook(&self, rk: &rd_kafka_s) -> Option<ThreadHook> {
        let hooks = self.fixed.get()?;
        if hooks.on_thread_start.is_empty() && hooks.on_thread_exit.is_empty() {
            return None;
        }
        let observer = Observer(AtomicPtr::new(rk.as_ptr()));
        Some(Arc::new(move |kind, begins| observer.thread(kind, begins)))
    }
}

/// Tells the interceptors of an instance, which outlives it.
struct Observer(AtomicPtr<rd_kafka_t>);

impl Observer {
    fn instance(&self) -> Option<&rd_kafka_s> {
        // SAFETY: the instance outlives its threads and everything else that calls hooks.
        unsafe { borrow(self.0.load(Ordering::Relaxed)) }
    }

    fn thread(&self, kind: ThreadKind, begins: bool) {
        let Some(rk) = self.instance() else { return };
        let thread_type = match kind {
            ThreadKind::Main => rd_kafka_thread_type_e::RD_KAFKA_THREAD_MAIN,
            ThreadKind::Background => rd_kafka_thread_type_e::RD_KAFKA_THREAD_BACKGROUND,
            ThreadKind::Broker => rd_kafka_thread_type_e::RD_KAFKA_THREAD_BROKER,
        } as rd_kafka_thread_type_t;
        let name = c_string(&thread_name());
        let what = if begins { "on_thread_start" } else { "on_thread_exit" };
        for method in rk.interceptors().chain(|h| if begins { &h.on_thread_start } else { &h.on_thread_exit })
        {
            let err = call_method!(method, OnThread, (rk.as_ptr(), thread_type, name.as_ptr()));
            if err != 0 {
                method.failed(rk, what, err, "", "");
            }
        }
    }
}

impl Hooks for Observer {
    fn acknowledged(&self, report: &Report) {
        let Some(rk) = self.instance() else { return };
        if rk.interceptors().chain(|h| &h.on_acknowledgement).next().is_none() {
            return;
        }
        let shared = Shared::new(rk, report);
        for (i, view) in report.runs.iter().flat_map(|run| run.iter()).enumerate() {
            tell_of(&Served::new(&shared, view, i), &shared, "on_acknowledgement", |h| &h.on_acknowledgement);
        }
    }

    fn request_sent(&self, broker: &BrokerHandle, r: &SentRequest) {
        let Some(rk) = self.instance() else { return };
        let name = c_string(&broker.own_name());
        for method in rk.interceptors().chain(|h| &h.on_request_sent) {
            let err = call_method!(
                method,
                OnRequestSent,
                (
                    rk.as_ptr(),
                    r.fd.unwrap_or(-1),
                    name.as_ptr(),
                    broker.node_id(),
                    r.api_key,
                    r.api_version,
                    r.correlation_id,
                    r.size,
                )
            );
            if err != 0 {
                method.failed(rk, "on_request_sent", err, "", "");
            }
        }
    }

    fn response_received(&self, broker: &BrokerHandle, r: &ReceivedResponse) {
        let Some(rk) = self.instance() else { return };
        let name = c_string(&broker.own_name());
        let rtt = r.rtt.map_or(-1, |rtt| i64::try_from(rtt.as_micros()).unwrap_or(i64::MAX));
        for method in rk.interceptors().chain(|h| &h.on_response_received) {
            let err = call_method!(
                method,
                OnResponseReceived,
                (
                    rk.as_ptr(),
                    -1,
                    name.as_ptr(),
                    broker.node_id(),
                    r.api_key,
                    r.api_version,
                    r.correlation_id,
                    r.size,
                    rtt,
                    r.error.0,
                )
            );
            if err != 0 {
                method.failed(rk, "on_response_received", err, "", "");
            }
        }
    }

    fn broker_state(&self, node_id: i32, endpoint: &Endpoint, state: &str) {
        let Some(rk) = self.instance() else { return };
        let (name, state) = (c_string(endpoint.node()), c_string(state));
        for method in rk.interceptors().chain(|h| &h.on_broker_state_change) {
            let err = call_method!(
                method,
                OnBrokerStateChange,
                (
                    rk.as_ptr(),
                    node_id,
                    c"plaintext".as_ptr(),
                    name.as_ptr(),
                    c_int::from(endpoint.port),
                    state.as_ptr(),
                )
            );
            if err != 0 {
                method.failed(rk, "on_broker_state_change", err, "", "");
            }
        }
    }
}

/// Tells a chain of a message.
fn tell_of(
    message: &Served<'_>,
    shared: &Shared<'_>,
    what: &str,
    chain: impl Fn(&InstanceHooks) -> &Chain + Copy,
) {
    let rk = shared.rk;
    for method in rk.interceptors().chain(chain) {
        let err: rd_kafka_resp_err_t =
            call_method!(method, OnMessage, (rk.as_ptr(), message.as_ptr().cast_mut()));
        if err != 0 {
            let m = message.public();
            let about =
                format!(" for message on {} [{}] @ {}", shared.report.topic.name, m.partition, m.offset);
            method.failed(rk, what, err, &about, "");
        }
    }
}

/// Produces a message with interceptors looking on: on_send before it is queued, and on_acknowledgement if that fails.
#[cold]
pub(crate) fn produce(t: &rd_kafka_topic_s, m: &NewMessage<'_>, block: bool) -> Result<(), ErrorCode> {
    let rk = t.instance();
    rk.client().admit(m, block)?;
    let timestamp_ms = m.timestamp_ms.or_else(|| Some(rk.client().common.clock.wall_ms()));
    let mut m = NewMessage { timestamp_ms, ..*m };
    let headers = with_preview(t, &m, ErrorCode::NO_ERROR, |message, shared| {
        tell_of(message, shared, "on_send", |h| &h.on_send);
        message.changed_headers().map(|list| {
            let mut encoder = Encoder::new();
            list.iter().flat_map(|l| l.iter()).for_each(|(name, value)| encoder.push(name, value));
            encoder
        })
    });
    let mut encoder = headers.flatten();
    if let Some(encoder) = &mut encoder {
        m.headers = if encoder.is_empty() { None } else { Some(encoder.blob()) };
    }
    let stored = rk.client().store(t.topic(), &m);
    if let Err(code) = stored {
        with_preview(t, &m, code, |message, shared| {
            tell_of(message, shared, "on_acknowledgement", |h| &h.on_acknowledgement);
        });
    }
    stored
}

/// Shows a message that is not queued as if it were in a delivery report.
fn with_preview<R>(
    t: &rd_kafka_topic_s,
    m: &NewMessage<'_>,
    error: ErrorCode,
    show: impl FnOnce(&Served<'_>, &Shared<'_>) -> R,
) -> Option<R> {
    let rk = t.instance();
    let value = match m.value {
        Value::Null => Value::Null,
        // SAFETY: the bytes stay where they are at least until the produce call returns.
        Value::Copy(v) => Value::Foreign(unsafe { ForeignBytes::new(v.as_ptr(), v.len(), false) }),
        Value::Foreign(f) => Value::Foreign(f.not_freed()),
    };
    let now = rk.client().now();
    let stored = StoredMessage {
        key: m.key,
        value,
        headers: m.headers,
        timestamp_ms: m.timestamp_ms.unwrap_or(-1),
        opaque: m.opaque,
        enqueued: now,
        retries: 0,
    };
    let mut chunk = OpenChunk::new(&Arc::new(ChunkPool::new(0)), OpenChunk::need(&stored), now, 1);
    let run = if chunk.append(&stored) { chunk.cut() } else { None }?;
    let report = Report::failed(t.topic().shared(), m.partition, vec![run], error);
    let shared = Shared::new(rk, &report);
    let view = report.runs.first().and_then(|run| run.iter().next())?;
    Some(show(&Served::new(&shared, view, 0), &shared))
}
