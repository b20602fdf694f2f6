//! Messages that a consumer receives. They come from slabs, so that one costs an allocation and a count of
//! references only now and then; the application releases them in any order, on any thread.

use super::head::{Head, Kind};
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::capi::abi::enum_ints::rd_kafka_timestamp_type_t;
use crate::capi::abi::types::{rd_kafka_headers_t, rd_kafka_message_t, rd_kafka_topic_t};
use crate::capi::data::headers::HeaderList;
use crate::capi::ffi::pointers::BoxHandle;
use crate::consumer::records::{Buffer, Field, Record};
use crate::protocol::record_batch::headers;
use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null, null_mut};

/// Most messages in a slab.
const MOST: usize = 64;

/// What keeps a topic's handle alive.
pub(crate) type Keep = Arc<dyn Any + Send + Sync>;

/// What all messages of a partition in a response share.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) rkt: *mut rd_kafka_topic_t,
    /// Keeps `rkt` alive.
    pub(crate) _keep: Keep,
    pub(crate) partition: i32,
    pub(crate) broker_id: i32,
}

// SAFETY: the handle is thread-safe and kept alive.
unsafe impl Send for Origin {}

/// A message as an application sees it until it releases it.
#[repr(C)]
pub(crate) struct Consumed {
    head: Head,
    slab: NonNull<Slab>,
    timestamp: i64,
    timestamp_type: rd_kafka_timestamp_type_t,
    leader_epoch: i32,
    /// The headers in wire form, which lie in the slab's buffer; NULL if there are none, and once they have
    /// been read.
    wire: Cell<*const u8>,
    wire_len: u32,
    /// The list, which the message owns.
    list: Cell<*mut rd_kafka_headers_t>,
}

/// Messages that were made one after the other, from the same bytes.
struct Slab {
    /// Messages that are not released yet, those to come among them, and whoever makes them.
    references: AtomicUsize,
    origin: Origin,
    buffer: Arc<Buffer>,
    messages: Box<[UnsafeCell<MaybeUninit<Consumed>>]>,
}

impl Slab {
    /// Gives up references; the last takes the slab along.
    ///
    /// # Safety
    /// So many references are the caller's, and are not used afterwards.
    unsafe fn release(slab: NonNull<Self>, references: usize) {
        // SAFETY: by this function's own contract, the slab is alive until the last reference is given up.
        let left = unsafe { &slab.as_ref().references };
        if left.fetch_sub(references, Ordering::Release) == references {
            // What the other owners wrote happened before this. Not a fence: ThreadSanitizer knows none.
            left.load(Ordering::Acquire);
            // SAFETY: it came from a box, and this was the last reference.
            drop(unsafe { Box::from_raw(slab.as_ptr()) });
        }
    }
}

/// A slab in which messages are made.
pub(crate) struct OpenSlab {
    slab: NonNull<Slab>,
    used: usize,
}

// SAFETY: the messages that are still to be made are this object's alone; those that were made are reached
// through the application's pointers.
unsafe impl Send for OpenSlab {}

impl OpenSlab {
    pub(crate) fn new(origin: Origin, buffer: Arc<Buffer>) -> Self {
        // A record takes some bytes: what is short has few of them.
        let capacity = (buffer.len() / 32).clamp(4, MOST);
        let messages = (0..capacity).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect();
        let slab = Slab { references: AtomicUsize::new(capacity + 1), origin, buffer, messages };
        Self { slab: NonNull::from(Box::leak(Box::new(slab))), used: 0 }
    }

    fn slab(&self) -> &Slab {
        // SAFETY: this object has a reference.
        unsafe { self.slab.as_ref() }
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.slab().origin
    }

    /// Whether there is space for a message whose record stands in `buffer`.
    #[inline]
    pub(crate) fn has_space(&self, buffer: &Arc<Buffer>) -> bool {
        let slab = self.slab();
        self.used < slab.messages.len() && Arc::ptr_eq(&slab.buffer, buffer)
    }

    /// Makes a message of a record that stands in `buffer`; `None` if there is no space in the slab, or it is
    /// of another buffer.
    #[inline]
    pub(crate) fn message(
        &mut self,
        record: &Record,
        buffer: &Arc<Buffer>,
    ) -> Option<*mut rd_kafka_message_t> {
        let slab = self.slab();
        if !Arc::ptr_eq(&slab.buffer, buffer) {
            return None;
        }
        let place = slab.messages.get(self.used)?.get();
        let message = Consumed::new(self.slab, slab, record);
        // SAFETY: nobody else has this place before it is counted as used.
        unsafe { (*place).write(message) };
        self.used += 1;
        Some(place.cast())
    }
}

impl Drop for OpenSlab {
    fn drop(&mut self) {
        let references = self.slab().messages.len() - self.used + 1;
        // SAFETY: those of the messages that will not be made, and the own one.
        unsafe { Slab::release(self.slab, references) };
    }
}

impl Consumed {
    #[inline]
    fn new(at: NonNull<Slab>, slab: &Slab, record: &Record) -> Self {
        let buffer = &slab.buffer;
        let place = |field: Option<Field>| match field {
            Some(field) => (buffer.pointer(field.at as usize), field.len as usize),
            None => (null_mut(), 0),
        };
        let (payload, len) = place(record.value);
        let (key, key_len) = place(record.key);
        let (wire, wire_len) = place(record.headers);
        Self {
            head: Head::new(
                Kind::Consumed,
                rd_kafka_message_t {
                    err: 0,
                    rkt: slab.origin.rkt,
                    partition: slab.origin.partition,
                    payload: payload.cast(),
                    len,
                    key: key.cast(),
                    key_len,
                    offset: record.offset,
                    _private: null_mut(),
                },
            ),
            slab: at,
            timestamp: record.timestamp,
            timestamp_type: record.timestamp_type as rd_kafka_timestamp_type_t,
            leader_epoch: record.leader_epoch,
            wire: Cell::new(wire),
            wire_len: wire_len as u32,
            list: Cell::new(null_mut()),
        }
    }

    pub(super) fn timestamp(&self) -> (i64, rd_kafka_timestamp_type_t) {
        (self.timestamp, self.timestamp_type)
    }

    pub(super) fn leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    pub(super) fn broker_id(&self) -> i32 {
        // SAFETY: the message has a reference to its slab.
        unsafe { self.slab.as_ref() }.origin.broker_id
    }

    /// The list of headers, decoded on first use; NULL if there are none. The error: they are not sound.
    #[inline]
    pub(super) fn headers(&self) -> Result<*mut rd_kafka_headers_t, ()> {
        if self.wire.get().is_null() || !self.list.get().is_null() {
            return Ok(self.list.get());
        }
        // SAFETY: the headers lie in the buffer, where nobody has a pointer to them but this message.
        let blob = unsafe { std::slice::from_raw_parts(self.wire.get(), self.wire_len as usize) };
        let mut list = HeaderList::default();
        for header in headers::iter(blob) {
            let (name, value) = header.map_err(drop)?;
            list.add(name, value);
        }
        self.list.set(if list.is_empty() { null_mut() } else { list.into_handle() });
        Ok(self.list.get())
    }

    /// Gives the list away. As in librdkafka, whoever asks next gets another one with what the message came
    /// with.
    pub(super) fn detach_headers(&self) {
        self.list.set(null_mut());
    }

    /// Replaces the list and returns the former one.
    pub(super) fn replace_headers(&self, list: *mut rd_kafka_headers_t) -> *mut rd_kafka_headers_t {
        self.wire.set(null());
        self.list.replace(list)
    }

    /// Releases the message.
    ///
    /// # Safety
    /// It was made by [`OpenSlab::message`] and is not used afterwards.
    #[inline]
    pub(super) unsafe fn destroy(message: NonNull<Self>) {
        // SAFETY: by this function's own contract. Nothing in the message needs to be dropped but the list.
        let (slab, list) = unsafe { (message.as_ref().slab, message.as_ref().list.get()) };
        if !list.is_null() {
            // SAFETY: the message owns the list.
            drop(unsafe { HeaderList::take_handle(list) });
        }
        // SAFETY: the message's own reference.
        unsafe { Slab::release(slab, 1) };
    }
}

#[cfg(test)]
mod tests;
