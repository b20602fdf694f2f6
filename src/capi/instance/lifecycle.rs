//! The client instance as C sees it: creation, destruction, and what can be asked of it.

use crate::base::clock::{Clock, SystemClock};
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, Logger, debug};
use crate::base::rand;
use crate::base::sync::atomic::{AtomicU32, Ordering};
use crate::base::sync::{Arc, Mutex, OnceLock, Rank, pause};
use crate::base::unwind;
use crate::capi::abi::consts::{RD_KAFKA_EVENT_BACKGROUND, RD_KAFKA_EVENT_DR, RD_KAFKA_EVENT_ERROR};
use crate::capi::abi::enum_ints::rd_kafka_type_t;
use crate::capi::abi::enums::rd_kafka_type_e;
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_t};
use crate::capi::conf::object::{ConfObject, conf_mut, new_conf, take_conf};
use crate::capi::conf::typed_callbacks::Callbacks;
use crate::capi::ffi::errors::set_last_error;
use crate::capi::ffi::fork::{INSTANCES, Process};
use crate::capi::ffi::guard::{guard, guard_with};
use crate::capi::ffi::pointers::borrow;
use crate::capi::ffi::strings::{c_string, write_buf};
use crate::capi::instance::log::{LogTarget, Sink};
use crate::capi::instance::sockets::{resolver, transports};
use crate::capi::interceptor::calls::Interceptors;
use crate::capi::mock::cluster::rd_kafka_mock_cluster_s;
use crate::capi::produce::topic::TopicTable;
use crate::capi::queue::object::background_queue;
use crate::client::{self, Client, ReportMode};
use crate::conf::{Conf, DnsLookup, NO_BROKERS, Settings};
use crate::net::Endpoint;
use crate::net::bootstrap::{self, SecurityProtocol};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{null, null_mut};
use std::time::Duration;

pub(crate) const PRODUCER: c_int = rd_kafka_type_e::RD_KAFKA_PRODUCER as c_int;

/// A client instance. Counted: the application holds one reference until rd_kafka_destroy(), each topic handle another.
pub struct rd_kafka_s {
    client: Arc<Client>,
    /// The configuration that the application gave away. Set once the instance has started.
    conf: OnceLock<Box<ConfObject>>,
    callbacks: Callbacks,
    interceptors: Interceptors,
    topics: TopicTable,
    log: Arc<LogTarget>,
    name: CString,
    /// The cluster of `test.mock.num.brokers`.
    mock: Mutex<Option<Box<rd_kafka_mock_cluster_s>>>,
    process: Process,
}

/// How often rd_kafka_wait_destroyed() looks.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl Drop for rd_kafka_s {
    fn drop(&mut self) {
        self.log.set_instance(null_mut());
    }
}

impl rd_kafka_s {
    #[inline]
    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    pub(crate) fn callbacks(&self) -> &Callbacks {
        &self.callbacks
    }

    #[inline]
    pub(crate) fn interceptors(&self) -> &Interceptors {
        &self.interceptors
    }

    pub(crate) fn topics(&self) -> &TopicTable {
        &self.topics
    }

    pub(crate) fn log_target(&self) -> &LogTarget {
        &self.log
    }

    pub(crate) fn conf(&self) -> Option<&Conf> {
        self.conf.get().map(|c| &***c)
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

    /// The instance's own mock cluster, NULL if it has none; it lives until the instance is shut down.
    pub(crate) fn mock(&self) -> *mut rd_kafka_mock_cluster_s {
        self.mock.lock().as_deref_mut().map_or(null_mut(), std::ptr::from_mut)
    }

    /// The pointer that C knows this instance by.
    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_t {
        std::ptr::from_ref(self).cast_mut()
    }

    /// Takes the instance out of service after a panic inside one of its calls.
    #[cold]
    fn fail(&self, panic: &str) {
        self.client.logger().log(Level::Crit, "PANIC", format_args!("internal error: {panic}"));
        self.client.set_fatal(Error::new(ErrorCode::_FAIL, format!("internal error: {panic}")));
    }

    /// Ends the instance: its threads, and everything queued, without reports.
    fn shut_down(&self) {
        let queued = self.client.queued_messages();
        if queued > 0 {
            let bytes = self.client.budget.bytes();
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
        self.interceptors.on_destroy(self);
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
    body: impl FnOnce(&rd_kafka_s) -> T,
) -> T {
    // SAFETY: by this function's own contract.
    match unsafe { borrow(rk) } {
        Some(rk) => guarded(rk, default, || body(rk)),
        None => default,
    }
}

/// The panic barrier of a call on an instance; calls on one that the process has inherited by fork() are refused.
#[inline]
pub(crate) fn guarded<T: Copy>(rk: &rd_kafka_s, default: T, body: impl FnOnce() -> T) -> T {
    if rk.is_inherited() {
        set_last_error(ErrorCode::_STATE, libc::EINVAL);
        return default;
    }
    guard_with(default, |panic| rk.fail(panic), body)
}

/// Another reference to an instance, so that it outlives a call that runs application callbacks.
pub(crate) fn keep(rk: &rd_kafka_s) -> Arc<rd_kafka_s> {
    // SAFETY: every instance lives in an Arc, and `rk` borrows from it.
    unsafe {
        Arc::increment_strong_count(rk);
        Arc::from_raw(rk)
    }
}

/// A timeout in C's way: milliseconds, negative for ever.
pub(crate) fn timeout(ms: c_int) -> Option<Duration> {
    u64::try_from(ms).ok().map(Duration::from_millis)
}

/// Blocks all signals on this thread for a while: threads that are created meanwhile, and theirs in turn, never run the
/// application's signal handlers.
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

/// Why an instance could not be created: an error and an errno.
type Refusal = (Error, c_int);

fn invalid(text: impl Into<String>) -> Refusal {
    (Error::new(ErrorCode::_INVALID_ARG, text), libc::EINVAL)
}

fn exhausted(e: &std::io::Error) -> Refusal {
    let text = format!("Failed to start: {e}");
    (Error::new(ErrorCode::_CRIT_SYS_RESOURCE, text), e.raw_os_error().unwrap_or(libc::EAGAIN))
}

fn report_mode(events: c_int, callbacks: &Callbacks) -> ReportMode {
    if callbacks.dr_cb.is_some() || callbacks.dr_msg_cb.is_some() {
        ReportMode::Callback
    } else if events & RD_KAFKA_EVENT_DR != 0 {
        ReportMode::Event
    } else {
        ReportMode::None
    }
}

fn start_client(
    settings: Settings,
    callbacks: &Callbacks,
    has_interceptors: bool,
    logger: Logger,
) -> Result<Arc<Client>, Refusal> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let events = settings.enabled_events.cast_signed();
    let options = client::Options {
        clock: Arc::new(SystemClock::new()),
        logger,
        seed: rand::seed(),
        wants_throttle: callbacks.throttle_cb.is_some(),
        report_mode: report_mode(events, callbacks),
        wants_errors: callbacks.error_cb.is_some() || events & RD_KAFKA_EVENT_ERROR != 0,
        internal_broker: has_interceptors,
        // Whoever makes the connections is asked for each broker by its own name.
        adopt_bootstrap: callbacks.connect_cb.is_none(),
        number: NUMBER.fetch_add(1, Ordering::Relaxed) + 1,
    };
    Client::build(settings, options).map_err(|e| exhausted(&e))
}

/// The brokers to begin with: those of the configuration, or of a mock cluster that is started here.
fn bootstrap_brokers(rk: &rd_kafka_s) -> Result<Vec<Endpoint>, Refusal> {
    let settings = rk.client.settings();
    let logger = rk.client.logger();
    let Some(brokers) = i32::try_from(settings.mock.num_brokers).ok().filter(|n| *n > 0) else {
        let Some(list) = &settings.network.bootstrap_servers else { return Ok(Vec::new()) };
        let brokers = parse_brokers(rk, list);
        if brokers.is_empty() {
            rk.client.tell_error(Error::new(ErrorCode::_ALL_BROKERS_DOWN, "No brokers configured"));
            logger.log(Level::Notice, "CONFWARN", format_args!("{NO_BROKERS}"));
        }
        return Ok(brokers);
    };
    let rtt = settings.mock.broker_rtt;
    let mock = rd_kafka_mock_cluster_s::start(rk.as_ptr(), brokers, rtt, logger.clone())
        .map_err(|e| (e, libc::EAGAIN))?;
    let list = mock.bootstraps().to_owned();
    *rk.mock.lock() = Some(Box::new(mock));
    logger.log(
        Level::Notice,
        "MOCK",
        format_args!(
            "Mock cluster enabled: original bootstrap.servers and security.protocol ignored and replaced with \
             {list}"
        ),
    );
    Ok(parse_brokers(rk, &list))
}

pub(crate) fn parse_brokers(rk: &rd_kafka_s, list: &str) -> Vec<Endpoint> {
    let found = bootstrap::parse(list, SecurityProtocol::Plaintext);
    if let Some(why) = found.error {
        rk.client.logger().log(Level::Warning, "BROKER", format_args!("{why}"));
    }
    let settings = rk.client.settings();
    match settings.network.client_dns_lookup {
        DnsLookup::UseAllDnsIps => found.endpoints,
        DnsLookup::ResolveCanonicalBootstrapServersOnly => {
            let (endpoints, warnings) =
                bootstrap::canonicalize(&found.endpoints, &resolver(settings, &rk.callbacks));
            for why in warnings {
                rk.client.logger().log(Level::Warning, "BROKER", format_args!("{why}"));
            }
            endpoints
        }
    }
}

/// Starts the threads, and with them everything else.
fn start(rk: &Arc<rd_kafka_s>) -> Result<(), Refusal> {
    let _masked = SignalsBlocked::new();
    let brokers = bootstrap_brokers(rk)?;
    let transports = transports(rk.client.settings(), &rk.callbacks);
    let hook = rk.interceptors.thread_hook(rk);
    client::threads::start(&rk.client, brokers, transports, hook).map_err(|e| (e, libc::EAGAIN))?;
    let events = rk.client.settings().enabled_events.cast_signed();
    if (rk.callbacks.background_event_cb.is_some() || events & RD_KAFKA_EVENT_BACKGROUND != 0)
        && let Err(e) = background_queue(rk)
    {
        client::threads::stop(&rk.client);
        return Err((e, libc::EAGAIN));
    }
    Ok(())
}

/// # Safety
/// `conf` is NULL or a configuration of the application's, which is taken over if this succeeds.
unsafe fn create(kind: c_int, conf: *mut rd_kafka_conf_t) -> Result<Arc<rd_kafka_s>, Refusal> {
    if kind != PRODUCER {
        return Err(invalid("Only producers (RD_KAFKA_PRODUCER) are supported by this library"));
    }
    // SAFETY: by this function's own contract.
    unsafe { crate::capi::conf::hooks::set_own_version(conf) };
    let mut own = None;
    // SAFETY: by this function's own contract.
    let c = match unsafe { conf_mut(conf) } {
        Some(c) => c,
        None => own.insert(new_conf()),
    };
    let settings = c.finalize().map_err(|e| (e, libc::EINVAL))?;
    let warnings = settings.warnings.clone();
    let on_new: Vec<_> = c.hooks.on_new.iter().cloned().collect();
    let callbacks = Callbacks::of(c);
    let log = Arc::new(LogTarget::new(callbacks.log_cb, settings.log.thread_name, settings.log.queue));
    let logger = Logger::new(settings.log.level, settings.log.debug, Box::new(Sink(log.clone())));
    let client = start_client(settings, &callbacks, !on_new.is_empty(), logger)?;
    let rk = Arc::new(rd_kafka_s {
        name: c_string(client.name()),
        client,
        conf: OnceLock::new(),
        callbacks,
        interceptors: Interceptors::new(),
        topics: TopicTable::new(),
        log,
        mock: Mutex::new(Rank::Instance, None),
        process: Process::this(),
    });
    rk.log.set_instance(rk.as_ptr());
    rk.interceptors.begin(&rk, conf, &on_new);
    if let Err(why) = start(&rk) {
        rk.interceptors.on_destroy(&rk);
        return Err(why);
    }
    INSTANCES.fetch_add(1, Ordering::SeqCst);
    // SAFETY: from here on the configuration is the instance's; `c` is not used any more.
    if let Some(conf) = unsafe { take_conf(conf) }.or_else(|| own.map(Box::new)) {
        let _ = rk.conf.set(conf);
    }
    rk.client.logger().debug(debug::ALL, "INIT", || {
        format!("librdkafka v2.15.1 (0x20f01ff) {} initialized", rk.client.name())
    });
    for w in warnings {
        rk.client.logger().log(w.level, "CONFWARN", format_args!("{}", w.text));
    }
    Ok(rk)
}

/// Creates a client instance and starts its threads.
///
/// @param type RD_KAFKA_PRODUCER. This library has no consumer.
/// @param conf Configuration, which belongs to the instance if the call succeeds and must not be used any more; on
/// failure it remains the caller's. NULL for the defaults.
/// @param errstr Set to the reason of a failure.
/// @param errstr_size Size of `errstr` in bytes.
///
/// @return The instance, to be destroyed with rd_kafka_destroy(), or NULL, with rd_kafka_last_error() and errno set.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_new(
    r#type: rd_kafka_type_t,
    conf: *mut rd_kafka_conf_t,
    errstr: *mut c_char,
    errstr_size: usize,
) -> *mut rd_kafka_t {
    guard(null_mut(), || {
        let _deferred = unwind::CancellationDeferred::new();
        // SAFETY: the caller's configuration and buffer.
        match unsafe { create(r#type, conf) } {
            Ok(rk) => {
                set_last_error(ErrorCode::NO_ERROR, 0);
                Arc::into_raw(rk).cast_mut()
            }
            Err((error, errno)) => {
                // SAFETY: as above.
                unsafe { write_buf(errstr, errstr_size, &error.text) };
                set_last_error(error.code, errno);
                null_mut()
            }
        }
    })
}

/// Destroys a client instance. Messages still queued are dropped without a report: call rd_kafka_flush() first. All
/// objects of the instance except topic handles become invalid. Must not be called from one of its callbacks that run
/// on the library's threads. In a child process of fork(2) it only gives up the handle: the threads are the parent's.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_destroy(rk: *mut rd_kafka_t) {
    // SAFETY: as for the function called.
    unsafe { rd_kafka_destroy_flags(rk, 0) };
}

/// Destroys a client instance as rd_kafka_destroy() does.
///
/// @param flags RD_KAFKA_DESTROY_F_.. flags, which concern consumers only.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_destroy_flags(rk: *mut rd_kafka_t, _flags: c_int) {
    guard((), || {
        if rk.is_null() {
            return;
        }
        let _deferred = unwind::CancellationDeferred::new();
        // SAFETY: the caller gives up the reference that rd_kafka_new() returned.
        let rk = unsafe { Arc::from_raw(rk.cast_const()) };
        if rk.is_inherited() {
            // Threads that are not here may hold its locks and its memory, for ever.
            std::mem::forget(rk);
            return;
        }
        if client::threads::is_own(&rk.client) {
            // The thread would wait for its own end. It is better to have an instance too many.
            let text = "Application bug: rd_kafka_destroy() called from librdkafka owned thread";
            rk.client.logger().log(Level::Emerg, "BGQUEUE", format_args!("{text}"));
            std::mem::forget(rk);
            return;
        }
        rk.shut_down();
    });
}

/// Waits until all client instances of the process have been destroyed.
///
/// @param timeout_ms Longest time to wait in milliseconds.
///
/// @return 0, or -1 with errno ETIMEDOUT if instances are left.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_wait_destroyed(timeout_ms: c_int) -> c_int {
    guard(-1, || {
        let clock = SystemClock::new();
        let limit = clock.now() + timeout(timeout_ms.max(0)).unwrap_or_default();
        while INSTANCES.load(Ordering::SeqCst) > 0 {
            let left = limit.since(clock.now());
            if left.is_zero() || unwind::is_pending() {
                set_last_error(ErrorCode::_TIMED_OUT, libc::ETIMEDOUT);
                return -1;
            }
            pause(left.min(LOOK_AGAIN));
        }
        0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::abi::consts::RD_KAFKA_MSG_F_COPY;
    use crate::capi::ffi::errors::rd_kafka_last_error;
    use crate::capi::instance::info::{rd_kafka_fatal_error, rd_kafka_outq_len};
    use crate::capi::produce::positional::rd_kafka_produce;
    use crate::capi::produce::topic::{rd_kafka_topic_destroy, rd_kafka_topic_new};
    use crate::capi::queue::poll::rd_kafka_flush;
    use std::ptr::null;

    /// A producer without brokers that logs nothing.
    fn producer() -> *mut rd_kafka_t {
        let mut conf = new_conf();
        conf.set("log_level", Some("0")).unwrap();
        let conf = Box::into_raw(Box::new(conf)).cast();
        let mut reason = [0; 200];
        // SAFETY: a configuration and a buffer of this test's.
        let rk = unsafe { rd_kafka_new(PRODUCER, conf, reason.as_mut_ptr(), reason.len()) };
        // SAFETY: a terminated text.
        assert!(!rk.is_null(), "{:?}", unsafe { CStr::from_ptr(reason.as_ptr()) });
        rk
    }

    #[test]
    fn a_panic_fails_its_instance_and_no_other() {
        let (rk, other) = (producer(), producer());
        // SAFETY: live instances and handles until they are destroyed below.
        unsafe {
            let (t, u) = (
                rd_kafka_topic_new(rk, c"t".as_ptr(), null_mut()),
                rd_kafka_topic_new(other, c"t".as_ptr(), null_mut()),
            );
            let produce =
                |t| rd_kafka_produce(t, -1, RD_KAFKA_MSG_F_COPY, null_mut(), 0, null(), 0, null_mut());
            assert_eq!((produce(t), produce(u)), (0, 0));
            assert_eq!(with_instance(rk, -7, |_| panic!("a bug")), -7);
            assert_eq!((produce(t), rd_kafka_last_error()), (-1, ErrorCode::_FATAL.0));
            let mut reason = [0; 100];
            let code = rd_kafka_fatal_error(rk, reason.as_mut_ptr(), reason.len());
            assert_eq!(code, ErrorCode::_FAIL.0);
            assert_eq!(CStr::from_ptr(reason.as_ptr()), c"internal error: a bug");
            // What was queued has been given up, which needs no broker.
            assert_eq!(rd_kafka_flush(rk, 10_000), 0);
            assert_eq!((produce(u), rd_kafka_outq_len(other)), (0, 2));
            rd_kafka_topic_destroy(t);
            rd_kafka_topic_destroy(u);
            rd_kafka_destroy(rk);
            rd_kafka_destroy(other);
        }
    }

    #[test]
    fn topic_handles_outlive_their_instance() {
        let rk = producer();
        // SAFETY: the handle is counted, and the instance is not used after it was destroyed.
        unsafe {
            let t = rd_kafka_topic_new(rk, c"t".as_ptr(), null_mut());
            assert_eq!(t, rd_kafka_topic_new(rk, c"t".as_ptr(), null_mut()));
            rd_kafka_topic_destroy(t);
            rd_kafka_destroy(rk);
            assert_eq!(CStr::from_ptr(crate::capi::produce::topic::rd_kafka_topic_name(t)), c"t");
            rd_kafka_topic_destroy(t);
        }
    }
}
