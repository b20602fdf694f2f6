//! The producer ids that have been handed out, from a counter, and their epochs.

use crate::base::error::ErrorCode;
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct ProducerIds {
    next: i64,
    handed_out: BTreeMap<i64, HandedOut>,
}

/// A producer id that someone has got.
#[derive(Clone, Copy, Debug)]
struct HandedOut {
    epoch: i16,
    transactional: bool,
}

impl Default for ProducerIds {
    fn default() -> Self {
        Self { next: 1000, handed_out: BTreeMap::new() }
    }
}

impl ProducerIds {
    /// A new id, with epoch 0.
    pub fn hand_out(&mut self, transactional: bool) -> i64 {
        let id = self.next;
        self.next += 1;
        self.handed_out.insert(id, HandedOut { epoch: 0, transactional });
        id
    }

    /// The coordinator of transactions gives an id another epoch, which fences whoever has the one before.
    pub fn set_epoch(&mut self, id: i64, epoch: i16) {
        self.handed_out.insert(id, HandedOut { epoch, transactional: true });
    }

    pub fn is_transactional(&self, id: i64) -> bool {
        self.handed_out.get(&id).is_some_and(|p| p.transactional)
    }

    /// Whether a batch comes from a producer that may write.
    ///
    /// # Errors
    /// The code that Kafka answers.
    pub fn check(&self, id: i64, epoch: i16) -> Result<(), ErrorCode> {
        match self.handed_out.get(&id) {
            None => Err(ErrorCode::UNKNOWN_PRODUCER_ID),
            // Only transactional producers get their epochs from here; others may raise theirs themselves
            // (KIP-360).
            Some(p) if p.transactional && p.epoch != epoch => Err(ErrorCode::INVALID_PRODUCER_EPOCH),
            Some(_) => Ok(()),
        }
    }
}
