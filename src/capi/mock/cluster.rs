//! `rd_kafka_mock_*`: the mock cluster for C.

use crate::base::clock::milliseconds;
use crate::base::error::{ErrorCode, Result};
use crate::base::log::Logger;
use crate::base::sync::atomic::{AtomicPtr, Ordering};
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::rd_kafka_t;
use crate::capi::ffi::guard::{barrier, guard};
use crate::capi::ffi::pointers::array;
use crate::capi::ffi::pointers::{BoxHandle, borrow, write_out};
use crate::capi::ffi::strings::{c_string, text};
use crate::capi::instance::object::Instance;
use crate::mock::cluster::{Cluster, Settings};
use crate::mock::errors::Pushed;
use crate::mock::server::{MockCluster, MockConfig};
use std::ffi::{CString, c_char, c_int};
use std::time::Duration;

/// A mock cluster.
pub struct rd_kafka_mock_cluster_s {
    /// Atomic only because a raw pointer would tie the cluster to one thread.
    rk: AtomicPtr<rd_kafka_t>,
    cluster: MockCluster,
    bootstraps: CString,
}

/// A cluster of mock brokers inside this process, for tests. Its functions may be called from any thread.
///
/// The brokers listen on 127.0.0.1 and keep what is produced in memory. Topics are created when they are
/// asked for, with 4 partitions, unless rd_kafka_mock_topic_create() has created them before.
pub type rd_kafka_mock_cluster_t = rd_kafka_mock_cluster_s;

// SAFETY: `rk` is only ever handed back to C; the rest may move and be shared.
unsafe impl Send for rd_kafka_mock_cluster_s {}
// SAFETY: as above.
unsafe impl Sync for rd_kafka_mock_cluster_s {}

impl BoxHandle for rd_kafka_mock_cluster_s {
    type Handle = Self;
}

/// More brokers than this are taken for a mistake.
const MAX_BROKERS: c_int = 10_000;

impl rd_kafka_mock_cluster_s {
    /// A cluster on behalf of a client instance, which outlives it.
    pub(crate) fn start(rk: *mut rd_kafka_t, brokers: i32, rtt: Duration, log: Logger) -> Result<Self> {
        let default_replication = brokers.min(3);
        let transaction_timeouts = false;
        let settings = Settings { brokers, default_replication, transaction_timeouts, ..Settings::default() };
        let cluster = MockCluster::start(MockConfig { settings, rtt, ..MockConfig::default() }, log)?;
        let bootstraps = c_string(cluster.bootstraps());
        Ok(Self { rk: AtomicPtr::new(rk), cluster, bootstraps })
    }

    pub(crate) fn bootstraps(&self) -> &str {
        self.cluster.bootstraps()
    }
}

/// Runs `f` on the cluster; nothing happens for NULL or after a panic.
///
/// # Safety
/// `mcluster` is a live cluster or NULL.
pub(crate) unsafe fn with<R>(
    mcluster: *mut rd_kafka_mock_cluster_t,
    otherwise: R,
    f: impl FnOnce(&mut Cluster) -> R,
) -> R
where
    R: Clone,
{
    barrier(otherwise.clone(), || {
        // SAFETY: by this function's own contract.
        unsafe { borrow(mcluster) }.map_or(otherwise, |m| m.cluster.control(f))
    })
}

/// The same for what can fail.
///
/// # Safety
/// `mcluster` is a live cluster or NULL.
pub(crate) unsafe fn try_with(
    mcluster: *mut rd_kafka_mock_cluster_t,
    f: impl FnOnce(&mut Cluster) -> std::result::Result<(), ErrorCode>,
) -> rd_kafka_resp_err_t {
    // SAFETY: by this function's own contract.
    unsafe { with(mcluster, Err(ErrorCode::_INVALID_ARG), f) }.err().unwrap_or_default().0
}

/// The same for what concerns a topic.
///
/// # Safety
/// `mcluster` is a live cluster or NULL, `topic` a string or NULL.
pub(crate) unsafe fn with_topic(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    f: impl FnOnce(&mut Cluster, &str) -> std::result::Result<(), ErrorCode>,
) -> rd_kafka_resp_err_t {
    // SAFETY: by this function's own contract.
    let Some(topic) = (unsafe { text(topic) }) else { return ErrorCode::_INVALID_ARG.0 };
    // SAFETY: by this function's own contract.
    unsafe { try_with(mcluster, |c| f(c, &topic)) }
}

/// Starts a mock cluster of `broker_cnt` brokers, with ids from 1 on.
///
/// Connect to it with the addresses of rd_kafka_mock_cluster_bootstraps(). A client with
/// `test.mock.num.brokers` has one already, see rd_kafka_handle_mock_cluster().
///
/// @param rk A client instance whose log the cluster writes to, and which must outlive it.
///
/// @return The cluster, to be stopped with rd_kafka_mock_cluster_destroy(), or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_cluster_new(
    rk: *mut rd_kafka_t,
    broker_cnt: c_int,
) -> *mut rd_kafka_mock_cluster_t {
    guard(std::ptr::null_mut(), || {
        if !(0..=MAX_BROKERS).contains(&broker_cnt) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's instance, or NULL.
        let log = unsafe { logger(rk) };
        rd_kafka_mock_cluster_s::start(rk, broker_cnt, Duration::ZERO, log)
            .map_or(std::ptr::null_mut(), BoxHandle::into_handle)
    })
}

/// The cluster that an instance has started for itself; it lives until the instance is shut down.
fn own_cluster(rk: &Instance) -> Option<*mut rd_kafka_mock_cluster_t> {
    rk.with_mock(|mock| mock.downcast_mut().map(std::ptr::from_mut)).flatten()
}

/// The log of a client instance.
///
/// # Safety
/// `rk` is a live instance or NULL.
unsafe fn logger(rk: *mut rd_kafka_t) -> Logger {
    // SAFETY: by this function's own contract.
    unsafe { Instance::from_handle(rk) }.map_or_else(Logger::silent, |rk| rk.client().logger().clone())
}

/// Stops a mock cluster. Not for the one that belongs to a client, which stops with it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_cluster_destroy(mcluster: *mut rd_kafka_mock_cluster_t) {
    // SAFETY: the caller gives up its cluster, or NULL.
    guard((), || drop(unsafe { rd_kafka_mock_cluster_t::take_handle(mcluster) }));
}

/// Returns the client instance that the cluster was made with. It remains its creator's to destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_cluster_handle(
    mcluster: *const rd_kafka_mock_cluster_t,
) -> *mut rd_kafka_t {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's cluster, or NULL.
        unsafe { borrow(mcluster) }.map_or(std::ptr::null_mut(), |m| m.rk.load(Ordering::Relaxed))
    })
}

/// Returns the mock cluster of a client instance that was configured with `test.mock.num.brokers`, or NULL.
/// It belongs to the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_handle_mock_cluster(
    rk: *const rd_kafka_t,
) -> *mut rd_kafka_mock_cluster_t {
    // SAFETY: the caller's instance, or NULL.
    guard(std::ptr::null_mut(), || {
        // SAFETY: as above.
        let rk = unsafe { Instance::from_handle(rk) };
        rk.and_then(own_cluster).unwrap_or(std::ptr::null_mut())
    })
}

/// Returns the brokers' addresses for `bootstrap.servers`, valid as long as the cluster.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_cluster_bootstraps(
    mcluster: *const rd_kafka_mock_cluster_t,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's cluster, or NULL.
        unsafe { borrow(mcluster) }.map_or(std::ptr::null(), |m| m.bootstraps.as_ptr())
    })
}

/// Forgets the errors pushed for an API with rd_kafka_mock_push_request_errors().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_clear_request_errors(
    mcluster: *mut rd_kafka_mock_cluster_t,
    ApiKey: i16,
) {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), |c| c.clear_request_errors(ApiKey)) }
}

/// Lets the next `cnt` requests of an API fail, one error each, whichever broker gets them.
///
/// RD_KAFKA_RESP_ERR_NO_ERROR lets one request through; RD_KAFKA_RESP_ERR__TRANSPORT closes the connection.
///
/// @param ApiKey The API's number in the Kafka protocol.
/// @param errors The errors, in their order.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_push_request_errors_array(
    mcluster: *mut rd_kafka_mock_cluster_t,
    ApiKey: i16,
    cnt: usize,
    errors: *const rd_kafka_resp_err_t,
) {
    // SAFETY: the caller's array.
    let errors: Vec<ErrorCode> = unsafe { array(errors, cnt) }.into_iter().map(ErrorCode).collect();
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), |c| c.push_request_errors(ApiKey, &errors)) }
}

/// What `rd_kafka_mock_broker_push_request_error_rtts()` does with its arguments: pairs of an error and
/// milliseconds.
///
/// # Safety
/// `mcluster` is a live cluster or NULL, and `pairs` holds twice `cnt` elements.
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn rdk_rs_mock_push_broker_errors(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
    api_key: i16,
    cnt: usize,
    pairs: *const c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: by this function's own contract.
    let pairs = unsafe { array(pairs.cast::<[c_int; 2]>(), cnt) };
    let pushed: Vec<Pushed> = pairs
        .into_iter()
        .map(|[code, rtt_ms]| Pushed { code: ErrorCode(code), rtt: milliseconds(rtt_ms) })
        .collect();
    // SAFETY: by this function's own contract.
    unsafe { try_with(mcluster, |c| c.push_broker_errors(broker_id, api_key, &pushed)) }
}

/// What `rd_kafka_mock_partition_push_request_errors()` does with its arguments.
///
/// # Safety
/// `mcluster` is a live cluster or NULL, `topic` a string or NULL, and `errors` holds `cnt` elements.
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn rdk_rs_mock_push_partition_errors(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    partition: i32,
    api_key: i16,
    cnt: usize,
    errors: *const rd_kafka_resp_err_t,
) -> rd_kafka_resp_err_t {
    // SAFETY: by this function's own contract.
    let errors: Vec<ErrorCode> = unsafe { array(errors, cnt) }.into_iter().map(ErrorCode).collect();
    // SAFETY: by this function's own contract.
    unsafe { with_topic(mcluster, topic, |c, t| c.push_partition_errors(t, partition, api_key, &errors)) }
}

/// Tells how many errors pushed for a broker and an API have not been used yet.
///
/// @param cntp Set to the number.
///
/// @return RD_KAFKA_RESP_ERR__UNKNOWN_BROKER when there is no such broker.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_error_stack_cnt(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
    ApiKey: i16,
    cntp: *mut usize,
) -> rd_kafka_resp_err_t {
    let mut left = 0;
    // SAFETY: the caller's cluster, or NULL.
    let err = unsafe {
        try_with(mcluster, |c| {
            left = c.broker_errors_left(broker_id, ApiKey)?;
            Ok(())
        })
    };
    // SAFETY: the caller's out-parameter.
    unsafe { write_out(cntp, left) };
    err
}

/// Makes Metadata responses return an error for a topic, which is created if it does not exist.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_topic_set_error(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    err: rd_kafka_resp_err_t,
) {
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, topic, |c, t| c.set_topic_error(t, ErrorCode(err))) };
}

/// Creates a topic.
///
/// @return RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS when there is one of that name.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_topic_create(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    partition_cnt: c_int,
    replication_factor: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, topic, |c, t| c.create_topic(t, partition_cnt, replication_factor)) }
}

/// Deletes a topic with all that is in it.
///
/// @return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART when there is none of that name.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_topic_delete(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, topic, Cluster::delete_topic) }
}

/// Deletes the records of a partition before an offset.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_partition_delete_records(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    partition: i32,
    before_offset: i64,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, topic, |c, t| c.delete_records(t, partition, before_offset)) }
}

/// Makes a broker the leader of a partition; a topic that does not exist is created.
///
/// @param broker_id The broker, or -1 for no leader.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_partition_set_leader(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    partition: i32,
    broker_id: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, topic, |c, t| c.set_leader(t, partition, broker_id)) }
}

/// Makes the next Metadata response name this leader and epoch for a partition, even if they are wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_partition_push_leader_response(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    partition: c_int,
    leader_id: i32,
    leader_epoch: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe {
        with_topic(mcluster, topic, |c, t| c.push_leader_response(t, partition, leader_id, leader_epoch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::mock::brokers::{
        rd_kafka_mock_broker_set_down, rd_kafka_mock_broker_set_rtt, rd_kafka_mock_broker_set_up,
    };
    use std::ffi::CStr;
    use std::net::TcpStream;
    use std::ptr::{null, null_mut};

    #[test]
    fn a_cluster_from_c() {
        // SAFETY: everything is used as the functions' documentation says.
        unsafe {
            let m = rd_kafka_mock_cluster_new(null_mut(), 2);
            assert!(!m.is_null());
            // A copy: the text goes with the cluster.
            let addresses = CStr::from_ptr(rd_kafka_mock_cluster_bootstraps(m)).to_str().unwrap().to_owned();
            let first = addresses.split(',').next().unwrap();
            TcpStream::connect(first).unwrap();
            assert_eq!(rd_kafka_mock_topic_create(m, c"t".as_ptr(), 2, 1), 0);
            assert_eq!(rd_kafka_mock_topic_create(m, c"t".as_ptr(), 2, 1), 36);
            assert_eq!(rd_kafka_mock_partition_set_leader(m, c"t".as_ptr(), 1, 1), 0);
            assert_eq!(rd_kafka_mock_partition_set_leader(m, c"t".as_ptr(), 1, 9), 8);
            assert_eq!(rd_kafka_mock_partition_set_leader(m, c"t".as_ptr(), 2, 1), 3);
            assert_eq!(rd_kafka_mock_broker_set_rtt(m, 3, 10), 8);
            assert_eq!(rdk_rs_mock_push_broker_errors(m, 1, 0, 2, [6, 100, 7, 0].as_ptr()), 0);
            let mut left = 0;
            assert_eq!(rd_kafka_mock_broker_error_stack_cnt(m, 1, 0, &raw mut left), 0);
            assert_eq!(left, 2);
            assert_eq!(rd_kafka_mock_broker_set_down(m, 1), 0);
            assert!(TcpStream::connect(first).is_err());
            assert_eq!(rd_kafka_mock_broker_set_up(m, -1), 0);
            TcpStream::connect(first).unwrap();
            rd_kafka_mock_cluster_destroy(m);
            assert!(TcpStream::connect(first).is_err());
        }
    }

    #[test]
    fn null_and_nonsense() {
        // SAFETY: as above.
        unsafe {
            assert!(rd_kafka_mock_cluster_new(null_mut(), -1).is_null());
            rd_kafka_mock_cluster_destroy(null_mut());
            assert_eq!(rd_kafka_mock_topic_create(null_mut(), c"t".as_ptr(), 1, 1), -186);
            assert_eq!(rd_kafka_mock_topic_delete(null_mut(), null()), -186);
        }
    }
}
