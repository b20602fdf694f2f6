//! rd_kafka_new(): from a configuration to an instance whose threads run.

use crate::auth::Mechanism;
use crate::base::clock::SystemClock;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, Logger, debug};
use crate::base::rand;
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicU32, Ordering};
use crate::base::unwind;
use crate::base::version::REFERENCE_VERSION;
use crate::capi::abi::consts::{
    RD_KAFKA_EVENT_BACKGROUND, RD_KAFKA_EVENT_DR, RD_KAFKA_EVENT_ERROR,
    RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH, RD_KAFKA_EVENT_OFFSET_COMMIT, RD_KAFKA_VERSION,
};
use crate::capi::abi::enum_ints::rd_kafka_type_t;
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_t};
use crate::capi::conf::hooks::set_own_version;
use crate::capi::conf::object::{conf_mut, take_conf};
use crate::capi::conf::typed_callbacks::Callbacks;
use crate::capi::ffi::errors::set_last_error;
use crate::capi::ffi::fork::INSTANCES;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::strings::write_buf;
use crate::capi::instance::log_target::{LogTarget, Sink};
use crate::capi::instance::object::{CONSUMER, Instance, PRODUCER, SignalsBlocked};
use crate::capi::instance::sockets::{parse_brokers, transports};
use crate::capi::instance::token_endpoint::token_provider;
use crate::capi::lifecycle::configuration::new_conf;
use crate::capi::mock::cluster::rd_kafka_mock_cluster_s;
use crate::capi::queue::object::background_queue;
use crate::client::tokens::TokenSource;
use crate::client::{self, Client, ReportMode};
use crate::conf::{NO_BROKERS, Settings};
use crate::net::Endpoint;
use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

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
    let token_source = token_source(&settings, callbacks, &logger);
    let options = client::Options {
        clock: Arc::new(SystemClock::new()),
        logger,
        seed: rand::seed(),
        wants_throttle: callbacks.throttle_cb.is_some(),
        wants_commits: callbacks.offset_commit_cb.is_some() || events & RD_KAFKA_EVENT_OFFSET_COMMIT != 0,
        token_source,
        report_mode: report_mode(events, callbacks),
        wants_errors: callbacks.error_cb.is_some() || events & RD_KAFKA_EVENT_ERROR != 0,
        internal_broker: has_interceptors,
        // Whoever makes the connections or judges certificates is asked for each broker by its own name.
        reuse_bootstrap_connection: callbacks.connect_cb.is_none() && callbacks.ssl_cert_verify_cb.is_none(),
        number: NUMBER.fetch_add(1, Ordering::Relaxed) + 1,
    };
    Client::build(settings, options).map_err(|e| exhausted(&e))
}

fn token_source(settings: &Settings, callbacks: &Callbacks, logger: &Logger) -> TokenSource {
    let security = &settings.security;
    let takes_events = settings.enabled_events.cast_signed() & RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH != 0;
    if security.mechanism != Some(Mechanism::OAuthBearer) {
        TokenSource::None
    } else if callbacks.oauthbearer_token_refresh_cb.is_none()
        && let Some(provider) = token_provider(settings, logger)
    {
        TokenSource::Endpoint(Box::new(provider))
    } else if callbacks.oauthbearer_token_refresh_cb.is_none() && security.unsecured_tokens {
        TokenSource::Unsecured
    } else if callbacks.oauthbearer_token_refresh_cb.is_some() || takes_events {
        TokenSource::Application(security.own_token_queue.then(Arc::default))
    } else {
        TokenSource::None
    }
}

/// The brokers to begin with: those of the configuration, or of a mock cluster that is started here.
fn bootstrap_brokers(rk: &Instance) -> Result<Vec<Endpoint>, Refusal> {
    let settings = rk.client().settings();
    let logger = rk.client().logger();
    let Some(brokers) = i32::try_from(settings.mock.num_brokers).ok().filter(|n| *n > 0) else {
        let Some(list) = &settings.network.bootstrap_servers else { return Ok(Vec::new()) };
        let brokers = parse_brokers(rk, list);
        if brokers.is_empty() {
            rk.client().tell_error(Error::new(ErrorCode::_ALL_BROKERS_DOWN, "No brokers configured"));
            logger.log(Level::Notice, "CONFWARN", format_args!("{NO_BROKERS}"));
        }
        return Ok(brokers);
    };
    let rtt = settings.mock.broker_rtt;
    let mock = rd_kafka_mock_cluster_s::start(rk.as_ptr(), brokers, rtt, logger.clone())
        .map_err(|e| (e, libc::EAGAIN))?;
    let list = mock.bootstraps().to_owned();
    rk.set_mock(Box::new(mock));
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

/// Starts the threads, and with them everything else.
fn start(rk: &Arc<Instance>) -> Result<(), Refusal> {
    let _masked = SignalsBlocked::new();
    let transports = transports(rk).map_err(|e| (e, libc::EINVAL))?;
    let brokers = bootstrap_brokers(rk)?;
    let hook = rk.interceptors().thread_hook();
    client::threads::start(rk.client(), brokers, transports, hook).map_err(|e| (e, libc::EAGAIN))?;
    let events = rk.client().settings().enabled_events.cast_signed();
    if (rk.callbacks().background_event_cb.is_some() || events & RD_KAFKA_EVENT_BACKGROUND != 0)
        && let Err(e) = background_queue(rk)
    {
        client::threads::stop(rk.client());
        return Err((e, libc::EAGAIN));
    }
    Ok(())
}

/// # Safety
/// `conf` is NULL or a configuration of the application's, which is taken over if this succeeds.
unsafe fn create(kind: c_int, conf: *mut rd_kafka_conf_t) -> Result<Arc<Instance>, Refusal> {
    if kind != PRODUCER && kind != CONSUMER {
        return Err(invalid("Invalid type: RD_KAFKA_PRODUCER or RD_KAFKA_CONSUMER is expected"));
    }
    // SAFETY: by this function's own contract.
    unsafe { set_own_version(conf) };
    let mut own = None;
    // SAFETY: by this function's own contract.
    let c = match unsafe { conf_mut(conf) } {
        Some(c) => c,
        None => own.insert(new_conf()),
    };
    let settings = if kind == CONSUMER { c.finalize_consumer() } else { c.finalize() };
    let settings = settings.map_err(|e| (e, libc::EINVAL))?;
    let warnings = settings.warnings.clone();
    let on_new: Vec<_> = c.hooks.on_new.iter().cloned().collect();
    let callbacks = Callbacks::of(c);
    let log = Arc::new(LogTarget::new(callbacks.log_cb, settings.log.thread_name, settings.log.queue));
    let logger = Logger::new(settings.log.level, settings.log.debug, Box::new(Sink(log.clone())));
    let client = start_client(settings, &callbacks, !on_new.is_empty(), logger)?;
    let rk = Instance::new(client, callbacks, log);
    rk.interceptors().begin(rk.as_ptr(), rk.client(), conf, &on_new);
    if let Err(why) = start(&rk) {
        rk.interceptors().on_destroy();
        return Err(why);
    }
    INSTANCES.fetch_add(1, Ordering::SeqCst);
    // SAFETY: from here on the configuration is the instance's; `c` is not used any more.
    if let Some(conf) = unsafe { take_conf(conf) }.or_else(|| own.map(Box::new)) {
        rk.set_conf(conf);
    }
    rk.client().logger().debug(debug::ALL, "INIT", || {
        format!("librdkafka v{REFERENCE_VERSION} ({RD_KAFKA_VERSION:#x}) {} initialized", rk.client().name())
    });
    for w in warnings {
        rk.client().logger().log(w.level, "CONFWARN", format_args!("{}", w.text));
    }
    Ok(rk)
}

/// Creates a client instance and starts its threads. It returns without waiting for a broker: that none can
/// be reached is reported later, by the error callback. Thread-safe.
///
/// @param type RD_KAFKA_PRODUCER or RD_KAFKA_CONSUMER. Consumers read partitions of the application's choice;
/// they do not join groups yet, but commit offsets for them.
/// @param conf Configuration. If the call succeeds it belongs to the instance and must not be used any more;
/// if it fails it remains the caller's. NULL for the defaults.
/// @param errstr Set to the reason of a failure, cut to fit and NUL-terminated. May be NULL if `errstr_size`
/// is 0.
/// @param errstr_size Size of `errstr` in bytes; 512 is enough.
///
/// @return The instance, to be released with rd_kafka_destroy(). NULL on failure, with rd_kafka_last_error()
/// and errno set: RD_KAFKA_RESP_ERR__INVALID_ARG (EINVAL) for a configuration that is not valid,
/// RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE when threads or descriptors are exhausted.
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
                Arc::into_raw(rk).cast_mut().cast()
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
