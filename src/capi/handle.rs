//! The client instance as C sees it: creation, destruction, and what can be asked of it.

use super::callbacks::Callbacks;
use super::conf::{conf_mut, new_conf, take_conf};
use super::enum_ints::{rd_kafka_resp_err_t, rd_kafka_type_t};
use super::enums::rd_kafka_type_e;
use super::errors::set_last_error;
use super::guard::{guard, guard_with};
use super::handles::borrow;
use super::log::{LogTarget, Sink};
use super::mem::malloc_str;
use super::mock::rd_kafka_mock_cluster_s;
use super::sockets::{resolver, transports};
use super::strings::{c_string, text, write_buf};
use super::topic::TopicTable;
use super::types::{rd_kafka_conf_t, rd_kafka_t};
use crate::base::clock::{Clock, SystemClock};
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, Logger, debug};
use crate::base::rand;
use crate::base::sync::atomic::{AtomicU32, Ordering};
use crate::base::sync::{Arc, Condvar, Mutex, OnceLock, Rank};
use crate::client::{self, Client};
use crate::conf::{Conf, DnsLookup, Settings};
use crate::net::Endpoint;
use crate::net::bootstrap::{self, SecurityProtocol};
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::time::Duration;

const PRODUCER: c_int = rd_kafka_type_e::RD_KAFKA_PRODUCER as c_int;

/// A client instance. Counted: the application holds one reference until rd_kafka_destroy(), each topic handle another.
pub struct rd_kafka_s {
    client: Arc<Client>,
    /// The configuration that the application gave away. Set once the instance has started.
    conf: OnceLock<Box<Conf>>,
    callbacks: Callbacks,
    topics: TopicTable,
    log: Arc<LogTarget>,
    name: CString,
    /// The cluster of `test.mock.num.brokers`.
    mock: Mutex<Option<Box<rd_kafka_mock_cluster_s>>>,
}

/// How many instances there are, for rd_kafka_wait_destroyed().
static INSTANCES: Mutex<usize> = Mutex::new(Rank::Leaf, 0);
static INSTANCE_GONE: Condvar = Condvar::new();

impl Drop for rd_kafka_s {
    fn drop(&mut self) {
        self.log.set_instance(null_mut());
    }
}

impl rd_kafka_s {
    #[inline]
    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    pub(super) fn callbacks(&self) -> &Callbacks {
        &self.callbacks
    }

    pub(super) fn topics(&self) -> &TopicTable {
        &self.topics
    }

    pub(super) fn log_target(&self) -> &LogTarget {
        &self.log
    }

    pub(super) fn conf(&self) -> Option<&Conf> {
        self.conf.get().map(|c| &**c)
    }

    /// The instance's own mock cluster, NULL if it has none; it lives until the instance is shut down.
    pub(super) fn mock(&self) -> *mut rd_kafka_mock_cluster_s {
        self.mock.lock().as_deref_mut().map_or(null_mut(), std::ptr::from_mut)
    }

    /// The pointer that C knows this instance by.
    #[inline]
    pub(super) fn as_ptr(&self) -> *mut rd_kafka_t {
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
        let queued = self.client.outq_len();
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
        client::threads::stop(&self.client);
        self.topics.clear();
        // Taken out first: the cluster's threads may log, and no lock is held across that.
        let mock = self.mock.lock().take();
        drop(mock);
        let mut count = INSTANCES.lock();
        *count = count.saturating_sub(1);
        INSTANCE_GONE.notify_all();
    }
}

/// Runs the body of a call on an instance. NULL gives `default`; a panic takes the instance out of service.
///
/// # Safety
/// `rk` is NULL or a live instance.
#[inline]
pub(super) unsafe fn with_instance<T: Copy>(
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

/// The panic barrier of a call on an instance.
#[inline]
pub(super) fn guarded<T>(rk: &rd_kafka_s, default: T, body: impl FnOnce() -> T) -> T {
    guard_with(default, |panic| rk.fail(panic), body)
}

/// Another reference to an instance, so that it outlives a call that runs application callbacks.
pub(super) fn keep(rk: &rd_kafka_s) -> Arc<rd_kafka_s> {
    // SAFETY: every instance lives in an Arc, and `rk` borrows from it.
    unsafe {
        Arc::increment_strong_count(rk);
        Arc::from_raw(rk)
    }
}

/// A timeout in C's way: milliseconds, negative for ever.
pub(super) fn timeout(ms: c_int) -> Option<Duration> {
    u64::try_from(ms).ok().map(Duration::from_millis)
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

fn start_client(settings: Settings, callbacks: &Callbacks, logger: Logger) -> Result<Arc<Client>, Refusal> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let options = client::Options {
        clock: Arc::new(SystemClock::new()),
        logger,
        seed: rand::seed(),
        wants_throttle: callbacks.throttle_cb.is_some(),
        wants_reports: callbacks.dr_cb.is_some() || callbacks.dr_msg_cb.is_some(),
        number: NUMBER.fetch_add(1, Ordering::Relaxed) + 1,
    };
    Client::build(settings, options).map_err(|e| exhausted(&e))
}

/// The brokers to begin with: those of the configuration, or of a mock cluster that is started here.
fn bootstrap_brokers(rk: &rd_kafka_s) -> Result<Vec<Endpoint>, Refusal> {
    let settings = rk.client.settings();
    let logger = rk.client.logger();
    let Some(brokers) = i32::try_from(settings.mock_num_brokers).ok().filter(|n| *n > 0) else {
        return Ok(parse_brokers(rk, &settings.bootstrap_servers));
    };
    let rtt = settings.mock_broker_rtt;
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

fn parse_brokers(rk: &rd_kafka_s, list: &str) -> Vec<Endpoint> {
    let found = bootstrap::parse(list, SecurityProtocol::Plaintext);
    if let Some(why) = found.error {
        rk.client.logger().log(Level::Warning, "BROKER", format_args!("{why}"));
    }
    let settings = rk.client.settings();
    match settings.client_dns_lookup {
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

/// # Safety
/// `conf` is NULL or a configuration of the application's, which is taken over if this succeeds.
unsafe fn create(kind: c_int, conf: *mut rd_kafka_conf_t) -> Result<Arc<rd_kafka_s>, Refusal> {
    if kind != PRODUCER {
        return Err(invalid("Only producers (RD_KAFKA_PRODUCER) are supported by this library"));
    }
    let mut own = None;
    // SAFETY: by this function's own contract.
    let c = match unsafe { conf_mut(conf) } {
        Some(c) => c,
        None => own.insert(new_conf()),
    };
    let settings = c.finalize().map_err(|e| (e, libc::EINVAL))?;
    let warnings = settings.warnings.clone();
    let callbacks = Callbacks::of(c);
    let log = Arc::new(LogTarget::new(callbacks.log_cb, settings.log_thread_name));
    let logger = Logger::new(settings.log_level, settings.debug, Box::new(Sink(log.clone())));
    let client = start_client(settings, &callbacks, logger)?;
    let rk = Arc::new(rd_kafka_s {
        name: c_string(client.name()),
        client,
        conf: OnceLock::new(),
        callbacks,
        topics: TopicTable::new(),
        log,
        mock: Mutex::new(Rank::Instance, None),
    });
    rk.log.set_instance(rk.as_ptr());
    let brokers = bootstrap_brokers(&rk)?;
    let transports = transports(rk.client.settings(), &rk.callbacks);
    client::threads::start(&rk.client, brokers, transports, None).map_err(|e| (e, libc::EAGAIN))?;
    *INSTANCES.lock() += 1;
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
pub unsafe extern "C" fn rd_kafka_new(
    r#type: rd_kafka_type_t,
    conf: *mut rd_kafka_conf_t,
    errstr: *mut c_char,
    errstr_size: usize,
) -> *mut rd_kafka_t {
    guard(null_mut(), || {
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
/// on the library's threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_destroy(rk: *mut rd_kafka_t) {
    // SAFETY: as for the function called.
    unsafe { rd_kafka_destroy_flags(rk, 0) };
}

/// Destroys a client instance as rd_kafka_destroy() does.
///
/// @param flags RD_KAFKA_DESTROY_F_.. flags, which concern consumers only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_destroy_flags(rk: *mut rd_kafka_t, _flags: c_int) {
    guard((), || {
        if rk.is_null() {
            return;
        }
        // SAFETY: the caller gives up the reference that rd_kafka_new() returned.
        let rk = unsafe { Arc::from_raw(rk.cast_const()) };
        rk.shut_down();
    });
}

/// Waits until all client instances of the process have been destroyed.
///
/// @param timeout_ms Longest time to wait in milliseconds.
///
/// @return 0, or -1 with errno ETIMEDOUT if instances are left.
#[unsafe(no_mangle)]
pub extern "C" fn rd_kafka_wait_destroyed(timeout_ms: c_int) -> c_int {
    guard(-1, || {
        let clock = SystemClock::new();
        let limit = clock.now() + timeout(timeout_ms.max(0)).unwrap_or_default();
        let mut count = INSTANCES.lock();
        while *count > 0 {
            let left = limit.since(clock.now());
            if left.is_zero() {
                set_last_error(ErrorCode::_TIMED_OUT, libc::ETIMEDOUT);
                return -1;
            }
            INSTANCE_GONE.wait_for(&mut count, Some(left));
        }
        0
    })
}

/// Returns the name of an instance, `client.id#type-number`, valid as long as the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_name(rk: *const rd_kafka_t) -> *const c_char {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, null(), |rk| rk.name.as_ptr()) }
}

/// Returns the type of an instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_type(_rk: *const rd_kafka_t) -> rd_kafka_type_t {
    PRODUCER
}

/// Returns the configuration of an instance. It belongs to the instance and must not be changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_conf(rk: *mut rd_kafka_t) -> *const rd_kafka_conf_t {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, null(), |rk| rk.conf().map_or(null(), |c| std::ptr::from_ref(c).cast())) }
}

/// Returns the opaque of an instance as set with rd_kafka_conf_set_opaque().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_opaque(rk: *const rd_kafka_t) -> *mut c_void {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, null_mut(), |rk| rk.callbacks.opaque) }
}

/// Waits in small steps until `get` has something or the time is up.
fn wait_for<T>(rk: &rd_kafka_s, timeout_ms: c_int, get: impl Fn() -> Option<T>) -> Option<T> {
    const STEP: Duration = Duration::from_millis(10);
    let start = rk.client.now();
    loop {
        let got = get();
        if got.is_some() || timeout(timeout_ms).is_some_and(|t| rk.client.now().since(start) >= t) {
            return got;
        }
        std::thread::sleep(STEP);
    }
}

/// Returns the id of the cluster, as brokers report it.
///
/// @param timeout_ms How long to wait for it in milliseconds if it is not known yet; 0 for not at all, -1 for ever.
///
/// @return The id, to be released with rd_kafka_mem_free(), or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_clusterid(rk: *mut rd_kafka_t, timeout_ms: c_int) -> *mut c_char {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, null_mut(), |rk| {
            let id = wait_for(rk, timeout_ms, || rk.client.cluster_id());
            id.map_or(null_mut(), |id| malloc_str(&id))
        })
    }
}

/// Returns the broker id of the cluster's controller, as brokers report it.
///
/// @param timeout_ms How long to wait for it in milliseconds if it is not known yet; 0 for not at all, -1 for ever.
///
/// @return The id, or -1 if it is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_controllerid(rk: *mut rd_kafka_t, timeout_ms: c_int) -> i32 {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, -1, |rk| {
            let get = || Some(rk.client.controller_id()).filter(|id| *id != -1);
            wait_for(rk, timeout_ms, get).unwrap_or(-1)
        })
    }
}

/// Adds bootstrap brokers to an instance.
///
/// @param brokerlist `host[:port],..` as for the `bootstrap.servers` property.
///
/// @return The number of brokers added.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_brokers_add(rk: *mut rd_kafka_t, brokerlist: *const c_char) -> c_int {
    // SAFETY: the caller's instance and a terminated string.
    unsafe {
        with_instance(rk, 0, |rk| {
            let list = text(brokerlist).unwrap_or_default();
            let brokers = parse_brokers(rk, &list);
            let count = c_int::try_from(brokers.len()).unwrap_or(c_int::MAX);
            rk.client.add_brokers(brokers);
            count
        })
    }
}

/// Returns the number of messages that have not been reported to the application yet, plus the events that wait for
/// rd_kafka_poll().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_outq_len(rk: *mut rd_kafka_t) -> c_int {
    // SAFETY: the caller's instance.
    unsafe { with_instance(rk, 0, |rk| c_int::try_from(rk.client.outq_len()).unwrap_or(c_int::MAX)) }
}

/// Fails messages that have not been delivered, without waiting for their timeouts. Their reports arrive as usual.
///
/// @param purge_flags RD_KAFKA_PURGE_F_.. flags: which messages, and whether to wait.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__INVALID_ARG for unknown flags.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_purge(rk: *mut rd_kafka_t, purge_flags: c_int) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| match u32::try_from(purge_flags) {
            Ok(flags) => rk.client.purge(flags).map_or_else(|code| code.0, |()| ErrorCode::NO_ERROR.0),
            Err(_) => ErrorCode::_INVALID_ARG.0,
        })
    }
}

/// Returns the first fatal error of an instance.
///
/// @param errstr Set to its text, if there is one.
/// @param errstr_size Size of `errstr` in bytes.
///
/// @return Its code, or RD_KAFKA_RESP_ERR_NO_ERROR as long as there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_fatal_error(
    rk: *mut rd_kafka_t,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and buffer.
    unsafe {
        with_instance(rk, ErrorCode::NO_ERROR.0, |rk| match rk.client.fatal_error() {
            Some(error) => {
                write_buf(errstr, errstr_size, &error.text);
                error.code.0
            }
            None => ErrorCode::NO_ERROR.0,
        })
    }
}

/// Puts an instance into the state that a fatal error leads to, for tests of the application's handling.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, or RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS if there has been a fatal error already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rd_kafka_test_fatal_error(
    rk: *mut rd_kafka_t,
    err: rd_kafka_resp_err_t,
    reason: *const c_char,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance and a terminated string.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let reason = text(reason).unwrap_or("(null)".into());
            let error = Error::new(ErrorCode(err), format!("test_fatal_error: {reason}"));
            if rk.client.set_fatal(error) { ErrorCode::NO_ERROR.0 } else { ErrorCode::_PREV_IN_PROGRESS.0 }
        })
    }
}

/// Returns the number of threads that the library runs in this process.
#[unsafe(no_mangle)]
pub extern "C" fn rd_kafka_thread_cnt() -> c_int {
    guard(0, || c_int::try_from(client::threads::count()).unwrap_or(c_int::MAX))
}
