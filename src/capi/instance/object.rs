//! The client instance: the object behind `rd_kafka_t`, those behind `rd_kafka_topic_t`, each of which keeps
//! the other alive, and how calls get at them.

use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::base::sync::atomic::Ordering;
use crate::base::sync::{Arc, Mutex, OnceLock, Rank};
use crate::capi::abi::enums::rd_kafka_type_e;
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_t, rd_kafka_topic_t};
use crate::capi::conf::object::ConfObject;
use crate::capi::conf::typed_callbacks::{Callbacks, TopicCallbacks};
use crate::capi::ffi::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use crate::capi::ffi::errors::set_last_error;
use crate::capi::ffi::fork::{INSTANCES, Process};
use crate::capi::ffi::guard::guard_with;
use crate::capi::ffi::pointers::BoxHandle;
use crate::capi::ffi::pointers::borrow;
use crate::capi::ffi::strings::c_string;
use crate::capi::instance::log_target::LogTarget;
use crate::capi::instance::topic_table::TopicTable;
use crate::capi::interceptor::calls::Interceptors;
use crate::client::{self, Client};
use crate::conf::{Conf, TopicSettings};
use crate::producer::partition::topic::Topic;
use std::any::Any;
use std::ffi::{CStr, CString, c_int};
use std::ptr::{null, null_mut};
use std::time::Duration;

pub(crate) const PRODUCER: c_int = rd_kafka_type_e::RD_KAFKA_PRODUCER as c_int;
pub(crate) const CONSUMER: c_int = rd_kafka_type_e::RD_KAFKA_CONSUMER as c_int;

/// The settings and callbacks of a topic, or why its configuration does not fit. Without settings the client
/// has those of its own configuration.
pub(crate) type ResolvedTopic = Result<(Option<TopicSettings>, TopicCallbacks), String>;

/// A client instance. Counted: the application holds one reference until rd_kafka_destroy(), each topic
/// handle another.
pub(crate) struct Instance {
    client: Arc<Client>,
    /// The configuration that the application gave away. Set once the instance has started.
    conf: OnceLock<Box<ConfObject>>,
    /// What topics without a configuration of their own get: the same for all of them, so it is found out
    /// once.
    topic_defaults: OnceLock<ResolvedTopic>,
    callbacks: Callbacks,
    interceptors: Interceptors,
    topics: TopicTable<TopicHandle>,
    log: Arc<LogTarget>,
    name: CString,
    /// The cluster of `test.mock.num.brokers`.
    mock: Mutex<Option<Box<dyn Any + Send>>>,
    process: Process,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.log.set_instance(null_mut());
    }
}

impl Instance {
    /// The instance behind a handle; `None` for NULL.
    ///
    /// # Safety
    /// `rk` is NULL or a live instance.
    #[inline]
    pub(crate) unsafe fn from_handle<'a>(rk: *const rd_kafka_t) -> Option<&'a Self> {
        // SAFETY: by this function's own contract.
        unsafe { borrow(rk.cast::<Self>()) }
    }

    /// An instance whose threads do not run yet.
    pub(crate) fn new(client: Arc<Client>, callbacks: Callbacks, log: Arc<LogTarget>) -> Arc<Self> {
        let rk = Arc::new(Self {
            name: c_string(client.name()),
            client,
            conf: OnceLock::new(),
            topic_defaults: OnceLock::new(),
            callbacks,
            interceptors: Interceptors::new(),
            topics: TopicTable::new(),
            log,
            mock: Mutex::new(Rank::Instance, None),
            process: Process::this(),
        });
        rk.log.set_instance(rk.as_ptr());
        rk
    }

    /// Sets the configuration that the application gave away, once the instance has started.
    pub(crate) fn set_conf(&self, conf: Box<ConfObject>) {
        let _ = self.conf.set(conf);
    }

    /// Sets the cluster that ends with the instance.
    pub(crate) fn set_mock(&self, mock: Box<dyn Any + Send>) {
        *self.mock.lock() = Some(mock);
    }

    #[inline]
    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// RD_KAFKA_PRODUCER or RD_KAFKA_CONSUMER.
    pub(crate) fn kind(&self) -> c_int {
        if self.client.consumer().is_some() { CONSUMER } else { PRODUCER }
    }

    pub(crate) fn callbacks(&self) -> &Callbacks {
        &self.callbacks
    }

    #[inline]
    pub(crate) fn interceptors(&self) -> &Interceptors {
        &self.interceptors
    }

    pub(crate) fn topics(&self) -> &TopicTable<TopicHandle> {
        &self.topics
    }

    pub(crate) fn log_target(&self) -> &LogTarget {
        &self.log
    }

    pub(crate) fn conf(&self) -> Option<&Conf> {
        self.conf.get().map(|c| &***c)
    }

    /// What topics without a configuration of their own get. `resolve` finds it out, once.
    pub(crate) fn topic_defaults(&self, resolve: impl FnOnce() -> ResolvedTopic) -> &ResolvedTopic {
        self.topic_defaults.get_or_init(resolve)
    }

    /// The pointer that C knows the configuration by; NULL before the instance has started.
    pub(crate) fn conf_handle(&self) -> *const rd_kafka_conf_t {
        self.conf.get().map_or(null(), |c| std::ptr::from_ref(&**c).cast())
    }

    pub(crate) fn name(&self) -> &CStr {
        &self.name
    }

    /// Whether this is a copy that came with fork(): its threads are the parent's.
    #[inline]
    pub(crate) fn is_inherited(&self) -> bool {
        !self.process.is_this()
    }

    /// Looks at the instance's own mock cluster, if it has one; it lives until the instance is shut down.
    pub(crate) fn with_mock<R>(&self, f: impl FnOnce(&mut dyn Any) -> R) -> Option<R> {
        self.mock.lock().as_deref_mut().map(|mock| f(mock))
    }

    /// The pointer that C knows this instance by.
    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_t {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// Takes the instance out of service after a panic inside one of its calls.
    #[cold]
    fn fail(&self, panic: &str) {
        self.client.logger().log(Level::Crit, "PANIC", format_args!("internal error: {panic}"));
        self.client.set_fatal(Error::new(ErrorCode::_FAIL, format!("internal error: {panic}")));
    }

    /// Ends the instance: its threads, and everything queued, without reports.
    pub(crate) fn shut_down(&self) {
        let queued = self.client.queued_messages();
        if queued > 0 {
            let bytes = self.client.budget().bytes();
            let plural = |n| if n == 1 { "" } else { "s" };
            self.client.logger().log(
                Level::Warning,
                "TERMINATE",
                format_args!(
                    "Producer terminating with {queued} message{} ({bytes} byte{}) still in queue or transit: use \
                     flush() to wait for outstanding message delivery",
                    plural(queued as u64),
                    plural(bytes),
                ),
            );
        }
        client::telemetry::end(&self.client);
        self.interceptors.on_destroy();
        client::threads::stop(&self.client);
        if let Some(queue) = self.log.queue() {
            queue.close();
        }
        self.topics.clear();
        // Taken out first: the cluster's threads may log, and no lock is held across that.
        let mock = self.mock.lock().take();
        drop(mock);
        INSTANCES.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs the body of a call on an instance. NULL gives `default`; a panic takes the instance out of service.
///
/// # Safety
/// `rk` is NULL or a live instance.
#[inline]
pub(crate) unsafe fn with_instance<T: Copy>(
    rk: *const rd_kafka_t,
    default: T,
    body: impl FnOnce(&Instance) -> T,
) -> T {
    // SAFETY: by this function's own contract.
    match unsafe { Instance::from_handle(rk) } {
        Some(rk) => guarded(rk, default, || body(rk)),
        None => default,
    }
}

/// The panic barrier of a call on an instance; calls on one that the process has inherited by fork() are
/// refused.
#[inline]
pub(crate) fn guarded<T: Copy>(rk: &Instance, default: T, body: impl FnOnce() -> T) -> T {
    if rk.is_inherited() {
        set_last_error(ErrorCode::_STATE, libc::EINVAL);
        return default;
    }
    guard_with(default, |panic| rk.fail(panic), body)
}

/// Another reference to an instance, so that it outlives a call that runs application callbacks.
pub(crate) fn keep(rk: &Instance) -> Arc<Instance> {
    // SAFETY: every instance lives in an Arc, and `rk` borrows from it.
    unsafe {
        Arc::increment_strong_count(rk);
        Arc::from_raw(rk)
    }
}

/// A topic of an instance. Counted: the application holds a reference per rd_kafka_topic_new().
pub(crate) struct TopicHandle {
    topic: Arc<Topic>,
    rk: Arc<Instance>,
    name: CString,
    callbacks: TopicCallbacks,
}

impl TopicHandle {
    /// The topic behind a handle; `None` for NULL.
    ///
    /// # Safety
    /// `rkt` is NULL or a live handle.
    #[inline]
    pub(crate) unsafe fn from_handle<'a>(rkt: *const rd_kafka_topic_t) -> Option<&'a Self> {
        // SAFETY: by this function's own contract.
        unsafe { borrow(rkt.cast::<Self>()) }
    }

    pub(crate) fn new(rk: &Instance, topic: Arc<Topic>, callbacks: TopicCallbacks) -> Arc<Self> {
        let handle = Arc::new(Self { name: c_string(topic.name()), topic, rk: keep(rk), callbacks });
        let address = Arc::as_ptr(&handle).expose_provenance();
        handle.topic.shared().attachment.store(address, Ordering::Release);
        handle
    }

    pub(crate) fn name(&self) -> &CStr {
        &self.name
    }

    pub(crate) fn callbacks(&self) -> &TopicCallbacks {
        &self.callbacks
    }

    #[inline]
    pub(crate) fn topic(&self) -> &Arc<Topic> {
        &self.topic
    }

    #[inline]
    pub(crate) fn instance(&self) -> &Arc<Instance> {
        &self.rk
    }
}

impl AsRef<[u8]> for TopicHandle {
    fn as_ref(&self) -> &[u8] {
        self.name.to_bytes()
    }
}

/// Runs the body of a call on a topic. NULL gives `default`; a panic takes the topic's instance out of
/// service.
///
/// # Safety
/// `rkt` is NULL or a live handle.
#[inline]
pub(crate) unsafe fn with_handle<T: Copy>(
    rkt: *const rd_kafka_topic_t,
    default: T,
    body: impl FnOnce(&TopicHandle) -> T,
) -> T {
    // SAFETY: by this function's own contract.
    match unsafe { TopicHandle::from_handle(rkt) } {
        Some(t) => guarded(&t.rk, default, || body(t)),
        None => default,
    }
}

/// A time-out of a C caller in milliseconds; `None` (a negative number): wait for ever.
pub(crate) fn timeout(ms: c_int) -> Option<Duration> {
    u64::try_from(ms).ok().map(Duration::from_millis)
}

/// Blocks all signals on this thread for a while: threads that are created meanwhile, and theirs in turn,
/// never run the application's signal handlers.
pub(crate) struct SignalsBlocked(libc::sigset_t);

impl SignalsBlocked {
    pub(crate) fn new() -> Self {
        // SAFETY: sigset_t is plain data, filled by these calls, which have no further conditions.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
            Self(before)
        }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the mask that this thread had before.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, null_mut()) };
    }
}

/// Like [`with_instance`], for calls whose NULL means success: on an instance that cannot be used (none, one
/// inherited by fork(), one that panics) they have to fail, since success would pass on what the caller owns.
///
/// # Safety
/// As for [`with_instance`].
pub(crate) unsafe fn with_instance_or_error(
    rk: *const rd_kafka_t,
    body: impl FnOnce(&Instance) -> *mut rd_kafka_error_t,
) -> *mut rd_kafka_error_t {
    // SAFETY: by this function's own contract.
    unsafe { with_instance(rk, None, |rk| Some(body(rk))) }.unwrap_or_else(|| {
        let (code, text) = if rk.is_null() {
            (ErrorCode::_INVALID_ARG, c"No instance")
        } else {
            (ErrorCode::_STATE, c"The instance cannot be used (in this process)")
        };
        rd_kafka_error_s::new(code, Some(text.to_owned())).into_handle()
    })
}
