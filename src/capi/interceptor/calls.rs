//! Calling the interceptors of an instance.

use crate::base::clock::Clock;
use crate::base::error::ErrorCode;
use crate::base::log::{Logger, thread_name};
use crate::base::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use crate::base::sync::{Arc, Mutex, OnceLock, Rank};
use crate::broker::BrokerHandle;
use crate::broker::hooks::{Hooks, ReceivedResponse, SentRequest};
use crate::capi::abi::enum_ints::{rd_kafka_resp_err_t, rd_kafka_thread_type_t};
use crate::capi::abi::enums::rd_kafka_thread_type_e;
use crate::capi::abi::interceptor_types::call::{
    OnBrokerStateChange, OnCommit, OnDestroy, OnMessage, OnNew, OnRequestSent, OnResponseReceived, OnThread,
};
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_message_t, rd_kafka_t};
use crate::capi::data::message::{Served, Shared};
use crate::capi::data::offset_list::OutcomeList;
use crate::capi::ffi::strings::{c_string, text};
use crate::capi::interceptor::chain::{Chain, Method, call_method};
use crate::client::Client;
use crate::client::threads::{ThreadHook, ThreadKind};
use crate::consumer::offset_to_commit::OffsetOutcome;
use crate::net::Endpoint;
use crate::producer::partition::report::Report;
use std::ffi::{c_char, c_int};

/// The interceptors of one instance.
#[derive(Debug, Default)]
pub(crate) struct InstanceHooks {
    pub(crate) on_destroy: Chain,
    pub(crate) on_send: Chain,
    pub(crate) on_acknowledgement: Chain,
    pub(crate) on_consume: Chain,
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
    callers: OnceLock<Arc<Caller>>,
    /// Whether producing concerns any.
    producing: AtomicBool,
    /// Whether consuming concerns any.
    consuming: AtomicBool,
}

impl Interceptors {
    pub(crate) fn new() -> Self {
        Self {
            collected: Mutex::new(Rank::Leaf, Some(InstanceHooks::default())),
            callers: OnceLock::new(),
            producing: AtomicBool::new(false),
            consuming: AtomicBool::new(false),
        }
    }

    /// Adds to what is being collected; nothing once that is over.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut InstanceHooks) -> R) -> Option<R> {
        self.collected.lock().as_mut().map(change)
    }

    /// Calls on_new, and with that collects the interceptors of the instance `rk`; from then on they are
    /// called.
    pub(crate) fn begin(
        &self,
        rk: *mut rd_kafka_t,
        client: &Client,
        conf: *const rd_kafka_conf_t,
        on_new: &[Method],
    ) {
        for method in on_new {
            let mut why = [0 as c_char; 512];
            let (at, size) = (why.as_mut_ptr(), why.len());
            let err = call_method!(method, OnNew, (rk, conf), at, size);
            if err != 0 {
                // SAFETY: the buffer was zeroed, and the interceptor knows its size.
                let why = unsafe { text(why.as_ptr()) }.unwrap_or_default();
                method.log_failure(client.logger(), "on_new", err, "", &why);
            }
        }
        let Some(hooks) = self.collected.lock().take() else { return };
        self.producing
            .store(!hooks.on_send.is_empty() || !hooks.on_acknowledgement.is_empty(), Ordering::Release);
        self.consuming.store(!hooks.on_consume.is_empty(), Ordering::Release);
        let chains = [
            &hooks.on_acknowledgement,
            &hooks.on_commit,
            &hooks.on_request_sent,
            &hooks.on_response_received,
            &hooks.on_broker_state_change,
        ];
        let observes = chains.iter().any(|c| !c.is_empty());
        let (logger, clock) = (client.logger().clone(), client.context().clock.clone());
        let caller = Arc::new(Caller { hooks, rk: AtomicPtr::new(rk), logger, clock });
        if observes {
            client.context().set_hooks(Box::new(Observer(caller.clone())));
        }
        let _ = self.callers.set(caller);
    }

    /// Whether messages have to be shown to interceptors when they are produced.
    #[inline]
    pub(crate) fn watch_producing(&self) -> bool {
        self.producing.load(Ordering::Relaxed)
    }

    /// Whether messages have to be shown to interceptors before the application is given them.
    #[inline]
    pub(crate) fn watch_consuming(&self) -> bool {
        self.consuming.load(Ordering::Relaxed)
    }

    /// Shows a message that the application is about to be given. `place` is its topic, partition and offset.
    #[cold]
    pub(crate) fn on_consume(&self, message: *mut rd_kafka_message_t, place: (&str, i32, i64)) {
        if let Some(caller) = self.callers.get() {
            caller.show_at(message, place, "on_consume", &caller.hooks.on_consume);
        }
    }

    pub(crate) fn on_destroy(&self) {
        let Some(caller) = self.callers.get() else { return };
        for method in caller.hooks.on_destroy.iter() {
            let err = call_method!(method, OnDestroy, (caller.rk()));
            caller.check(method, "on_destroy", err);
        }
    }

    pub(crate) fn on_send(&self, message: &Served<'_>) {
        if let Some(caller) = self.callers.get() {
            caller.show(message, "on_send", &caller.hooks.on_send);
        }
    }

    pub(crate) fn on_acknowledgement(&self, message: &Served<'_>) {
        if let Some(caller) = self.callers.get() {
            caller.show(message, "on_acknowledgement", &caller.hooks.on_acknowledgement);
        }
    }

    /// What the instance's threads have to call, if anything.
    pub(crate) fn thread_hook(&self) -> Option<ThreadHook> {
        let caller = self.callers.get()?.clone();
        if caller.hooks.on_thread_start.is_empty() && caller.hooks.on_thread_exit.is_empty() {
            return None;
        }
        Some(Arc::new(move |kind, begins| caller.thread(kind, begins)))
    }
}

/// The collected interceptors, and what each call of one needs.
struct Caller {
    hooks: InstanceHooks,
    /// Only passed on to interceptors. The instance outlives its threads and everything else that calls
    /// hooks.
    rk: AtomicPtr<rd_kafka_t>,
    logger: Logger,
    clock: Arc<dyn Clock>,
}

impl Caller {
    fn rk(&self) -> *mut rd_kafka_t {
        self.rk.load(Ordering::Relaxed)
    }

    /// Logs that an interceptor has failed, if it has.
    fn check(&self, method: &Method, name: &str, err: rd_kafka_resp_err_t) {
        if err != 0 {
            method.log_failure(&self.logger, name, err, "", "");
        }
    }

    /// Shows a message of a delivery report to a chain of interceptors.
    fn show(&self, message: &Served<'_>, name: &str, chain: &Chain) {
        let m = message.public();
        let place = (&*message.report().topic.name, m.partition, m.offset);
        self.show_at(message.as_ptr().cast_mut(), place, name, chain);
    }

    /// Shows a message to a chain of interceptors. `place` is its topic, partition and offset.
    fn show_at(&self, message: *mut rd_kafka_message_t, place: (&str, i32, i64), name: &str, chain: &Chain) {
        for method in chain.iter() {
            let err = call_method!(method, OnMessage, (self.rk(), message));
            if err != 0 {
                let (topic, partition, offset) = place;
                let about = format!(" for message on {topic} [{partition}] @ {offset}");
                method.log_failure(&self.logger, name, err, &about, "");
            }
        }
    }

    fn thread(&self, kind: ThreadKind, begins: bool) {
        let thread_type = match kind {
            ThreadKind::Main => rd_kafka_thread_type_e::RD_KAFKA_THREAD_MAIN,
            ThreadKind::Background => rd_kafka_thread_type_e::RD_KAFKA_THREAD_BACKGROUND,
            ThreadKind::Broker => rd_kafka_thread_type_e::RD_KAFKA_THREAD_BROKER,
        } as rd_kafka_thread_type_t;
        let thread = c_string(&thread_name());
        let (chain, name) = if begins {
            (&self.hooks.on_thread_start, "on_thread_start")
        } else {
            (&self.hooks.on_thread_exit, "on_thread_exit")
        };
        for method in chain.iter() {
            let err = call_method!(method, OnThread, (self.rk(), thread_type, thread.as_ptr()));
            self.check(method, name, err);
        }
    }
}

/// Calls the interceptors that watch the instance's connections and messages.
struct Observer(Arc<Caller>);

impl Hooks for Observer {
    fn acknowledged(&self, report: &Report) {
        let chain = &self.0.hooks.on_acknowledgement;
        if chain.is_empty() {
            return;
        }
        let shared = Shared::new(&*self.0.clock, report);
        for (i, view) in report.runs.iter().flat_map(|run| run.iter()).enumerate() {
            self.0.show(&Served::new(&shared, view, i), "on_acknowledgement", chain);
        }
    }

    fn committed(&self, error: ErrorCode, offsets: &[OffsetOutcome]) {
        let caller = &self.0;
        if caller.hooks.on_commit.is_empty() {
            return;
        }
        let list = OutcomeList::new(offsets);
        for method in caller.hooks.on_commit.iter() {
            let err = call_method!(method, OnCommit, (caller.rk(), list.as_ptr().cast_const(), error.0));
            caller.check(method, "on_commit", err);
        }
    }

    fn request_sent(&self, broker: &BrokerHandle, r: &SentRequest) {
        let caller = &self.0;
        let name = c_string(&broker.own_name());
        for method in caller.hooks.on_request_sent.iter() {
            let err = call_method!(
                method,
                OnRequestSent,
                (
                    caller.rk(),
                    r.fd.unwrap_or(-1),
                    name.as_ptr(),
                    broker.node_id(),
                    r.api_key,
                    r.api_version,
                    r.correlation_id,
                    r.size,
                )
            );
            caller.check(method, "on_request_sent", err);
        }
    }

    fn response_received(&self, broker: &BrokerHandle, r: &ReceivedResponse) {
        let caller = &self.0;
        let name = c_string(&broker.own_name());
        let rtt = r.rtt.map_or(-1, |rtt| i64::try_from(rtt.as_micros()).unwrap_or(i64::MAX));
        for method in caller.hooks.on_response_received.iter() {
            let err = call_method!(
                method,
                OnResponseReceived,
                (
                    caller.rk(),
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
            caller.check(method, "on_response_received", err);
        }
    }

    fn broker_state(&self, node_id: i32, endpoint: &Endpoint, state: &str) {
        let caller = &self.0;
        let (name, state) = (c_string(endpoint.node()), c_string(state));
        for method in caller.hooks.on_broker_state_change.iter() {
            let err = call_method!(
                method,
                OnBrokerStateChange,
                (
                    caller.rk(),
                    node_id,
                    c"plaintext".as_ptr(),
                    name.as_ptr(),
                    c_int::from(endpoint.port),
                    state.as_ptr(),
                )
            );
            caller.check(method, "on_broker_state_change", err);
        }
    }
}
