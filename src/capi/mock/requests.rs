//! `rd_kafka_mock_*request*`: what mock brokers have been asked.

use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::array;
use crate::capi::ffi::pointers::{BoxHandle, borrow, write_out};
use crate::capi::mock::cluster::{rd_kafka_mock_cluster_t, with};
use crate::mock::cluster::{Cluster, TrackedRequest};

/// A request that a mock broker has received.
pub struct rd_kafka_mock_request_s(TrackedRequest);

/// A request that a mock broker has received.
pub type rd_kafka_mock_request_t = rd_kafka_mock_request_s;

impl BoxHandle for rd_kafka_mock_request_s {
    type Handle = Self;
}

/// Remembers all requests from now on, for rd_kafka_mock_get_requests(); forgets those from before.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_start_request_tracking(mcluster: *mut rd_kafka_mock_cluster_t) {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), Cluster::start_request_tracking) }
}

/// Stops remembering requests and forgets them.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_stop_request_tracking(mcluster: *mut rd_kafka_mock_cluster_t) {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), Cluster::stop_request_tracking) }
}

/// Releases a request. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_request_destroy(mreq: *mut rd_kafka_mock_request_t) {
    // SAFETY: the caller gives up its request, or NULL.
    guard((), || drop(unsafe { rd_kafka_mock_request_t::take_handle(mreq) }));
}

/// Releases an array of requests from rd_kafka_mock_get_requests(), with the requests in it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_request_destroy_array(
    mreqs: *mut *mut rd_kafka_mock_request_t,
    mreq_cnt: usize,
) {
    // SAFETY: the caller gives up its array, which came from malloc, and the requests in it.
    unsafe {
        for mreq in array(mreqs, mreq_cnt) {
            rd_kafka_mock_request_destroy(mreq);
        }
        libc::free(mreqs.cast());
    }
}

/// Returns the id of the broker that received the request.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_request_id(mreq: *mut rd_kafka_mock_request_t) -> i32 {
    // SAFETY: the caller's request, or NULL.
    unsafe { borrow(mreq) }.map_or(-1, |r| r.0.broker_id)
}

/// Returns the number of the request's API.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_request_api_key(mreq: *mut rd_kafka_mock_request_t) -> i16 {
    // SAFETY: the caller's request, or NULL.
    unsafe { borrow(mreq) }.map_or(-1, |r| r.0.api_key)
}

/// Returns when the request arrived, in microseconds of a clock that only runs forward.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_request_timestamp(mreq: *mut rd_kafka_mock_request_t) -> i64 {
    // SAFETY: the caller's request, or NULL.
    unsafe { borrow(mreq) }.map_or(-1, |r| r.0.time.micros())
}

/// Returns the requests remembered since rd_kafka_mock_start_request_tracking(), in the order of their
/// arrival.
///
/// @param cntp Set to their number.
///
/// @return An array to be released with rd_kafka_mock_request_destroy_array().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_get_requests(
    mcluster: *mut rd_kafka_mock_cluster_t,
    cntp: *mut usize,
) -> *mut *mut rd_kafka_mock_request_t {
    // SAFETY: the caller's cluster, or NULL.
    let requests = unsafe { with(mcluster, Vec::new(), |c| c.tracked_requests().to_vec()) };
    if requests.is_empty() {
        // SAFETY: the caller's out-parameter.
        unsafe { write_out(cntp, 0) };
        return std::ptr::null_mut();
    }
    // SAFETY: calloc has no conditions; the array has space for every request.
    let (first, cnt) = unsafe {
        let size = size_of::<*mut rd_kafka_mock_request_t>();
        let first = libc::calloc(requests.len(), size).cast::<*mut rd_kafka_mock_request_t>();
        let cnt = if first.is_null() { 0 } else { requests.len() };
        for (i, request) in requests.into_iter().take(cnt).enumerate() {
            first.add(i).write(rd_kafka_mock_request_s(request).into_handle());
        }
        (first, cnt)
    };
    // SAFETY: the caller's out-parameter.
    unsafe { write_out(cntp, cnt) };
    first
}

/// Forgets the requests remembered so far.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_clear_requests(mcluster: *mut rd_kafka_mock_cluster_t) {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), Cluster::clear_tracked_requests) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Time;
    use crate::capi::mock::cluster::{rd_kafka_mock_cluster_destroy, rd_kafka_mock_cluster_new};
    use std::ptr::null_mut;

    #[test]
    fn remembered_requests() {
        // SAFETY: everything is used as the functions' documentation says.
        unsafe {
            let m = rd_kafka_mock_cluster_new(null_mut(), 1);
            rd_kafka_mock_start_request_tracking(m);
            let request = [0, 18, 0, 0, 0, 0, 0, 1, 0, 0];
            with(m, (), |c| drop(c.handle(1, 1, &request, Time(5), 0)));
            let mut cnt = 9;
            let requests = rd_kafka_mock_get_requests(m, &raw mut cnt);
            assert_eq!((cnt, rd_kafka_mock_request_api_key(*requests)), (1, 18));
            assert_eq!(rd_kafka_mock_request_id(*requests), 1);
            assert_eq!(rd_kafka_mock_request_timestamp(*requests), 5);
            rd_kafka_mock_request_destroy_array(requests, cnt);
            rd_kafka_mock_clear_requests(m);
            rd_kafka_mock_request_destroy_array(rd_kafka_mock_get_requests(m, &raw mut cnt), 0);
            assert_eq!(cnt, 0);
            rd_kafka_mock_cluster_destroy(m);
            rd_kafka_mock_stop_request_tracking(null_mut());
        }
    }
}
