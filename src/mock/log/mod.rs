//! A partition's log: whole record batches in offset order.

pub mod adoption;
pub mod batch;
pub mod down_conversion;
pub mod header;
pub mod message_set;
pub mod producers;
mod records;
pub mod retention;
pub mod txn_index;

use crate::mock::log::header::BatchInfo;
use std::collections::VecDeque;
use std::ops::Range;

#[derive(Debug)]
struct Stored {
    base_offset: i64,
    last_offset: i64,
    max_timestamp: i64,
    leader_epoch: i32,
    /// The batch is a part of it.
    memory: Vec<u8>,
    place: Range<usize>,
    /// The memory that it takes.
    cost: usize,
}

impl Stored {
    fn bytes(&self) -> &[u8] {
        self.memory.get(self.place.clone()).unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.place.len()
    }
}

/// What a batch costs beside its bytes, so that a memory limit also holds for many small ones.
const OVERHEAD: usize = size_of::<Stored>() + 32;

#[derive(Debug, Default)]
pub struct PartitionLog {
    batches: VecDeque<Stored>,
    /// Bytes of all batches, and the memory that they take.
    size: usize,
    cost: usize,
    start_offset: i64,
    end_offset: i64,
}

impl PartitionLog {
    /// The offset of the first record that can be read.
    #[must_use]
    pub fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// The offset that the next record gets. Also the high watermark: every replica is always in sync.
    #[must_use]
    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Appends a batch that has been checked, into `space`; returns its base offset and the memory that it
    /// takes.
    pub fn append(
        &mut self,
        batch: &[u8],
        info: &BatchInfo,
        leader_epoch: i32,
        mut space: Vec<u8>,
    ) -> (i64, usize) {
        space.clear();
        space.reserve_exact(batch.len());
        space.extend_from_slice(batch);
        let place = 0..space.len();
        let (base_offset, cost) = self.append_place(place, info, leader_epoch, space.capacity());
        self.fill(base_offset, info, space);
        (base_offset, cost)
    }

    /// Appends a batch that has been checked and whose memory, of this capacity, still is in use;
    /// [`Self::fill`] follows. Returns its base offset and the memory that it takes.
    pub fn append_place(
        &mut self,
        place: Range<usize>,
        info: &BatchInfo,
        leader_epoch: i32,
        capacity: usize,
    ) -> (i64, usize) {
        let base_offset = self.end_offset;
        let last_offset = base_offset + i64::from(info.last_offset_delta);
        let (max_timestamp, cost) = (info.max_timestamp, capacity + OVERHEAD);
        self.end_offset = last_offset + 1;
        self.size += place.len();
        self.cost += cost;
        let memory = Vec::new();
        let stored = Stored { base_offset, last_offset, max_timestamp, leader_epoch, memory, place, cost };
        self.batches.push_back(stored);
        (base_offset, cost)
    }

    /// Gives the newest batch the memory that it is in; returns what is not needed because the batch is gone
    /// already.
    pub fn fill(&mut self, base_offset: i64, info: &BatchInfo, mut memory: Vec<u8>) -> Vec<u8> {
        let newest = self.batches.back_mut().filter(|b| b.base_offset == base_offset);
        let Some(stored) = newest else { return memory };
        if let Some(batch) = memory.get_mut(stored.place.clone()) {
            header::stamp(batch, base_offset, stored.leader_epoch, info);
        }
        std::mem::replace(&mut stored.memory, memory)
    }

    /// Where the batch that holds `offset` is, or the one after it.
    fn index_of(&self, offset: i64) -> usize {
        self.batches.partition_point(|b| b.last_offset < offset)
    }

    /// The batches that hold offsets of the range.
    fn range(&self, offsets: Range<i64>) -> impl Iterator<Item = &Stored> {
        self.batches
            .iter()
            .skip(self.index_of(offsets.start))
            .take_while(move |b| b.base_offset < offsets.end)
    }

    /// Appends to `out` whole batches that hold `offsets`, at most `max_bytes` of them; the first one even if
    /// it is larger when `at_least_one`, so that a consumer with a small limit still gets on. Returns the
    /// offset after them.
    pub fn read(&self, offsets: Range<i64>, max_bytes: usize, at_least_one: bool, out: &mut Vec<u8>) -> i64 {
        let mut left = max_bytes;
        let mut next = offsets.start;
        for (i, b) in self.range(offsets).enumerate() {
            if b.len() > left && !(i == 0 && at_least_one) {
                break;
            }
            left = left.saturating_sub(b.len());
            out.extend_from_slice(b.bytes());
            next = b.last_offset + 1;
        }
        next
    }

    /// How many bytes a read of `offsets` could return, counted up to `enough`.
    #[must_use]
    pub fn available(&self, offsets: Range<i64>, enough: usize) -> usize {
        let mut n = 0usize;
        for b in self.range(offsets) {
            n += b.len();
            if n >= enough {
                break;
            }
        }
        n
    }

    /// The offset, timestamp and leader epoch of the first record at or after `timestamp`.
    #[must_use]
    pub fn at_time(&self, timestamp: i64) -> Option<(i64, i64, i32)> {
        self.batches.iter().filter(|b| b.max_timestamp >= timestamp).find_map(|b| {
            let (delta, ts) = batch::first_at_or_after(b.bytes(), timestamp)?;
            let offset = b.base_offset + i64::from(delta);
            (offset >= self.start_offset).then_some((offset, ts, b.leader_epoch))
        })
    }

    /// The offset, timestamp and leader epoch of the record with the largest timestamp.
    #[must_use]
    pub fn at_max_time(&self) -> Option<(i64, i64, i32)> {
        self.at_time(self.batches.iter().map(|b| b.max_timestamp).max()?)
    }

    /// The leader epoch under which the record at `offset` was written.
    #[must_use]
    pub fn epoch_of(&self, offset: i64) -> Option<i32> {
        self.batches.get(self.index_of(offset)).map(|b| b.leader_epoch)
    }

    /// Loses the batch with this record and all that follow, as happens when a replica becomes the leader
    /// that did not have them. Returns where the log ends then.
    pub fn truncate(&mut self, offset: i64) -> i64 {
        while let Some(b) = self.batches.pop_back_if(|b| b.last_offset >= offset) {
            self.end_offset = b.base_offset;
            self.size -= b.len();
            self.cost -= b.cost;
        }
        self.end_offset
    }

    /// The largest epoch up to this one under which there are records, and where its records end.
    #[must_use]
    pub fn end_of_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        let later = self.batches.partition_point(|b| b.leader_epoch <= epoch);
        let last = self.batches.get(later.checked_sub(1)?)?;
        Some((last.leader_epoch, last.last_offset + 1))
    }

    /// Forgets the first batch if it is the one at `base_offset`; returns the memory that it took, as a
    /// number and as such.
    pub fn trim(&mut self, base_offset: i64) -> (usize, Vec<u8>) {
        let Some(first) = self.batches.pop_front_if(|b| b.base_offset <= base_offset) else {
            return (0, Vec::new());
        };
        (self.gone(&first), first.memory)
    }

    /// Deletes all records before `offset`; returns the memory that is free now.
    pub fn delete_before(&mut self, offset: i64) -> usize {
        let mut freed = 0;
        while let Some(b) = self.batches.pop_front_if(|b| b.last_offset < offset) {
            freed += self.gone(&b);
        }
        self.start_offset = self.start_offset.max(offset.min(self.end_offset));
        freed
    }

    /// Deletes the oldest batches that are beyond `most` bytes or older than `oldest`; returns the memory
    /// that is free now. As Kafka does with segments: one of which a part is to be kept stays.
    pub fn retain(&mut self, most: Option<usize>, oldest: Option<i64>) -> usize {
        let mut freed = 0;
        loop {
            let size = self.size;
            let Some(first) = self.batches.pop_front_if(|b| {
                most.is_some_and(|most| size.saturating_sub(b.len()) >= most)
                    || oldest.is_some_and(|t| b.max_timestamp >= 0 && b.max_timestamp < t)
            }) else {
                return freed;
            };
            freed += self.gone(&first);
        }
    }

    /// Notes that the first batch is gone; returns the memory that it took.
    fn gone(&mut self, first: &Stored) -> usize {
        self.size -= first.len();
        self.cost -= first.cost;
        self.start_offset = self.start_offset.max(first.last_offset + 1);
        first.cost
    }

    /// The memory that the log takes.
    #[must_use]
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// The stored batches in offset order, for tests and the simulation.
    pub fn batches(&self) -> impl Iterator<Item = &[u8]> {
        self.batches.iter().map(Stored::bytes)
    }
}

/// Memory of batches that are gone, for those to come: the system gives large pieces page by page, which
/// costs more than to fill them.
#[derive(Debug, Default)]
pub struct Spare {
    pieces: Vec<Vec<u8>>,
    size: usize,
}

impl Spare {
    /// Smaller pieces are not worth keeping.
    const LARGE: usize = 64 << 10;
    const MOST: usize = 16 << 20;

    /// Space for so many bytes, or nothing.
    pub fn take(&mut self, len: usize) -> Vec<u8> {
        let fits = |piece: &Vec<u8>| (len..=len.saturating_mul(2)).contains(&piece.capacity());
        let Some(n) = self.pieces.iter().rposition(fits) else { return Vec::new() };
        let piece = self.pieces.swap_remove(n);
        self.size -= piece.capacity();
        piece
    }

    pub fn give(&mut self, piece: Vec<u8>) {
        if piece.capacity() >= Self::LARGE && self.size.saturating_add(piece.capacity()) <= Self::MOST {
            self.size += piece.capacity();
            self.pieces.push(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::log::batch::check;
    use crate::mock::log::batch::testing::batch;

    fn filled() -> PartitionLog {
        let mut log = PartitionLog::default();
        for (i, values) in [&["a", "b"][..], &["c"], &["d", "e", "f"]].iter().enumerate() {
            let b = batch(values, 1000 * (i as i64 + 1));
            log.append(&b, &check(&b).unwrap(), 4, Vec::new());
        }
        log
    }

    #[test]
    fn offsets_are_assigned_and_batches_stay_valid() {
        let log = filled();
        assert_eq!((log.start_offset(), log.end_offset()), (0, 6));
        let bases: Vec<i64> = log.batches().map(|b| i64::from_be_bytes(b[..8].try_into().unwrap())).collect();
        assert_eq!(bases, [0, 2, 3]);
        assert!(log.batches().all(|b| check(b).is_ok() && b[12..16] == 4i32.to_be_bytes()));
    }

    #[test]
    fn reads_are_whole_batches_within_the_limit() {
        let log = filled();
        let sizes: Vec<usize> = log.batches().map(<[u8]>::len).collect();
        let read = |offset, max, one| {
            let mut out = Vec::new();
            log.read(offset..6, max, one, &mut out);
            out.len()
        };
        assert_eq!(read(1, usize::MAX, false), sizes.iter().sum::<usize>());
        assert_eq!(read(2, sizes[1], false), sizes[1]);
        assert_eq!(read(3, 1, false), 0);
        assert_eq!(read(3, 1, true), sizes[2]);
        assert_eq!(read(6, usize::MAX, true), 0);
        assert_eq!(log.available(2..6, usize::MAX), sizes[1] + sizes[2]);
        assert_eq!(log.available(2..3, usize::MAX), sizes[1], "as far as the reader may");
    }

    #[test]
    fn times() {
        let log = filled();
        assert_eq!(log.at_time(0), Some((0, 1000, 4)));
        assert_eq!(log.at_time(1001), Some((1, 1001, 4)));
        assert_eq!(log.at_time(2500), Some((3, 3000, 4)));
        assert_eq!(log.at_time(9999), None);
        assert_eq!(log.at_max_time(), Some((5, 3002, 4)));
    }

    #[test]
    fn only_so_much_is_kept() {
        let mut log = filled();
        let sizes: Vec<usize> = log.batches().map(<[u8]>::len).collect();
        assert_eq!(log.retain(Some(sizes[1] + sizes[2] + 1), None), 0, "the first is needed to have so much");
        let cost = log.cost();
        assert_eq!(log.retain(Some(sizes[1] + sizes[2]), None), cost - log.cost());
        assert_eq!(log.start_offset(), 2);
        assert_eq!(log.retain(None, Some(2000)), 0);
        log.retain(None, Some(2001));
        assert_eq!((log.start_offset(), log.batches().count()), (3, 1));
        log.retain(Some(0), None);
        assert_eq!((log.start_offset(), log.end_offset(), log.cost()), (6, 6, 0));
    }

    #[test]
    fn trimming_and_deleting_move_the_start() {
        let mut log = filled();
        let cost = log.cost();
        let (freed, bytes) = log.trim(0);
        assert!(freed > bytes.capacity() && !bytes.is_empty());
        assert_eq!((log.start_offset(), log.cost()), (2, cost - freed));
        assert_eq!(log.trim(0), (0, Vec::new()), "that batch is gone already");
        log.delete_before(4);
        assert_eq!((log.start_offset(), log.batches().count()), (4, 1));
        log.delete_before(6);
        assert_eq!((log.start_offset(), log.end_offset(), log.cost()), (6, 6, 0));
    }

    #[test]
    fn memory_is_used_again() {
        let mut spare = Spare::default();
        spare.give(vec![0; 1000]);
        assert_eq!(spare.take(1000).capacity(), 0, "too small to be kept");
        for _ in 0..100 {
            spare.give(vec![0; 1 << 20]);
        }
        assert_eq!(spare.size, Spare::MOST);
        assert_eq!(spare.take((1 << 20) + 1).capacity(), 0);
        assert_eq!(spare.take((1 << 19) - 1).capacity(), 0, "too large for so little");
        let piece = spare.take(1 << 19);
        assert_eq!((piece.capacity(), spare.size), (1 << 20, Spare::MOST - (1 << 20)));
        let mut log = PartitionLog::default();
        let b = batch(&["a"], 1);
        let (_, cost) = log.append(&b, &check(&b).unwrap(), 0, piece);
        assert!(cost > 1 << 20 && log.cost() == cost && log.batches().next().unwrap()[12..] == b[12..]);
    }
}
