//! What a partition remembers of its idempotent producers: epoch and the last five batches of each.
//!
//! As in Kafka, a producer id without state may begin with any sequence number: its state may have expired,
//! or its records may have been deleted. A higher epoch of a known id begins with 0. With
//! [`Settings::strict_sequences`] the first batch of an id has to have 0, too: then a client that lets a
//! batch overtake the first one is refused at once.
//!
//! [`Settings::strict_sequences`]: crate::mock::settings::Settings::strict_sequences

use crate::base::error::ErrorCode;
use crate::mock::log::header::BatchInfo;
use std::collections::{HashMap, VecDeque};

/// Kafka keeps as many batches per producer and partition, which is why clients have at most five in flight.
const REMEMBERED_BATCHES: usize = 5;

#[derive(Debug)]
struct Remembered {
    first: i32,
    last: i32,
    base_offset: i64,
    max_timestamp: i64,
}

#[derive(Debug)]
struct Producer {
    epoch: i16,
    batches: VecDeque<Remembered>,
}

/// The producers of one partition by id.
#[derive(Debug, Default)]
pub struct Producers(HashMap<i64, Producer>);

/// What is to be done with a batch of an idempotent producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// It is the next one.
    Next,
    /// It is in the log already, at this offset.
    Duplicate(i64),
}

impl Producers {
    /// `strict`: an id without state has to begin with 0.
    ///
    /// # Errors
    /// The code with which Kafka refuses the batch.
    pub fn check(&self, batch: &BatchInfo, strict: bool) -> Result<Sequence, ErrorCode> {
        let Some(known) = self.0.get(&batch.producer_id) else {
            return if strict { starts_at_zero(batch) } else { Ok(Sequence::Next) };
        };
        if batch.producer_epoch < known.epoch {
            return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        if batch.producer_epoch > known.epoch {
            return starts_at_zero(batch);
        }
        let (first, last) = (batch.base_sequence, batch.last_sequence());
        if let Some(dup) = known.batches.iter().find(|b| b.first == first && b.last == last) {
            return Ok(Sequence::Duplicate(dup.base_offset));
        }
        match known.batches.back() {
            Some(b) if b.last.wrapping_add(1) & i32::MAX == first => Ok(Sequence::Next),
            Some(_) => Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER),
            None => starts_at_zero(batch),
        }
    }

    /// Remembers a batch that was appended.
    pub fn appended(&mut self, batch: &BatchInfo, base_offset: i64) {
        let p = self.at_epoch(batch.producer_id, batch.producer_epoch);
        if p.batches.len() == REMEMBERED_BATCHES {
            p.batches.pop_front();
        }
        p.batches.push_back(Remembered {
            first: batch.base_sequence,
            last: batch.last_sequence(),
            base_offset,
            max_timestamp: batch.max_timestamp,
        });
    }

    /// The end of a transaction was written in the name of this producer.
    pub fn ended_transaction(&mut self, producer_id: i64, epoch: i16) {
        self.at_epoch(producer_id, epoch);
    }

    /// The producer's state. What it has written under another epoch says nothing of this one's sequence.
    fn at_epoch(&mut self, producer_id: i64, epoch: i16) -> &mut Producer {
        let new = || Producer { epoch, batches: VecDeque::new() };
        let p = self.0.entry(producer_id).or_insert_with(new);
        if p.epoch != epoch {
            *p = new();
        }
        p
    }

    /// Forgets all producers but those that `keep` names.
    pub fn forget(&mut self, keep: impl Fn(i64) -> bool) {
        self.0.retain(|id, _| keep(*id));
    }

    /// The newest timestamp that a producer has written, for tests.
    #[must_use]
    pub fn last_timestamp(&self, producer_id: i64) -> Option<i64> {
        self.0.get(&producer_id)?.batches.back().map(|b| b.max_timestamp)
    }
}

fn starts_at_zero(batch: &BatchInfo) -> Result<Sequence, ErrorCode> {
    if batch.base_sequence == 0 { Ok(Sequence::Next) } else { Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(epoch: i16, base_sequence: i32, count: i32) -> BatchInfo {
        BatchInfo { producer_id: 7, producer_epoch: epoch, base_sequence, count, ..BatchInfo::default() }
    }

    #[test]
    fn next_duplicate_gap_and_forgotten() {
        let mut p = Producers::default();
        assert_eq!(p.check(&batch(0, 3, 1), true), Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
        assert_eq!(p.check(&batch(0, 3, 1), false), Ok(Sequence::Next), "it may have been forgotten");
        for i in 0..6 {
            let b = batch(0, i * 10, 10);
            assert_eq!(p.check(&b, false), Ok(Sequence::Next));
            p.appended(&b, 100 + i64::from(i));
        }
        assert_eq!(p.check(&batch(0, 50, 10), false), Ok(Sequence::Duplicate(105)));
        assert_eq!(p.check(&batch(0, 10, 10), false), Ok(Sequence::Duplicate(101)));
        let out_of_order = Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
        assert_eq!(p.check(&batch(0, 0, 10), false), out_of_order, "older than the five remembered");
        assert_eq!(p.check(&batch(0, 50, 9), false), out_of_order, "other bounds than the original");
        assert_eq!(p.check(&batch(0, 61, 1), false), out_of_order, "gap");
    }

    #[test]
    fn epochs() {
        let mut p = Producers::default();
        p.appended(&batch(1, 0, 4), 0);
        assert_eq!(p.check(&batch(0, 4, 1), false), Err(ErrorCode::INVALID_PRODUCER_EPOCH));
        assert_eq!(p.check(&batch(2, 4, 1), false), Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
        assert_eq!(p.check(&batch(2, 0, 1), false), Ok(Sequence::Next));
        p.appended(&batch(2, 0, 1), 4);
        assert_eq!(p.check(&batch(1, 4, 1), false), Err(ErrorCode::INVALID_PRODUCER_EPOCH));
        assert_eq!(p.check(&batch(2, 1, 1), false), Ok(Sequence::Next));
    }

    #[test]
    fn the_end_of_a_transaction_counts_and_what_is_forgotten_begins_anywhere() {
        let out_of_order = Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
        let mut p = Producers::default();
        p.appended(&batch(0, 0, 4), 0);
        p.ended_transaction(7, 0);
        assert_eq!(p.check(&batch(0, 4, 1), false), Ok(Sequence::Next));
        p.ended_transaction(7, 1);
        assert_eq!(p.check(&batch(0, 4, 1), false), Err(ErrorCode::INVALID_PRODUCER_EPOCH));
        assert_eq!(p.check(&batch(1, 4, 1), false), out_of_order);
        assert_eq!(p.check(&batch(1, 0, 1), false), Ok(Sequence::Next));
        p.forget(|id| id == 7);
        assert_eq!(p.check(&batch(1, 4, 1), false), out_of_order);
        p.forget(|_| false);
        assert_eq!(p.check(&batch(1, 4, 1), false), Ok(Sequence::Next));
    }

    #[test]
    fn sequences_continue_at_zero_after_the_largest() {
        let mut p = Producers::default();
        p.appended(&batch(0, i32::MAX - 1, 2), 0);
        assert_eq!(p.check(&batch(0, 0, 5), false), Ok(Sequence::Next));
    }
}
