//! What a response has brought for a partition, while the application reads it.

use super::buffer::Buffer;
use super::cursor::{Cursor, Next};
use super::record::Record;
use super::share::Share;
use crate::base::sync::Arc;
use crate::consumer::partition::Partition;
use std::any::Any;

/// A share of a response on its way to the application. Dropping it counts what is left as consumed.
pub struct Fetched {
    version: i32,
    reading: Reading,
    /// Something of whoever reads the messages, kept from one to the next.
    attachment: Option<Box<dyn Any + Send>>,
}

/// How far a share has been read.
pub struct Reading {
    partition: Arc<Partition>,
    cursor: Cursor,
    /// Messages and bytes that the partition has not been told of yet, and messages since it was told.
    messages_left: u32,
    bytes_left: u64,
    read: u32,
}

/// The partition is told of so many messages at once.
const TELL_EVERY: u32 = 64;

impl Fetched {
    /// `version` is the partition's when the request was sent.
    #[must_use]
    pub fn new(partition: Arc<Partition>, version: i32, share: Arc<Share>) -> Self {
        let summary = share.summary();
        let reading = Reading {
            partition,
            cursor: Cursor::new(share),
            messages_left: summary.messages,
            bytes_left: summary.bytes,
            read: 0,
        };
        Self { version, reading, attachment: None }
    }

    #[must_use]
    #[inline]
    pub fn partition(&self) -> &Arc<Partition> {
        &self.reading.partition
    }

    #[must_use]
    pub fn version(&self) -> i32 {
        self.version
    }

    /// Whether something has made it worthless since: a seek, the end of consuming.
    #[must_use]
    #[inline]
    pub fn is_outdated(&self) -> bool {
        self.version != self.reading.partition.version()
    }

    #[must_use]
    pub fn share(&self) -> &Arc<Share> {
        self.reading.cursor.share()
    }

    /// The buffer in which the record stands that was returned last.
    #[must_use]
    #[inline]
    pub fn buffer(&self) -> &Arc<Buffer> {
        self.reading.buffer()
    }

    pub fn attachment(&mut self) -> &mut Option<Box<dyn Any + Send>> {
        &mut self.attachment
    }

    /// What is read, and what is attached, for whoever needs both at once.
    #[inline]
    pub fn parts(&mut self) -> (&mut Reading, &mut Option<Box<dyn Any + Send>>) {
        (&mut self.reading, &mut self.attachment)
    }

    /// The next message. The partition's position is behind it from now on.
    #[inline]
    #[allow(clippy::should_implement_trait)] // What comes next may be that something has to be done first.
    pub fn next(&mut self) -> Next {
        let next = self.reading.next();
        if matches!(next, Next::End) {
            self.pass_the_end();
        }
        next
    }

    /// What stands behind the last message, the end of a transaction for example, has been read, too.
    #[cold]
    fn pass_the_end(&self) {
        let end = self.share().summary();
        if end.batches > 0 && !self.is_outdated() && end.next_offset > self.partition().position().0 {
            self.partition().delivered(end.next_offset, end.leader_epoch);
        }
    }
}

impl Reading {
    /// The buffer in which the record stands that was returned last.
    #[must_use]
    #[inline]
    pub fn buffer(&self) -> &Arc<Buffer> {
        self.cursor.buffer()
    }

    #[inline]
    fn next(&mut self) -> Next {
        let next = self.cursor.next();
        if let Next::Record(record) = &next {
            self.advance(record);
        }
        next
    }

    /// The next message if it is sound and stands in the batch that is being read. Otherwise there is
    /// something else to be done first, which [`Fetched::next`] tells.
    #[inline]
    pub fn next_in_batch(&mut self) -> Option<Record> {
        let record = self.cursor.next_in_batch()?;
        self.advance(&record);
        Some(record)
    }

    #[inline]
    fn advance(&mut self, record: &Record) {
        self.partition.delivered(record.offset.saturating_add(1), record.leader_epoch);
        self.read += 1;
        if self.read == TELL_EVERY {
            self.tell();
        }
        if self.cursor.is_batch_read() {
            self.end_batch();
        }
    }

    /// With the last message that there is all of it has been taken: who does not poll again before there is
    /// more would keep more from being fetched.
    #[inline(never)]
    fn end_batch(&mut self) {
        if self.cursor.is_last_batch() {
            self.tell_rest();
        }
    }

    fn tell_rest(&mut self) {
        let (messages, bytes) =
            (std::mem::take(&mut self.messages_left), std::mem::take(&mut self.bytes_left));
        self.read = 0;
        if messages > 0 || bytes > 0 {
            self.partition.consumed(messages, bytes);
        }
    }

    /// Tells the partition what has been read since the last time. The bytes go with the messages.
    fn tell(&mut self) {
        let messages = self.read.min(self.messages_left);
        let bytes = match self.messages_left {
            0 => 0,
            left => self.bytes_left * u64::from(messages) / u64::from(left),
        };
        self.read = 0;
        self.messages_left -= messages;
        self.bytes_left -= bytes;
        if messages > 0 {
            self.partition.consumed(messages, bytes);
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.tell_rest();
    }
}
