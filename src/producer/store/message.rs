//! A message on its way into the store.
#![allow(unsafe_code)] // part of the message store

use crate::base::clock::Time;

/// A value that stays in the application's memory.
#[derive(Clone, Copy, Debug)]
pub struct ForeignBytes {
    pub(super) ptr: *const u8,
    pub(super) len: usize,
    pub(super) free: bool,
}

impl ForeignBytes {
    /// # Safety `ptr` must point to `len` readable bytes that stay unchanged until the message's delivery
    /// report has been served or its client destroyed. With `free`, it must have come from C `malloc`, and
    /// its ownership passes to the message store as soon as the message is accepted.
    #[must_use]
    pub unsafe fn new(ptr: *const u8, len: usize, free: bool) -> Self {
        Self { ptr, len, free }
    }

    /// The same bytes without the claim to their memory.
    #[must_use]
    pub fn not_freed(self) -> Self {
        Self { free: false, ..self }
    }

    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// A message's value on its way in.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Null,
    /// Copied into the store.
    Copy(&'a [u8]),
    /// Referenced where it is.
    Foreign(ForeignBytes),
}

impl Value<'_> {
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Value::Null => 0,
            Value::Copy(b) => b.len(),
            Value::Foreign(f) => f.len,
        }
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A message as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct StoredMessage<'a> {
    pub key: Option<&'a [u8]>,
    pub value: Value<'a>,
    /// Headers in wire form (`protocol::headers`); `None` for no headers at all.
    pub headers: Option<&'a [u8]>,
    pub timestamp_ms: i64,
    pub opaque: usize,
    pub enqueued: Time,
    pub retries: u16,
}
