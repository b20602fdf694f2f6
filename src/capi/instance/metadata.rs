//! Cluster metadata for applications: one block of C memory that holds structs, arrays and strings.

use crate::base::error::ErrorCode;
use crate::capi::abi::enum_ints::rd_kafka_resp_err_t;
use crate::capi::abi::types::{
    rd_kafka_metadata, rd_kafka_metadata_broker, rd_kafka_metadata_partition, rd_kafka_metadata_topic,
    rd_kafka_t, rd_kafka_topic_t,
};
use crate::capi::ffi::pointers::write_out;
use crate::capi::instance::object::TopicHandle;
use crate::capi::instance::object::{Instance, timeout, with_instance};
use crate::client::metadata::{self, MetadataAnswer, MetadataScope};
use crate::protocol::metadata::{Broker, Partition, Topic};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;
use std::time::Duration;

/// Longer than any wait.
const LONG: Duration = Duration::from_secs(1 << 31);

/// Hands out the parts of a block, those with the greatest alignment first.
struct Arena {
    next: *mut u8,
    left: usize,
}

impl Arena {
    /// Space for `n` values of `T`, or NULL: the block was measured wrongly, which must not become a write
    /// beyond it.
    fn take<T>(&mut self, n: usize) -> *mut T {
        let bytes = size_of::<T>() * n;
        if bytes > self.left || !self.next.cast::<T>().is_aligned() {
            return null_mut();
        }
        let at = self.next.cast();
        self.next = self.next.wrapping_add(bytes);
        self.left -= bytes;
        at
    }

    /// Copies an array into the block.
    fn copy<T: Copy>(&mut self, values: &[T]) -> *mut T {
        let at = self.take::<T>(values.len());
        if !at.is_null() {
            // SAFETY: `take` has reserved space for as many values.
            unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), at, values.len()) };
        }
        at
    }

    fn text(&mut self, text: &str) -> *mut c_char {
        let at = self.take::<u8>(text.len() + 1);
        if !at.is_null() {
            // SAFETY: `take` has reserved space for the text and its terminator.
            unsafe {
                std::ptr::copy_nonoverlapping(text.as_ptr(), at, text.len());
                at.add(text.len()).write(0);
            }
        }
        at.cast()
    }
}

fn count(n: usize) -> c_int {
    c_int::try_from(n).unwrap_or(c_int::MAX)
}

fn name(topic: &Topic) -> &str {
    topic.name.as_deref().unwrap_or_default()
}

/// Bytes of the block for a snapshot.
fn measure(s: &MetadataAnswer) -> usize {
    let r = &s.response;
    let partitions = || r.topics.iter().flat_map(|t| &t.partitions);
    let ids: usize = partitions().map(|p| p.replicas.len() + p.isr.len()).sum();
    let texts: usize = r.brokers.iter().map(|b| b.host.len() + 1).sum::<usize>()
        + r.topics.iter().map(|t| name(t).len() + 1).sum::<usize>()
        + s.broker_name.len()
        + 1;
    size_of::<rd_kafka_metadata>()
        + r.brokers.len() * size_of::<rd_kafka_metadata_broker>()
        + r.topics.len() * size_of::<rd_kafka_metadata_topic>()
        + partitions().count() * size_of::<rd_kafka_metadata_partition>()
        + ids * size_of::<i32>()
        + texts
}

/// Copies a snapshot into one block from malloc; NULL when memory is exhausted.
fn to_c(s: &MetadataAnswer) -> *mut rd_kafka_metadata {
    let size = measure(s);
    // SAFETY: malloc has no conditions.
    let block = unsafe { libc::malloc(size) };
    if block.is_null() {
        return null_mut();
    }
    let r = &s.response;
    let mut arena = Arena { next: block.cast(), left: size };
    let head = arena.take::<rd_kafka_metadata>(1);
    // The arrays of structs come first, then those of ids, then the strings: nothing needs padding that way.
    let brokers = arena.take::<rd_kafka_metadata_broker>(r.brokers.len());
    let topics = arena.take::<rd_kafka_metadata_topic>(r.topics.len());
    let partitions: Vec<_> =
        r.topics.iter().map(|t| arena.take::<rd_kafka_metadata_partition>(t.partitions.len())).collect();
    // SAFETY: each array has space for the elements that are written to it; NULL only if `measure` is wrong.
    unsafe {
        for (t, at) in r.topics.iter().zip(&partitions) {
            for (i, p) in t.partitions.iter().enumerate() {
                at.add(i).write(partition_to_c(p, &mut arena));
            }
        }
        for (i, b) in r.brokers.iter().enumerate() {
            brokers.add(i).write(broker_to_c(b, &mut arena));
        }
        for (i, (t, at)) in r.topics.iter().zip(&partitions).enumerate() {
            topics.add(i).write(rd_kafka_metadata_topic {
                topic: arena.text(name(t)),
                partition_cnt: count(t.partitions.len()),
                partitions: *at,
                err: i32::from(t.error_code),
            });
        }
        head.write(rd_kafka_metadata {
            broker_cnt: count(r.brokers.len()),
            brokers,
            topic_cnt: count(r.topics.len()),
            topics,
            orig_broker_id: s.broker_id,
            orig_broker_name: arena.text(&s.broker_name),
        });
    }
    head
}

fn broker_to_c(b: &Broker, arena: &mut Arena) -> rd_kafka_metadata_broker {
    rd_kafka_metadata_broker { id: b.node_id, host: arena.text(&b.host), port: b.port }
}

fn partition_to_c(p: &Partition, arena: &mut Arena) -> rd_kafka_metadata_partition {
    rd_kafka_metadata_partition {
        id: p.partition,
        err: i32::from(p.error_code),
        leader: p.leader_id,
        replica_cnt: count(p.replicas.len()),
        replicas: arena.copy(&p.replicas),
        isr_cnt: count(p.isr.len()),
        isrs: arena.copy(&p.isr),
    }
}

/// The topics to ask about. Without any topic in use it is all of them, as in librdkafka.
fn scope(rk: &Instance, all: bool, only: Option<&str>) -> MetadataScope {
    let topics: Vec<String> = match only {
        _ if all => Vec::new(),
        Some(name) => vec![name.to_owned()],
        None => rk.client().topics().iter().map(|t| t.name().to_owned()).collect(),
    };
    if topics.is_empty() { MetadataScope::All } else { MetadataScope::Topics(topics) }
}

/// Asks a broker about the cluster.
///
/// @param all_topics Other than 0: all topics of the cluster.
/// @param only_rkt With `all_topics` 0: this topic; NULL for the topics that the instance uses.
/// @param metadatap Set to the answer, to be released with rd_kafka_metadata_destroy().
/// @param timeout_ms Longest time to wait in milliseconds; -1: wait for ever.
///
/// @return RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__TRANSPORT if no broker could be reached in time,
/// RD_KAFKA_RESP_ERR__TIMED_OUT if none has answered in time, or the broker's error.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_metadata(
    rk: *mut rd_kafka_t,
    all_topics: c_int,
    only_rkt: *mut rd_kafka_topic_t,
    metadatap: *mut *const rd_kafka_metadata,
    timeout_ms: c_int,
) -> rd_kafka_resp_err_t {
    // SAFETY: the caller's instance, topic handle and out-parameter.
    unsafe {
        with_instance(rk, ErrorCode::_INVALID_ARG.0, |rk| {
            let only = TopicHandle::from_handle(only_rkt).map(|t| t.topic().name());
            let scope = scope(rk, all_topics != 0, only);
            match metadata::get(rk.client(), scope, timeout(timeout_ms).unwrap_or(LONG)) {
                Ok(snapshot) => {
                    let metadata = to_c(&snapshot);
                    if metadata.is_null() {
                        return ErrorCode::_CRIT_SYS_RESOURCE.0;
                    }
                    write_out(metadatap, metadata.cast_const());
                    ErrorCode::NO_ERROR.0
                }
                Err(error) => error.code.0,
            }
        })
    }
}

/// Releases what rd_kafka_metadata() returned. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_metadata_destroy(metadata: *const rd_kafka_metadata) {
    // SAFETY: it is one block of memory from malloc, which the caller gives up.
    unsafe { libc::free(metadata.cast_mut().cast::<c_void>()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::metadata::Response;
    use std::ffi::CStr;

    #[test]
    fn a_snapshot_becomes_one_block() {
        let partition = |i: i32| Partition {
            partition: i,
            leader_id: i + 1,
            replicas: vec![1, 2, 3],
            isr: (0..i).collect(),
            ..Partition::default()
        };
        let topic = |name: &str, n: i32| Topic {
            name: Some(name.into()),
            partitions: (0..n).map(partition).collect(),
            ..Topic::default()
        };
        let response = Response {
            brokers: vec![Broker { node_id: 7, host: "a.example".into(), port: 9092, rack: None }],
            topics: vec![topic("t", 3), topic("empty", 0), topic("longer name", 2)],
            ..Response::default()
        };
        let s = MetadataAnswer {
            response: Box::new(response),
            broker_id: 7,
            broker_name: "a.example:9092/7".into(),
        };
        let block = to_c(&s);
        // SAFETY: the block holds as many elements as it says.
        unsafe {
            let m = &*block;
            assert_eq!((m.broker_cnt, m.topic_cnt, m.orig_broker_id), (1, 3, 7));
            assert_eq!(CStr::from_ptr(m.orig_broker_name), c"a.example:9092/7");
            assert_eq!(((*m.brokers).id, CStr::from_ptr((*m.brokers).host)), (7, c"a.example"));
            let last = &*m.topics.add(2);
            assert_eq!((CStr::from_ptr(last.topic), last.partition_cnt), (c"longer name", 2));
            let p = &*(*m.topics).partitions.add(2);
            assert_eq!((p.id, p.leader, p.replica_cnt, p.isr_cnt), (2, 3, 3, 2));
            assert_eq!((*p.replicas.add(2), *p.isrs.add(1)), (3, 1));
            rd_kafka_metadata_destroy(block);
        }
    }
}
