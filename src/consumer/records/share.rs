//! The records of a partition in one response: the bytes, and what the headers of the batches tell of them.

use super::buffer::Buffer;
use super::context::ShareContext;
use super::decode::{Decoded, Parcel};
use super::outline::{Kind, Outline};
use crate::base::sync::Arc;

/// What the headers of the batches tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The offset behind the last whole batch; what was asked for if there is none.
    pub next_offset: i64,
    /// How many messages there are, as far as headers tell.
    pub messages: u32,
    /// The length of all that was received.
    pub bytes: u64,
    /// Whole batches. A message of an older format counts as one.
    pub batches: u32,
    /// The leader epoch of the last whole batch; -1 if there is none, and for messages of older formats.
    pub leader_epoch: i32,
}

/// The records of a partition in one response.
pub struct Share {
    buffer: Arc<Buffer>,
    context: ShareContext,
    /// The batches that have to be decompressed or checked, in order.
    parcels: Box<[Parcel]>,
    summary: Summary,
    /// Where the last batch ends that is more than the end of a transaction.
    messages_end: usize,
}

impl Share {
    /// `records` as a Fetch response has them.
    #[must_use]
    pub fn new(records: Vec<u8>, context: ShareContext) -> Arc<Self> {
        let bytes = records.len() as u64;
        let buffer = Arc::new(Buffer::new(records, &context.pool));
        let summary =
            Summary { next_offset: context.fetch_offset, bytes, leader_epoch: -1, ..Summary::default() };
        let mut share = Self { buffer, context, parcels: Box::default(), summary, messages_end: 0 };
        share.survey();
        Arc::new(share)
    }

    /// Looks at the headers of all whole batches.
    fn survey(&mut self) {
        let mut parcels = Vec::new();
        let mut at = 0;
        while let Some(outline) = self.outline(at) {
            let before = self.summary.next_offset;
            self.summary.next_offset = before.max(outline.next_offset());
            self.summary.batches += 1;
            self.summary.leader_epoch = outline.leader_epoch();
            let messages = estimated_messages(&outline, before);
            self.summary.messages = self.summary.messages.saturating_add(messages);
            if outline.needs_decoding(self.context.check_crcs) {
                parcels.push(Parcel::new(at, outline));
            }
            at += outline.len;
            if !outline.is_control() {
                self.messages_end = at;
            }
        }
        self.parcels = parcels.into();
    }

    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary
    }

    #[must_use]
    pub fn context(&self) -> &ShareContext {
        &self.context
    }

    /// Whether there are batches from a place on that are more than the end of a transaction.
    pub(super) fn has_messages_from(&self, at: usize) -> bool {
        at < self.messages_end
    }

    pub(super) fn buffer(&self) -> &Arc<Buffer> {
        &self.buffer
    }

    /// What stands at a place; `None` at the end, and for what is cut off there.
    #[inline]
    pub(super) fn outline(&self, at: usize) -> Option<Outline> {
        Outline::read(self.buffer.unread(at..self.buffer.len()))
    }

    /// Whether [`Share::decode`] has done its work.
    pub(super) fn is_decoded(&self, parcel: usize) -> bool {
        self.parcels.get(parcel).is_none_or(Parcel::is_decoded)
    }

    /// Decompresses a batch that [`Next::Blocked`](super::Next::Blocked) names, or checks it. Whoever comes
    /// first does the work, and others wait for it. No lock is to be held.
    pub fn decode(&self, parcel: usize) {
        if let Some(parcel) = self.parcels.get(parcel) {
            parcel.decode(&self.buffer, &self.context);
        }
    }

    /// What has come out of a batch. It is given away: nobody asks twice.
    pub(super) fn take(&self, parcel: usize) -> Decoded {
        self.parcels.get(parcel).map_or(Decoded::Plain, Parcel::take)
    }
}

/// How many messages there are in a batch. What a message of an older format holds can only be told from its
/// offset, which is that of the last of them.
fn estimated_messages(outline: &Outline, from: i64) -> u32 {
    match &outline.kind {
        Kind::Batch(_) if outline.is_control() => 0,
        // A record takes six bytes at least, and a compressed one not much less than a bit.
        Kind::Batch(header) => u32::try_from(header.record_count).unwrap_or(0).min(outline.len as u32 * 8),
        Kind::Message(header) if header.is_compressed() => {
            let count = outline.offset.saturating_sub(from).saturating_add(1);
            u32::try_from(count).unwrap_or(1).clamp(1, outline.len as u32 * 8)
        }
        Kind::Message(_) => 1,
        Kind::Unknown { .. } | Kind::TooShort => 0,
    }
}
