//! The built-in partitioners as functions, for applications that call them or set them as their callback.

use crate::base::rand;
use crate::capi::abi::types::rd_kafka_topic_t;
use crate::capi::conf::typed_callbacks::PartitionerCb;
use crate::capi::data::headers::sized;
use crate::capi::ffi::guard::guard;
use crate::capi::instance::object::with_handle;
use crate::conf::Partitioner;
use crate::producer::partition::partitioner::{Choice, choose};
use libc::ssize_t;
use std::ffi::c_void;

/// The built-in partitioner behind a callback, if it is one.
pub(crate) fn builtin(callback: PartitionerCb) -> Option<Partitioner> {
    let own: [(PartitionerCb, Partitioner); 7] = [
        (rd_kafka_msg_partitioner_random, Partitioner::Random),
        (rd_kafka_msg_partitioner_consistent, Partitioner::Consistent),
        (rd_kafka_msg_partitioner_consistent_random, Partitioner::ConsistentRandom),
        (rd_kafka_msg_partitioner_murmur2, Partitioner::Murmur2),
        (rd_kafka_msg_partitioner_murmur2_random, Partitioner::Murmur2Random),
        (rd_kafka_msg_partitioner_fnv1a, Partitioner::Fnv1a),
        (rd_kafka_msg_partitioner_fnv1a_random, Partitioner::Fnv1aRandom),
    ];
    own.into_iter().find(|(f, _)| *f as usize == callback as usize).map(|(_, p)| p)
}

/// # Safety
/// A live handle or NULL, and `keylen` bytes at `key`, or NULL.
unsafe fn partition(
    which: Partitioner,
    rkt: *const rd_kafka_topic_t,
    key: *const c_void,
    keylen: usize,
    partition_cnt: i32,
) -> i32 {
    guard(0, || {
        if partition_cnt <= 0 {
            return 0;
        }
        // SAFETY: by this function's own contract.
        let key = unsafe { sized(key, ssize_t::try_from(keylen).unwrap_or(0)) };
        match choose(which, key, partition_cnt) {
            Choice::Partition(p) => p,
            Choice::Random => {
                let p = rand::below(partition_cnt);
                // SAFETY: by this function's own contract.
                let available = unsafe { with_handle(rkt, true, |t| t.topic().is_available(p)) };
                if available { p } else { rand::below(partition_cnt) }
            }
        }
    })
}

/// Chooses a partition at random, whatever the key, with a preference for those that are available.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_msg_partitioner_random(
    rkt: *const rd_kafka_topic_t,
    key: *const c_void,
    keylen: usize,
    partition_cnt: i32,
    _rkt_opaque: *mut c_void,
    _msg_opaque: *mut c_void,
) -> i32 {
    // SAFETY: the caller's handle and key.
    unsafe { partition(Partitioner::Random, rkt, key, keylen, partition_cnt) }
}

/// Chooses a partition by the CRC-32 of the key. Messages without a key share one partition.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_msg_partitioner_consistent(
    rkt: *const rd_kafka_topic_t,
    key: *const c_void,
    keylen: usize,
    partition_cnt: i32,
    _rkt_opaque: *mut c_void,
    _msg_opaque: *mut c_void,
) -> i32 {
    // SAFETY: the caller's handle and key.
    unsafe { partition(Partitioner::Consistent, rkt, key, keylen, partition_cnt) }
}

/// Chooses a partition by the CRC-32 of the key, and at random for messages without a key or with an empty
/// one. This is the default.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_msg_partitioner_consistent_random(
    rkt: *const rd_kafka_topic_t,
    key: *const c_void,
    keylen: usize,
    partition_cnt: i32,
    _rkt_opaque: *mut c_void,
    _msg_opaque: *mut c_void,
) -> i32 {
    // SAFETY: the caller's handle and key.
    unsafe { partition(Partitioner::ConsistentRandom, rkt, key, keylen, partition_cnt) }
}

/// Chooses a partition by the murmur2 hash of the key, as the Java client does. Messages without a key share
/// one partition.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_msg_partitioner_murmur2(
    rkt: *const rd_kafka_topic_t,
    key: *const c_void,
    keylen: usize,
    partition_cnt: i32,
    _rkt_opaque: *mut c_void,
    _msg_opaque: *mut c_void,
) -> i32 {
    // SAFETY: the caller's handle and key.
    unsafe { partition(Partitioner::Murmur2, rkt, key, keylen, partition_cnt) }
}

/// Chooses a partition by the murmur2 hash of the key, as the Java client does, and at random for messages
/// without a key.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_msg_partitioner_murmur2_random(
    rkt: *const rd_kafka_topic_t,
    key: *const c_void,
    keylen: usize,
    partition_cnt: i32,
    _rkt_opaque: *mut c_void,
    _msg_opaque: *mut c_void,
) -> i32 {
    // SAFETY: the caller's handle and key.
    unsafe { partition(Partitioner::Murmur2Random, rkt, key, keylen, partition_cnt) }
}

/// Chooses a partition by the FNV-1a hash of the key, as Sarama does. Messages without a key share one
/// partition.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_msg_partitioner_fnv1a(
    rkt: *const rd_kafka_topic_t,
    key: *const c_void,
    keylen: usize,
    partition_cnt: i32,
    _rkt_opaque: *mut c_void,
    _msg_opaque: *mut c_void,
) -> i32 {
    // SAFETY: the caller's handle and key.
    unsafe { partition(Partitioner::Fnv1a, rkt, key, keylen, partition_cnt) }
}

/// Chooses a partition by the FNV-1a hash of the key, as Sarama does, and at random for messages without a
/// key.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_msg_partitioner_fnv1a_random(
    rkt: *const rd_kafka_topic_t,
    key: *const c_void,
    keylen: usize,
    partition_cnt: i32,
    _rkt_opaque: *mut c_void,
    _msg_opaque: *mut c_void,
) -> i32 {
    // SAFETY: the caller's handle and key.
    unsafe { partition(Partitioner::Fnv1aRandom, rkt, key, keylen, partition_cnt) }
}
