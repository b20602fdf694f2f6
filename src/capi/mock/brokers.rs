//! `rd_kafka_mock_*`: brokers that come and go, followers, coordinators, groups and telemetry of a mock
//! cluster.

use crate::base::clock::milliseconds;
use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::ffi::pointers::array;
use crate::capi::ffi::strings::text;
use crate::capi::mock::cluster::{rd_kafka_mock_cluster_t, try_with, with, with_topic};
use crate::protocol::find_coordinator::{KEY_TYPE_GROUP, KEY_TYPE_TRANSACTION};
use std::ffi::{c_char, c_int};
use std::time::Duration;

/// Takes a broker down: its connections are closed and new ones are refused. It keeps its address and its
/// data.
///
/// @param broker_id The broker, or -1 for all of them.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_set_down(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(mcluster, |c| c.set_broker_up(broker_id, false)) }
}

/// Takes a broker up again.
///
/// @param broker_id The broker, or -1 for all of them.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_set_up(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(mcluster, |c| c.set_broker_up(broker_id, true)) }
}

/// Changes the address of a broker in Metadata responses. The broker keeps listening on its own address.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_set_host_port(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
    host: *const c_char,
    port: c_int,
) {
    let port = u16::try_from(port).unwrap_or(0);
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, host, |c, host| c.set_broker_address(broker_id, host, port)) };
}

/// Delays every response of a broker by this many milliseconds.
///
/// @param broker_id The broker, or -1 for all of them.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_set_rtt(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
    rtt_ms: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(mcluster, |c| c.set_rtt(broker_id, milliseconds(rtt_ms))) }
}

/// Sets the rack of a broker; NULL for none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_set_rack(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
    rack: *const c_char,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's string, or NULL.
    let rack = unsafe { text(rack) };
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(mcluster, |c| c.set_rack(broker_id, rack.as_deref())) }
}

/// Leaves a broker out of Metadata responses and moves its partitions to the others. It still answers on its
/// connections.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_remove_from_metadata(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(mcluster, |c| c.remove_from_metadata(broker_id)) }
}

/// Changes which broker Metadata names as the controller.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_set_controller_id(
    mcluster: *mut rd_kafka_mock_cluster_t,
    controller_id: i32,
) {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), |c| c.set_controller(controller_id)) }
}

/// Lets the brokers speak only these versions of an API; none of them when `MaxVersion` is -1.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_set_apiversion(
    mcluster: *mut rd_kafka_mock_cluster_t,
    ApiKey: i16,
    MinVersion: i16,
    MaxVersion: i16,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(mcluster, |c| c.set_api_version(ApiKey, MinVersion, MaxVersion)) }
}
/// Adds a broker to a mock cluster. Partitions are assigned again, so that it leads some of them.
///
/// @param broker_id The new broker's id.
///
/// @return RD_KAFKA_RESP_ERR__INVALID_ARG when there is one of that id.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_add(
    mcluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(mcluster, |c| c.add_broker(broker_id)) }
}

/// Removes a broker from a mock cluster for ever: its connections are closed, and its partitions move to the
/// others.
///
/// @return RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE when there is no such broker.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_broker_decommission(
    cluster: *mut rd_kafka_mock_cluster_t,
    broker_id: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(cluster, |c| c.remove_broker(broker_id)) }
}

/// Makes a broker the replica of a partition that consumers are told to read from; a topic that does not
/// exist is created.
///
/// @param broker_id The broker, which need not exist, or -1 for the leader itself.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_partition_set_follower(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    partition: i32,
    broker_id: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, topic, |c, t| c.set_follower(t, partition, broker_id)) }
}

/// Sets the low and high watermark that the follower of a partition claims to have; a topic that does not
/// exist is created.
///
/// @param lo Its first offset, or -1 for that of the leader.
/// @param hi The offset after its last one, or -1 for that of the leader.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_partition_set_follower_wmarks(
    mcluster: *mut rd_kafka_mock_cluster_t,
    topic: *const c_char,
    partition: i32,
    lo: i64,
    hi: i64,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, topic, |c, t| c.set_follower_watermarks(t, partition, lo, hi)) }
}

/// Chooses the coordinator of a consumer group or a transactional id. Without this it follows from the key.
///
/// @param key_type "group" or "transaction".
/// @param key The `group.id` or `transactional.id`.
/// @param broker_id The broker, which need not exist.
///
/// @return RD_KAFKA_RESP_ERR__INVALID_ARG for another type.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_coordinator_set(
    mcluster: *mut rd_kafka_mock_cluster_t,
    key_type: *const c_char,
    key: *const c_char,
    broker_id: i32,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's string, or NULL.
    let key_type = match unsafe { text(key_type) }.as_deref() {
        Some("group") => KEY_TYPE_GROUP,
        Some("transaction") => KEY_TYPE_TRANSACTION,
        _ => return ErrorCode::_INVALID_ARG.0,
    };
    let choose = |c: &mut crate::mock::cluster::Cluster, key: &str| {
        c.set_coordinator(key_type, key, broker_id);
        Ok(())
    };
    // SAFETY: the caller's cluster and string, or NULL.
    unsafe { with_topic(mcluster, key, choose) }
}

/// Sets the metrics that clients are asked to push.
///
/// @param metrics Prefixes of their names. One empty string stands for all metrics, NULL for none.
/// @param metrics_cnt The number of prefixes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_telemetry_set_requested_metrics(
    mcluster: *mut rd_kafka_mock_cluster_t,
    metrics: *mut *mut c_char,
    metrics_cnt: usize,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's array of strings, or NULL.
    let prefixes = unsafe { array(metrics, metrics_cnt) }
        .into_iter()
        // SAFETY: a string of the caller's, or NULL.
        .filter_map(|m| unsafe { text(m.cast_const()) }.map(Into::into))
        .collect();
    // SAFETY: the caller's cluster, or NULL.
    unsafe {
        try_with(mcluster, |c| {
            c.set_requested_metrics(prefixes);
            Ok(())
        })
    }
}

/// Sets how often clients are asked to push their metrics.
///
/// @param push_interval_ms Milliseconds, at least one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_telemetry_set_push_interval(
    mcluster: *mut rd_kafka_mock_cluster_t,
    push_interval_ms: i64,
) -> rd_kafka_resp_err_t {
    let interval = Duration::from_millis(u64::try_from(push_interval_ms).unwrap_or(0));
    // SAFETY: the caller's cluster, or NULL.
    unsafe { try_with(mcluster, |c| c.set_push_interval(interval)) }
}

/// Sets how many milliseconds the first rebalance of an empty consumer group waits for more members
/// (`group.initial.rebalance.delay.ms` of a broker).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_mock_group_initial_rebalance_delay_ms(
    mcluster: *mut rd_kafka_mock_cluster_t,
    delay_ms: i32,
) {
    let delay = milliseconds(c_int::from(delay_ms));
    // SAFETY: the caller's cluster, or NULL.
    unsafe { with(mcluster, (), |c| c.set_group_initial_rebalance_delay(delay)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::mock::cluster::{rd_kafka_mock_cluster_destroy, rd_kafka_mock_cluster_new};
    use std::ptr::null_mut;

    #[test]
    fn what_they_do_arrives_in_the_cluster() {
        // SAFETY: everything is used as the functions' documentation says.
        unsafe {
            let m = rd_kafka_mock_cluster_new(null_mut(), 1);
            assert_eq!(rd_kafka_mock_broker_add(m, 7), 0);
            assert_eq!(rd_kafka_mock_broker_add(m, 7), -186);
            assert_eq!(rd_kafka_mock_coordinator_set(m, c"transaction".as_ptr(), c"tx".as_ptr(), 7), 0);
            assert_eq!(rd_kafka_mock_coordinator_set(m, c"share".as_ptr(), c"tx".as_ptr(), 7), -186);
            assert_eq!(rd_kafka_mock_partition_set_follower(m, c"t".as_ptr(), 0, 7), 0);
            assert_eq!(rd_kafka_mock_partition_set_follower_wmarks(m, c"t".as_ptr(), 0, 3, -1), 0);
            let follower = with(m, (0, 0, 0), |c| {
                let p = c.partition("t", 0).unwrap();
                (p.follower, p.follower_start, p.follower_end)
            });
            assert_eq!(follower, (7, 3, -1));
            assert_eq!(rd_kafka_mock_broker_decommission(m, 7), 0);
            assert_eq!(rd_kafka_mock_broker_decommission(m, 7), 8);
            assert_eq!(rd_kafka_mock_telemetry_set_push_interval(m, 0), -186);
            assert_eq!(rd_kafka_mock_telemetry_set_push_interval(m, 100), 0);
            let mut all = [c"".as_ptr().cast_mut()];
            assert_eq!(rd_kafka_mock_telemetry_set_requested_metrics(m, all.as_mut_ptr(), 1), 0);
            assert_eq!(rd_kafka_mock_telemetry_set_requested_metrics(m, null_mut(), 0), 0);
            rd_kafka_mock_group_initial_rebalance_delay_ms(m, 0);
            rd_kafka_mock_cluster_destroy(m);
        }
    }
}
