//! Lists of offsets that are committed, or were.

use crate::capi::abi::types::{rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t};
use crate::capi::data::partition_list::{
    elems, elems_mut, leader_epoch, rd_kafka_topic_partition_list_add, rd_kafka_topic_partition_list_destroy,
    rd_kafka_topic_partition_list_new, rd_kafka_topic_partition_set_leader_epoch,
};
use crate::capi::ffi::memory::malloc_bytes;
use crate::capi::ffi::pointers::borrow;
use crate::capi::ffi::strings::{bytes, c_string};
use crate::consumer::offset_to_commit::{OffsetOutcome, OffsetToCommit};
use std::ffi::c_int;

/// What stands in a list of the application's; `None` for NULL.
///
/// # Safety
/// NULL, or a list as the list functions keep it.
pub(crate) unsafe fn to_commit(list: *const rd_kafka_topic_partition_list_t) -> Option<Vec<OffsetToCommit>> {
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    // SAFETY: by this function's own contract.
    unsafe {
        let one = |e: &rd_kafka_topic_partition_t| OffsetToCommit {
            topic: bytes(e.topic).map(text).unwrap_or_default(),
            partition: e.partition,
            offset: e.offset,
            leader_epoch: leader_epoch(e),
            metadata: (!e.metadata.is_null() && e.metadata_size > 0)
                .then(|| std::slice::from_raw_parts(e.metadata.cast(), e.metadata_size).to_vec()),
        };
        borrow(list).map(|list| elems(list).iter().map(one).collect())
    }
}

/// Writes an outcome into an element of a list.
///
/// # Safety
/// An element as the list functions keep it, which nobody else uses.
pub(crate) unsafe fn show(outcome: &OffsetOutcome, elem: &mut rd_kafka_topic_partition_t) {
    let offset = &outcome.offset;
    (elem.offset, elem.err) = (offset.offset, outcome.error.0);
    // SAFETY: by this function's own contract; metadata is from malloc, or NULL.
    unsafe {
        libc::free(elem.metadata);
        elem.metadata = offset.metadata.as_ref().map_or(std::ptr::null_mut(), |m| malloc_bytes(m));
        elem.metadata_size = offset.metadata.as_ref().map_or(0, Vec::len);
        rd_kafka_topic_partition_set_leader_epoch(elem, offset.leader_epoch);
    }
}

/// A list that is released with this object.
pub(crate) struct OutcomeList(*mut rd_kafka_topic_partition_list_t);

impl OutcomeList {
    pub(crate) fn new(outcomes: &[OffsetOutcome]) -> Self {
        let list = rd_kafka_topic_partition_list_new(c_int::try_from(outcomes.len()).unwrap_or(0));
        for outcome in outcomes {
            let topic = c_string(&outcome.offset.topic);
            // SAFETY: a new list, and a terminated string that is copied.
            unsafe { rd_kafka_topic_partition_list_add(list, topic.as_ptr(), outcome.offset.partition) };
        }
        // SAFETY: the list is this function's own.
        unsafe { elems_mut(list).iter_mut().zip(outcomes).for_each(|(elem, outcome)| show(outcome, elem)) };
        Self(list)
    }

    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_topic_partition_list_t {
        self.0
    }
}

impl Drop for OutcomeList {
    fn drop(&mut self) {
        // SAFETY: the list is this object's own.
        unsafe { rd_kafka_topic_partition_list_destroy(self.0) };
    }
}
