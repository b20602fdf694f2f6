//! The calculator: what still fits into the request that is being put together.
//!
//! Sizes are upper bounds as long as there is plenty of space, and exact when that matters. Of batches that
//! will be compressed the size is a guess from how well the partition's last one did; the writer, which sees
//! the outcome, divides a request that turns out too large.

use super::due::Class;
use crate::base::sync::Arc;
use crate::compress::Codec;
use crate::conf::Settings;
use crate::producer::batch::{Batch, RECORD_BATCH_OVERHEAD};
use crate::producer::partition::Partition;
use crate::producer::partition::TopicShared;
use crate::producer::partition::queue::RECORD_MIN_OVERHEAD;
use crate::producer::wire::size;
use crate::protocol::record_batch::RECORD_MAX_OVERHEAD;
use rustc_hash::FxBuildHasher;
use std::collections::HashMap;

/// More partitions and topics than a request ever has: the length of a number in front.
const MANY: usize = 1 << 21;
/// What a partition takes with one empty message, at the least.
const SMALLEST_PARTITION: usize = 8 + RECORD_BATCH_OVERHEAD + RECORD_MIN_OVERHEAD;
/// A batch is taken to be this much larger than its partition's compression promises, in percent.
const MISPREDICTION: usize = 10;

/// What a request may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes.
    pub(super) bytes: usize,
    /// Beyond that, bytes for small partitions that are ready.
    pub(super) overfill: usize,
    pub(super) partitions: usize,
    pub(super) partitions_per_topic: usize,
}

/// What is known of a topic while a request is being put together.
struct TopicNotes {
    topic: Arc<TopicShared>,
    partitions: usize,
    codec: Codec,
}

/// The topics of a request, in the order in which they got into it.
#[derive(Default)]
struct Topics {
    notes: Vec<TopicNotes>,
    /// By address, once there are several.
    places: HashMap<usize, usize, FxBuildHasher>,
    /// Asked for last: partitions of a topic often come together.
    last: usize,
}

impl Topics {
    fn clear(&mut self) {
        self.notes.clear();
        self.places.clear();
    }

    fn len(&self) -> usize {
        self.notes.len()
    }

    fn find(&mut self, topic: &Arc<TopicShared>) -> Option<usize> {
        if !self.notes.get(self.last).is_some_and(|t| Arc::ptr_eq(&t.topic, topic)) {
            self.last = *self.places.get(&key(topic))?;
        }
        Some(self.last)
    }

    fn partitions(&mut self, topic: &Arc<TopicShared>) -> usize {
        self.find(topic).and_then(|at| self.notes.get(at)).map_or(0, |t| t.partitions)
    }

    /// Counts another partition of the topic, and says where the topic stands.
    fn count(&mut self, topic: &Arc<TopicShared>) -> usize {
        let at = self.find(topic).unwrap_or_else(|| {
            self.last = self.notes.len();
            self.places.insert(key(topic), self.last);
            let codec = topic.settings.compression;
            self.notes.push(TopicNotes { topic: topic.clone(), partitions: 0, codec });
            self.last
        });
        if let Some(t) = self.notes.get_mut(at) {
            t.partitions += 1;
        }
        at
    }
}

struct Sized {
    batch: Batch,
    topic: usize,
    /// The first one of its topic.
    begins_topic: bool,
    bytes: usize,
    exact: bool,
    /// The partition has more than the batch.
    more: bool,
}

/// The request that is being put together. One per engine, reused.
pub(super) struct Calculator {
    limits: Limits,
    version: i16,
    batches: Vec<Sized>,
    topics: Topics,
    class: Option<Class>,
    used: usize,
    /// All sizes up to here are exact.
    exact: bool,
}

impl Default for Calculator {
    fn default() -> Self {
        let limits = Limits { bytes: 0, overfill: 0, partitions: 0, partitions_per_topic: 0 };
        Self {
            limits,
            version: 0,
            batches: Vec::new(),
            topics: Topics::default(),
            class: None,
            used: 0,
            exact: true,
        }
    }
}

impl Calculator {
    /// Begins a request.
    pub(super) fn begin(&mut self, limits: Limits, version: i16, s: &Settings) {
        self.limits = limits;
        self.version = version;
        self.batches.clear();
        self.topics.clear();
        self.class = None;
        self.used = size::request_size(version, &s.client.id, s.transactions.id.as_deref(), MANY);
        self.exact = true;
    }

    /// What the partitions have in common, once there is one.
    pub(super) fn class(&self) -> Option<Class> {
        self.class
    }

    /// How full the request is, in thousandths of the limit.
    pub(super) fn fill_permille(&self) -> i64 {
        i64::try_from(self.used.saturating_mul(1000) / self.limits.bytes.max(1)).unwrap_or(i64::MAX)
    }

    /// Whether no partition at all fits any more.
    pub(super) fn is_full(&self) -> bool {
        !self.batches.is_empty()
            && (self.batches.len() >= self.limits.partitions.max(1)
                || self.exact && self.used + SMALLEST_PARTITION > self.limits.bytes + self.limits.overfill)
    }

    /// Whether it is worth taking a batch of about `bytes` bytes from the partition.
    pub(super) fn admits(&mut self, p: &Partition, bytes: usize) -> bool {
        if self.batches.is_empty() {
            return true;
        }
        let per_topic = self.limits.partitions_per_topic.max(1);
        if self.topics.partitions(p.topic()) >= per_topic {
            return false;
        }
        let predicted = predict(p, bytes.saturating_add(RECORD_BATCH_OVERHEAD));
        !self.exact || self.fits(self.used, predicted)
    }

    /// Adds a batch; gives it back if it does not fit. `more`: it could take in further segments.
    pub(super) fn add(&mut self, batch: Batch, more: bool) -> Option<Batch> {
        let begins_topic = self.topics.partitions(batch.partition.topic()) == 0;
        let most = batch.wire_bytes() + batch.messages * (RECORD_MAX_OVERHEAD - RECORD_MIN_OVERHEAD);
        let mut sized = Sized { bytes: 0, exact: false, batch, topic: 0, begins_topic, more };
        sized.bytes = self.around(&sized, most);
        if !self.fits(self.used, sized.bytes) {
            self.make_exact();
            self.measure(&mut sized);
            if !self.batches.is_empty() && !self.fits(self.used, sized.bytes) {
                return Some(sized.batch);
            }
        }
        self.used += sized.bytes;
        self.exact &= sized.exact;
        sized.topic = self.topics.count(sized.batch.partition.topic());
        self.class.get_or_insert_with(|| Class::of(sized.batch.partition.topic()));
        self.batches.push(sized);
        None
    }

    /// Lets batches take in more segments, in turn and at most `segments` each, as far as there is space.
    /// `take` adds a segment of about that many bytes to the batch, `undo` takes it out again.
    pub(super) fn grow(
        &mut self,
        segments: usize,
        take: &mut dyn FnMut(&mut Batch, usize) -> bool,
        undo: &mut dyn FnMut(&mut Batch),
    ) {
        let mut growing = segments > 1 && self.batches.iter().any(|s| s.more);
        if growing {
            self.make_exact();
        }
        for _ in 1..segments {
            if !std::mem::take(&mut growing) {
                return;
            }
            for i in 0..self.batches.len() {
                growing |= self.grow_one(i, take, undo);
            }
        }
    }

    fn grow_one(
        &mut self,
        i: usize,
        take: &mut dyn FnMut(&mut Batch, usize) -> bool,
        undo: &mut dyn FnMut(&mut Batch),
    ) -> bool {
        let space = self.limits.bytes.saturating_sub(self.used);
        if space == 0 || !self.batches.get(i).is_some_and(|s| s.more) {
            return false;
        }
        let mut batches = std::mem::take(&mut self.batches);
        let grown = batches.get_mut(i).is_some_and(|s| {
            let before = s.bytes;
            let raw = unpredict(&s.batch.partition, space);
            s.more = take(&mut s.batch, raw);
            if s.more {
                self.measure(s);
                if self.used - before + s.bytes > self.limits.bytes {
                    undo(&mut s.batch);
                    self.measure(s);
                    s.more = false;
                }
                self.used = self.used - before + s.bytes;
            }
            s.more
        });
        self.batches = batches;
        grown
    }

    /// The request: batches of a topic together, topics of a codec together. `None` if it is empty.
    pub(super) fn finish(&mut self) -> Option<Vec<Batch>> {
        if self.topics.len() > 1 {
            let topics = &self.topics.notes;
            self.batches.sort_by_key(|s| (topics.get(s.topic).map(|t| t.codec.id()), s.topic));
        }
        self.topics.clear();
        (!self.batches.is_empty()).then(|| self.batches.drain(..).map(|s| s.batch).collect())
    }

    /// Small ones may use the extra space.
    fn fits(&self, used: usize, more: usize) -> bool {
        let Limits { bytes, overfill, .. } = self.limits;
        used.saturating_add(more) <= if more <= overfill { bytes + overfill } else { bytes }
    }

    /// A batch's bytes in the request, with what stands around them.
    fn around(&self, s: &Sized, len: usize) -> usize {
        let len = predict(&s.batch.partition, len);
        let name = &s.batch.partition.topic().name;
        let topic = if s.begins_topic { size::topic_size(self.version, name, MANY) } else { 0 };
        len + size::partition_size(self.version, len) + topic
    }

    fn measure(&self, s: &mut Sized) {
        s.bytes = self.around(s, size::batch_size(&s.batch.runs));
        s.exact = true;
    }

    fn make_exact(&mut self) {
        if self.exact {
            return;
        }
        let mut batches = std::mem::take(&mut self.batches);
        for s in batches.iter_mut().filter(|s| !s.exact) {
            let before = s.bytes;
            self.measure(s);
            self.used = self.used + s.bytes - before;
        }
        self.batches = batches;
        self.exact = true;
    }
}

/// What a batch comes to when it is compressed as well as the partition's last one.
fn predict(p: &Partition, bytes: usize) -> usize {
    match p.topic().settings.compression {
        Codec::None => bytes,
        _ => {
            bytes.min(bytes.saturating_mul(p.compressed_permille()) / 1000 * (100 + MISPREDICTION) / 100 + 64)
        }
    }
}

/// How many bytes before compression come to `bytes` after it.
fn unpredict(p: &Partition, bytes: usize) -> usize {
    match p.topic().settings.compression {
        Codec::None => bytes,
        _ => bytes.saturating_mul(1000) / p.compressed_permille().max(1) * 100 / (100 + MISPREDICTION),
    }
}

fn key(topic: &Arc<TopicShared>) -> usize {
    Arc::as_ptr(topic).addr()
}
