//! A Fetch response on its way in: the records of each partition go into memory of their own while they
//! arrive. So nothing is moved afterwards, and a message that an application keeps holds its partition's
//! share and not the whole response.

use crate::base::sync::Arc;
use crate::consumer::records::Pool;
use crate::protocol::ApiKey;
use crate::protocol::fetch::FIRST_WITH_IDS;
use crate::protocol::header::read_response_header_rest;
use crate::protocol::primitives::{Malformed, Reader, Sink};

/// The first version with compact lengths and tagged fields.
const FIRST_FLEXIBLE: i16 = 12;
/// With fewer bytes to come, receiving them apart from the others would cost a call that is not worth it.
const WORTH_A_CALL: usize = 8 << 10;

/// Where in the response the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    /// In front of a topic, of so many.
    Topic(u32),
    /// In front of a partition, of so many, of a topic with so many behind it.
    Partition(u32, u32),
    /// Behind the records of a partition; only where tagged fields follow.
    PartitionEnd(u32, u32),
    /// Behind the partitions of a topic; only where tagged fields follow.
    TopicEnd(u32),
    Tail,
    /// It makes no sense: what comes is ignored.
    Broken,
}

/// A share that is being received.
#[derive(Debug)]
struct IncomingShare {
    bytes: Vec<u8>,
    len: usize,
}

/// What a response consists of.
#[derive(Debug)]
pub struct Parts {
    /// All that stands behind the correlation id, but with empty records in the place of each partition's.
    pub frame: Vec<u8>,
    /// The records of the partitions that have any, in the order of the response.
    pub records: Vec<Vec<u8>>,
}

/// Takes a response apart.
#[derive(Debug)]
pub struct Receiver {
    version: i16,
    pool: Arc<Pool>,
    stage: Stage,
    parts: Parts,
    share: Option<IncomingShare>,
    /// With fewer bytes the next part is surely not there as a whole, unless they are the last.
    needs: usize,
}

impl Receiver {
    #[must_use]
    pub fn new(version: i16, pool: Arc<Pool>) -> Self {
        let parts = Parts { frame: Vec::new(), records: Vec::new() };
        Self { version, pool, stage: Stage::Head, parts, share: None, needs: 0 }
    }

    /// Takes what it can of `bytes`, which come next, and of which there will be `left` in all. Returns how
    /// many it has taken: the rest is to be shown again, with more behind it.
    pub fn feed(&mut self, bytes: &[u8], left: usize) -> usize {
        let mut taken = 0;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            let n =
                if self.share.is_some() { self.feed_share(rest) } else { self.try_step(rest, left - taken) };
            taken += n;
            if n == 0 {
                break;
            }
        }
        if taken < bytes.len() && bytes.len() == left {
            // No more will come, and it is not enough. Whoever decodes the frame finds that, too.
            self.parts.frame.extend_from_slice(bytes.get(taken..).unwrap_or_default());
            return left;
        }
        taken
    }

    fn feed_share(&mut self, bytes: &[u8]) -> usize {
        let Some(share) = &mut self.share else { return 0 };
        let n = bytes.len().min(share.len - share.bytes.len());
        while share.bytes.capacity() - share.bytes.len() < n {
            Pool::grow(&mut share.bytes, share.len);
        }
        share.bytes.extend_from_slice(bytes.get(..n).unwrap_or_default());
        self.end_share();
        n
    }

    fn end_share(&mut self) {
        if let Some(share) = self.share.take_if(|share| share.bytes.len() == share.len) {
            self.parts.records.push(share.bytes);
        }
    }

    /// Where the next bytes may be received to at once, and how many of them at most. [`Self::received`] is
    /// to be called then.
    pub fn direct(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        let share = self.share.as_mut()?;
        let missing = share.len - share.bytes.len();
        if missing < WORTH_A_CALL {
            return None;
        }
        if share.bytes.capacity() == share.bytes.len() {
            Pool::grow(&mut share.bytes, share.len);
        }
        let space = share.bytes.capacity() - share.bytes.len();
        Some((&mut share.bytes, missing.min(space)))
    }

    /// Bytes have been received to where [`Self::direct`] has said.
    pub fn received(&mut self) {
        self.end_share();
    }

    /// As [`Self::step`]. A long part, such as a list of aborted transactions, is looked at again only when a
    /// quarter more has come: else each piece of it would cost as much as all that came before.
    fn try_step(&mut self, bytes: &[u8], left: usize) -> usize {
        if bytes.len() < self.needs.min(left) {
            return 0;
        }
        let taken = self.step(bytes, left);
        self.needs = if taken == 0 { bytes.len() + bytes.len() / 4 } else { 0 };
        taken
    }

    /// Takes the next part of the response that is no records. Returns how long it is; 0 if it is not there
    /// as a whole.
    fn step(&mut self, bytes: &[u8], left: usize) -> usize {
        if matches!(self.stage, Stage::Tail | Stage::Broken) {
            if self.stage == Stage::Tail {
                self.parts.frame.extend_from_slice(bytes);
            }
            return bytes.len();
        }
        let mut r = Reader::new(bytes);
        let Ok((next, records)) = self.read(&mut r) else { return 0 };
        let taken = bytes.len() - r.remaining();
        self.stage = next;
        let head = bytes.get(..taken).unwrap_or_default();
        match records {
            None => self.parts.frame.extend_from_slice(head),
            Some(Records { width, len }) => {
                if len > left - taken {
                    self.stage = Stage::Broken;
                    return taken;
                }
                self.parts.frame.extend_from_slice(head.get(..taken - width).unwrap_or_default());
                if self.is_flexible() {
                    self.parts.frame.put_uvarint(1)
                } else {
                    self.parts.frame.put_i32(0)
                }
                self.share = Some(IncomingShare { bytes: self.pool.take(len), len });
                self.end_share();
            }
        }
        taken
    }

    fn is_flexible(&self) -> bool {
        self.version >= FIRST_FLEXIBLE
    }

    /// Reads over the next part. Says what comes behind it, and the records if it ends in front of such.
    fn read(&self, r: &mut Reader<'_>) -> Result<(Stage, Option<Records>), Malformed> {
        let flexible = self.is_flexible();
        let next = match self.stage {
            Stage::Head => {
                read_response_header_rest(ApiKey::Fetch, self.version, r)?;
                r.take(if self.version >= 1 { 4 } else { 0 })?; // throttle
                r.take(if self.version >= 7 { 6 } else { 0 })?; // error, session
                topics(count(r, flexible)?)
            }
            Stage::Topic(left) => {
                if self.version >= FIRST_WITH_IDS {
                    r.uuid()?;
                } else {
                    r.string(flexible)?;
                }
                self.partitions(count(r, flexible)?, left)
            }
            Stage::Partition(left, topics) => {
                let records = self.partition(r)?;
                let left = left - 1;
                let end = Stage::PartitionEnd(left, topics);
                return Ok((if flexible { end } else { self.partitions(left, topics) }, records));
            }
            Stage::PartitionEnd(left, topics) => {
                r.skip_tagged_fields()?;
                self.partitions(left, topics)
            }
            Stage::TopicEnd(left) => {
                r.skip_tagged_fields()?;
                topics(left - 1)
            }
            Stage::Tail | Stage::Broken => self.stage,
        };
        Ok((next, None))
    }

    fn partitions(&self, left: u32, of_topics: u32) -> Stage {
        match left {
            0 if self.is_flexible() => Stage::TopicEnd(of_topics),
            0 => topics(of_topics - 1),
            _ => Stage::Partition(left, of_topics),
        }
    }

    /// Reads over a partition as far as the length of its records.
    fn partition(&self, r: &mut Reader<'_>) -> Result<Option<Records>, Malformed> {
        let flexible = self.is_flexible();
        r.take(14)?; // number, error, high watermark
        if self.version >= 4 {
            r.take(if self.version >= 5 { 16 } else { 8 })?; // last stable offset, log start
            for _ in 0..count(r, flexible)? {
                r.take(16)?; // aborted transaction
                if flexible {
                    r.skip_tagged_fields()?;
                }
            }
        }
        r.take(if self.version >= 11 { 4 } else { 0 })?; // preferred replica
        let before = r.remaining();
        let len = if flexible { i64::from(r.uvarint()?) - 1 } else { r.i32()?.into() };
        let width = before - r.remaining();
        Ok(usize::try_from(len).ok().map(|len| Records { width, len }))
    }

    /// What has been received.
    #[must_use]
    pub fn finish(self) -> Parts {
        self.parts
    }
}

/// The records of a partition, and how many bytes their length takes.
struct Records {
    width: usize,
    len: usize,
}

fn topics(left: u32) -> Stage {
    if left == 0 { Stage::Tail } else { Stage::Topic(left) }
}

/// The number of elements of an array; null and nonsense count as none, which whoever decodes the frame
/// finds.
fn count(r: &mut Reader<'_>, flexible: bool) -> Result<u32, Malformed> {
    if flexible {
        return Ok(r.uvarint()?.saturating_sub(1));
    }
    Ok(u32::try_from(r.i32()?).unwrap_or(0))
}

#[cfg(test)]
mod tests;
