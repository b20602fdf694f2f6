//! Walks over the records of a share: batch after batch, and message after message in a batch.

use super::aborted::AbortedTransactions;
use super::buffer::Buffer;
use super::decode::{self, Decoded};
use super::fault::Fault;
use super::message_set::{self, Outer};
use super::outline::{Kind, MessageHeader, Outline};
use super::record::{RawRecord, Record, TimestampType};
use super::share::Share;
use crate::base::sync::Arc;
use crate::protocol::primitives::Reader;
use crate::protocol::record_batch::{BatchHeader, HEADER_LEN};

/// The type of a control record that ends an aborted transaction.
const ABORT: i16 = 0;

/// What comes next.
#[derive(Debug)]
pub enum Next {
    Record(Record),
    Fault(Fault),
    /// The next batch has to be decoded first, by [`Share::decode`] with this number, without a lock. Then
    /// ask again.
    Blocked(usize),
    End,
}

pub(super) struct Cursor {
    share: Arc<Share>,
    /// Where the next batch begins.
    at: usize,
    /// Which of the batches that have to be decoded comes next.
    parcel: usize,
    aborted: Option<AbortedTransactions>,
    inside: Option<Inside>,
}

/// The batch whose records are being read.
struct Inside {
    buffer: Arc<Buffer>,
    at: usize,
    end: usize,
    format: Format,
}

enum Format {
    Batch(Batch),
    Messages { outer: Outer, expected: i64 },
}

/// What goes for all records of a batch.
struct Batch {
    base_offset: i64,
    base_timestamp: i64,
    /// The broker's timestamp, which goes for all records.
    append_time: Option<i64>,
    leader_epoch: i32,
    /// The offset that the next record is expected to have.
    expected: i64,
}

impl Cursor {
    pub(super) fn new(share: Arc<Share>) -> Self {
        let aborted = share.context().aborted.as_deref().map(AbortedTransactions::new);
        Self { share, at: 0, parcel: 0, aborted, inside: None }
    }

    pub(super) fn share(&self) -> &Arc<Share> {
        &self.share
    }

    /// The buffer in which the record stands that was returned last.
    #[inline]
    pub(super) fn buffer(&self) -> &Arc<Buffer> {
        self.inside.as_ref().map_or(self.share.buffer(), |inside| &inside.buffer)
    }

    #[inline]
    pub(super) fn next(&mut self) -> Next {
        let from = self.share.context().fetch_offset;
        loop {
            while let Some(inside) = &mut self.inside {
                match inside.next() {
                    Some(Ok(record)) if record.offset >= from => return Next::Record(record),
                    Some(Ok(_)) => {}
                    Some(Err(fault)) => {
                        self.inside = None;
                        return Next::Fault(fault);
                    }
                    None => self.inside = None,
                }
            }
            if let Some(next) = self.next_batch() {
                return next;
            }
        }
    }

    /// The next record, if it is a sound one of the batch that is being read. Otherwise nothing has changed,
    /// or records have been passed that were not asked for.
    #[inline]
    pub(super) fn next_in_batch(&mut self) -> Option<Record> {
        let from = self.share.context().fetch_offset;
        self.inside.as_mut()?.next_of_batch().filter(|record| record.offset >= from)
    }

    /// Whether the record that was returned last is that of a batch that has no more.
    #[inline]
    pub(super) fn is_batch_read(&self) -> bool {
        self.inside.as_ref().is_none_or(|inside| inside.at >= inside.end)
    }

    /// Whether behind the batch that is being read there is nothing that the application is given: only ends
    /// of transactions, or transactions that were aborted.
    pub(super) fn is_last_batch(&self) -> bool {
        let mut at = self.at;
        while self.share.has_messages_from(at) {
            match self.share.outline(at) {
                Some(outline) if self.is_aborted(&outline) => at += outline.len,
                _ => return false,
            }
        }
        true
    }

    /// Goes to the next batch; `None` if its records, or those of the one behind it, are to be read then.
    fn next_batch(&mut self) -> Option<Next> {
        let Some(outline) = self.share.outline(self.at) else { return Some(Next::End) };
        let from = self.share.context().fetch_offset;
        let at = self.at;
        let is_parcel = outline.needs_decoding(self.share.context().check_crcs);
        let is_skipped = outline.next_offset() <= from || self.is_aborted(&outline);
        if is_parcel && !is_skipped && !self.share.is_decoded(self.parcel) {
            return Some(Next::Blocked(self.parcel));
        }
        self.at += outline.len;
        let decoded = if is_parcel { self.take_parcel() } else { Decoded::Plain };
        if is_skipped {
            return None;
        }
        match (decoded, &outline.kind) {
            (Decoded::Fault(fault), _) => return Some(Next::Fault(fault)),
            (Decoded::Plain, Kind::Batch(header)) => {
                self.enter_batch(header, self.share.buffer().clone(), at + HEADER_LEN, at + outline.len);
            }
            (Decoded::Records(buffer), Kind::Batch(header)) => {
                let end = buffer.len();
                self.enter_batch(header, buffer, 0, end);
            }
            (Decoded::Messages(buffer, outer), _) => {
                let (end, format) = (buffer.len(), Format::Messages { outer, expected: from });
                self.inside = Some(Inside { buffer, at: 0, end, format });
            }
            (_, Kind::Message(header)) => return Some(self.message(at, &outline, header)),
            (_, Kind::Unknown { magic }) => return Some(Next::Fault(Fault::magic(outline.offset, *magic))),
            (_, Kind::TooShort) => {
                return Some(Next::Fault(Fault::malformed(outline.offset, "shorter than its header")));
            }
        }
        None
    }

    fn take_parcel(&mut self) -> Decoded {
        let parcel = self.parcel;
        self.parcel += 1;
        self.share.take(parcel)
    }

    fn is_aborted(&self, outline: &Outline) -> bool {
        match (&self.aborted, &outline.kind) {
            (Some(aborted), Kind::Batch(header)) if header.is_transactional() && !header.is_control() => {
                aborted.contains(header.producer_id, header.base_offset)
            }
            _ => false,
        }
    }

    /// A message that stands alone.
    fn message(&self, at: usize, outline: &Outline, header: &MessageHeader) -> Next {
        let buffer = self.share.buffer();
        if self.share.context().check_crcs
            && let Err(fault) = decode::check_message(buffer.unread(at..at + outline.len), header)
        {
            return Next::Fault(fault);
        }
        match message_set::record(buffer, at, outline, header, Outer::NONE) {
            Ok(record) => Next::Record(record),
            Err(malformed) => Next::Fault(Fault::malformed(outline.offset, malformed.0)),
        }
    }

    fn enter_batch(&mut self, header: &BatchHeader, buffer: Arc<Buffer>, at: usize, end: usize) {
        if header.is_control() {
            return self.control_batch(header, &buffer, at, end);
        }
        let format = Format::Batch(Batch {
            base_offset: header.base_offset,
            base_timestamp: header.base_timestamp,
            append_time: header.is_log_append_time().then_some(header.max_timestamp),
            leader_epoch: header.partition_leader_epoch,
            expected: header.base_offset,
        });
        self.inside = Some(Inside { buffer, at, end, format });
    }

    /// The end of a transaction. It is not given to the application, whatever it says.
    fn control_batch(&mut self, header: &BatchHeader, buffer: &Buffer, at: usize, end: usize) {
        let Some(aborted) = &mut self.aborted else { return };
        let key = RawRecord::read(buffer, at, end).ok().and_then(|record| record.key);
        let Some(key) = key else { return };
        let at = key.at as usize;
        let mut r = Reader::new(buffer.unread(at..at + key.len as usize));
        if let (Ok(_version), Ok(ABORT)) = (r.i16(), r.i16()) {
            aborted.end(header.producer_id, header.base_offset);
        }
    }
}

impl Inside {
    #[inline]
    fn next(&mut self) -> Option<Result<Record, Fault>> {
        if self.at >= self.end {
            return None;
        }
        match &mut self.format {
            Format::Batch(batch) => Some(match RawRecord::read(&self.buffer, self.at, self.end) {
                Ok(raw) => {
                    self.at = raw.next;
                    Ok(batch.record(&raw))
                }
                Err(malformed) => Err(Fault::malformed(batch.expected, malformed.0)),
            }),
            Format::Messages { .. } => self.next_message(),
        }
    }

    /// The next record if it is a sound one of a batch.
    #[inline]
    fn next_of_batch(&mut self) -> Option<Record> {
        let Format::Batch(batch) = &mut self.format else { return None };
        if self.at >= self.end {
            return None;
        }
        let raw = RawRecord::read(&self.buffer, self.at, self.end).ok()?;
        self.at = raw.next;
        Some(batch.record(&raw))
    }

    /// The next message inside of another.
    fn next_message(&mut self) -> Option<Result<Record, Fault>> {
        let Format::Messages { outer, expected } = &mut self.format else { return None };
        let bytes = self.buffer.unread(self.at..self.end);
        // Cut off: an old broker's batch may end that way.
        let outline = Outline::read(bytes)?;
        let at = self.at;
        self.at += outline.len;
        let read = message_set::inner_header(&outline)
            .and_then(|header| message_set::record(&self.buffer, at, &outline, header, *outer));
        Some(match read {
            Ok(record) => {
                *expected = record.offset.saturating_add(1);
                Ok(record)
            }
            Err(malformed) => Err(Fault::malformed(*expected, malformed.0)),
        })
    }
}

impl Batch {
    #[inline]
    fn record(&mut self, raw: &RawRecord) -> Record {
        let offset = self.base_offset.saturating_add(raw.offset_delta.into());
        self.expected = offset.saturating_add(1);
        let (timestamp, timestamp_type) = match self.append_time {
            Some(time) => (time, TimestampType::LogAppendTime),
            None => (self.base_timestamp.saturating_add(raw.timestamp_delta), TimestampType::CreateTime),
        };
        Record {
            offset,
            timestamp,
            timestamp_type,
            leader_epoch: self.leader_epoch,
            key: raw.key,
            value: raw.value,
            headers: raw.headers,
        }
    }
}
