//! The transaction coordinator: transactional ids, their producer ids and epochs, and what happens to their
//! transactions.
//!
//! It knows both of Kafka's transaction protocols. In the first, producers add partitions before they write,
//! and keep their epoch from one transaction to the next. In the second (KIP-890, `transaction.version` 2)
//! writing adds the partition, committing a position adds the group, and the end of a transaction raises the
//! epoch. Deviation: the outcome of a transaction is in all logs at once, unless a test asks for a time
//! during which it is still being written (`set_transaction_completion_delay`).

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::call::Call;
use crate::mock::catalogue::Catalogue;
use crate::mock::groups::Groups;
use crate::mock::groups::classic::Committed;
use crate::mock::producer_ids::ProducerIds;
use crate::mock::settings::Settings;
use crate::protocol::find_coordinator::KEY_TYPE_TRANSACTION;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// `transaction.max.timeout.ms` of a Kafka broker as it comes.
const MAX_TIMEOUT_MS: i32 = 15 * 60 * 1000;

/// The identity that a producer claims in a request.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    pub transactional_id: &'a str,
    pub producer_id: i64,
    pub epoch: i16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TransactionState {
    /// Nothing has been done in it yet.
    Empty,
    /// Aborted by the coordinator when the time is up, if there is one.
    Ongoing {
        until: Option<Time>,
    },
    /// The outcome is decided and is being written, in the name of this producer id and epoch.
    Completing {
        commit: bool,
        at: Time,
        writer: (i64, i16),
    },
    Complete {
        commit: bool,
    },
}

/// The positions of one group that a transaction is to commit.
type Positions = BTreeMap<(String, i32), Committed>;

/// A transactional id and its current transaction.
#[derive(Debug)]
struct Transaction {
    producer_id: i64,
    epoch: i16,
    timeout: Option<Duration>,
    /// Producer id and epoch before the producer, or the end of the last transaction, has raised them.
    before: Option<(i64, i16)>,
    state: TransactionState,
    /// Topic index and partition.
    partitions: BTreeSet<(usize, i32)>,
    groups: BTreeMap<String, Positions>,
}

/// All transactional ids.
#[derive(Debug, Default)]
pub struct Transactions {
    by_id: BTreeMap<String, Transaction>,
    by_producer: BTreeMap<i64, String>,
    completion_delay: Duration,
    /// Counts what a request that waits could be waiting for.
    changes: u64,
}

impl Transaction {
    /// Whether the claim's request has been answered before: the answer was lost, and it gets the same one.
    fn has_answered(&self, claim: Claim<'_>) -> bool {
        claim.producer_id >= 0
            && self.before == Some((claim.producer_id, claim.epoch))
            && self.state == TransactionState::Empty
    }

    /// Holds a claimed id and epoch, if there are any, against the current ones.
    fn check_claim(&self, claim: Claim<'_>, fenced: ErrorCode) -> Result<(), ErrorCode> {
        if claim.producer_id < 0 {
            Ok(())
        } else if self.producer_id != claim.producer_id {
            Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING)
        } else if self.epoch != claim.epoch {
            Err(fenced)
        } else {
            Ok(())
        }
    }

    fn due(&self) -> Option<Time> {
        match self.state {
            TransactionState::Ongoing { until } => until,
            TransactionState::Completing { at, .. } => Some(at),
            TransactionState::Empty | TransactionState::Complete { .. } => None,
        }
    }

    /// Makes sure that a transaction is under way.
    fn begin(&mut self, now: Time) -> Result<(), ErrorCode> {
        match self.state {
            TransactionState::Ongoing { .. } => {}
            TransactionState::Completing { .. } => return Err(ErrorCode::CONCURRENT_TRANSACTIONS),
            TransactionState::Empty | TransactionState::Complete { .. } => {
                self.state = TransactionState::Ongoing { until: self.timeout.map(|timeout| now + timeout) };
                self.before = None;
            }
        }
        Ok(())
    }
}

impl Transactions {
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// For so long after its end a transaction is still being completed, and its producer cannot begin the
    /// next one.
    pub fn set_completion_delay(&mut self, delay: Duration) {
        self.completion_delay = delay;
    }

    /// When [`TransactionCoordinator::serve`] has to be called at the latest.
    pub fn next_deadline(&self) -> Deadline {
        let due = self.by_id.values().filter_map(Transaction::due);
        due.fold(Deadline::NEVER, |d, at| d.min(Deadline::at(at)))
    }

    /// Whether a batch of a transactional producer belongs into the transaction that is under way.
    /// `implicitly`: it adds its partition itself (Produce version 12). `otherwise`: the code when it does
    /// not.
    ///
    /// # Errors
    /// The code that Kafka answers.
    pub fn check_in_transaction(
        &mut self,
        claimed: Option<&str>,
        producer_id: i64,
        place: (usize, i32),
        (implicitly, otherwise): (bool, ErrorCode),
        now: Time,
    ) -> Result<(), ErrorCode> {
        let found = self.of_producer(producer_id);
        let (name, transaction) = found.ok_or(ErrorCode::INVALID_PRODUCER_ID_MAPPING)?;
        if claimed != Some(name) {
            return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
        }
        if implicitly {
            transaction.begin(now)?;
            transaction.partitions.insert(place);
        }
        let ongoing = matches!(transaction.state, TransactionState::Ongoing { .. });
        if ongoing && transaction.partitions.contains(&place) { Ok(()) } else { Err(otherwise) }
    }

    fn of_producer(&mut self, producer_id: i64) -> Option<(&str, &mut Transaction)> {
        let name = self.by_producer.get(&producer_id)?;
        Some((name, self.by_id.get_mut(name)?))
    }
}

/// The code for a producer that has been replaced, which has a name of its own in newer versions of the APIs.
pub fn fenced(call: &Call<'_>, first_version: i16) -> ErrorCode {
    if call.version >= first_version { ErrorCode::PRODUCER_FENCED } else { ErrorCode::INVALID_PRODUCER_EPOCH }
}

/// The transactions together with what they work on.
pub struct TransactionCoordinator<'a> {
    pub transactions: &'a mut Transactions,
    pub settings: &'a Settings,
    pub brokers: &'a Brokers,
    pub producer_ids: &'a mut ProducerIds,
    pub catalogue: &'a mut Catalogue,
    pub groups: &'a mut Groups,
}

impl TransactionCoordinator<'_> {
    /// Gives a transactional id its producer id and next epoch, which fences whoever has used it before.
    ///
    /// # Errors
    /// The code that Kafka answers.
    pub fn init_transactional(
        &mut self,
        call: &Call<'_>,
        claim: Claim<'_>,
        timeout_ms: i32,
        fenced: ErrorCode,
    ) -> Result<(i64, i16), ErrorCode> {
        let name = claim.transactional_id;
        self.brokers.check_coordinator(call, KEY_TYPE_TRANSACTION, name)?;
        if !(1..=MAX_TIMEOUT_MS).contains(&timeout_ms) {
            return Err(ErrorCode::INVALID_TRANSACTION_TIMEOUT);
        }
        let timeout = Duration::from_millis(timeout_ms.unsigned_abs().into());
        let timeout = Some(timeout).filter(|_| self.settings.transaction_timeouts);
        let (id, epoch) = match self.transactions.by_id.get(name) {
            None if claim.producer_id >= 0 => return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING),
            None => (self.producer_ids.hand_out(true), 0),
            Some(known) if known.has_answered(claim) => return Ok((known.producer_id, known.epoch)),
            Some(known) => {
                known.check_claim(claim, fenced)?;
                match known.state {
                    TransactionState::Ongoing { .. } => {
                        self.abort_and_fence(name, call.now, call.wall_ms);
                        return Err(ErrorCode::CONCURRENT_TRANSACTIONS);
                    }
                    TransactionState::Completing { .. } => return Err(ErrorCode::CONCURRENT_TRANSACTIONS),
                    TransactionState::Empty | TransactionState::Complete { .. } => {}
                }
                let (id, epoch) = (known.producer_id, known.epoch);
                self.raised(id, epoch)
            }
        };
        self.producer_ids.set_epoch(id, epoch);
        self.transactions.by_producer.insert(id, name.to_owned());
        let fresh = Transaction {
            producer_id: id,
            epoch,
            timeout,
            before: (claim.producer_id >= 0).then_some((claim.producer_id, claim.epoch)),
            state: TransactionState::Empty,
            partitions: BTreeSet::new(),
            groups: BTreeMap::new(),
        };
        self.transactions.by_id.insert(name.to_owned(), fresh);
        Ok((id, epoch))
    }

    /// What comes after a producer id and epoch. The last epoch is never given out: a producer that has it
    /// could not be fenced any more.
    fn raised(&mut self, id: i64, epoch: i16) -> (i64, i16) {
        if epoch < i16::MAX - 1 { (id, epoch + 1) } else { (self.producer_ids.hand_out(true), 0) }
    }

    fn claimed(
        &mut self,
        call: &Call<'_>,
        claim: Claim<'_>,
        fenced: ErrorCode,
    ) -> Result<&mut Transaction, ErrorCode> {
        call.pushed_error()?;
        self.brokers.check_coordinator(call, KEY_TYPE_TRANSACTION, claim.transactional_id)?;
        let known = self.transactions.by_id.get_mut(claim.transactional_id);
        let known = known.ok_or(ErrorCode::INVALID_PRODUCER_ID_MAPPING)?;
        if known.producer_id != claim.producer_id {
            return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
        }
        if known.epoch != claim.epoch { Err(fenced) } else { Ok(known) }
    }

    /// Adds partitions (topic index and number) to the transaction, and begins it if need be.
    ///
    /// # Errors
    /// The code that Kafka answers.
    pub fn add_partitions(
        &mut self,
        call: &Call<'_>,
        claim: Claim<'_>,
        fenced: ErrorCode,
        partitions: impl IntoIterator<Item = (usize, i32)>,
    ) -> Result<(), ErrorCode> {
        let now = call.now;
        let transaction = self.claimed(call, claim, fenced)?;
        transaction.begin(now)?;
        transaction.partitions.extend(partitions);
        Ok(())
    }

    /// Adds a group to the transaction, and begins it if need be.
    ///
    /// # Errors
    /// The code that Kafka answers.
    pub fn add_group(
        &mut self,
        call: &Call<'_>,
        claim: Claim<'_>,
        fenced: ErrorCode,
        group: &str,
    ) -> Result<(), ErrorCode> {
        let now = call.now;
        let transaction = self.claimed(call, claim, fenced)?;
        transaction.begin(now)?;
        transaction.groups.entry(group.to_owned()).or_default();
        Ok(())
    }

    /// Remembers a group's position until the transaction is committed. `implicitly`: that adds the group.
    ///
    /// # Errors
    /// The code that Kafka's group coordinator answers.
    pub fn add_position(
        &mut self,
        claim: Claim<'_>,
        group: &str,
        place: (String, i32),
        position: Committed,
        (implicitly, now): (bool, Time),
    ) -> Result<(), ErrorCode> {
        let known = self.transactions.by_id.get_mut(claim.transactional_id);
        let known = known.filter(|t| t.producer_id == claim.producer_id);
        let known = known.ok_or(ErrorCode::INVALID_PRODUCER_ID_MAPPING)?;
        if known.epoch != claim.epoch {
            return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        if implicitly {
            known.begin(now)?;
            known.groups.entry(group.to_owned()).or_default();
        }
        let ongoing = matches!(known.state, TransactionState::Ongoing { .. });
        let pending = known.groups.get_mut(group).filter(|_| ongoing).ok_or(ErrorCode::INVALID_TXN_STATE)?;
        pending.insert(place, position);
        Ok(())
    }

    /// Commits or aborts, and returns the producer id and epoch for the next transaction; `raises`: they
    /// differ.
    ///
    /// # Errors
    /// The code that Kafka answers.
    pub fn end_transaction(
        &mut self,
        call: &Call<'_>,
        claim: Claim<'_>,
        fenced: ErrorCode,
        (commit, raises): (bool, bool),
    ) -> Result<(i64, i16), ErrorCode> {
        let name = claim.transactional_id;
        if let Err(code) = call.pushed_error() {
            let forgotten =
                matches!(code, ErrorCode::UNKNOWN_PRODUCER_ID | ErrorCode::INVALID_PRODUCER_ID_MAPPING);
            let ours = self.transactions.by_id.get(name).is_some_and(|known| {
                (known.producer_id, known.epoch) == (claim.producer_id, claim.epoch)
                    && matches!(known.state, TransactionState::Ongoing { .. })
            });
            if forgotten && ours && !commit {
                // A coordinator that says so has no transaction that could stand in the way of a new epoch
                // (KIP-360).
                self.begin_completion(call, name, false, false);
            }
            return Err(code);
        }
        self.brokers.check_coordinator(call, KEY_TYPE_TRANSACTION, name)?;
        let known = self.transactions.by_id.get(name).ok_or(ErrorCode::INVALID_PRODUCER_ID_MAPPING)?;
        let present = (known.producer_id, known.epoch);
        let claimed = (claim.producer_id, claim.epoch);
        // The answer to the first request was lost.
        let again = if raises { known.before == Some(claimed) } else { present == claimed };
        if !again && present.0 != claimed.0 {
            return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
        }
        if !again && present.1 != claimed.1 {
            return Err(fenced);
        }
        match known.state {
            TransactionState::Ongoing { .. } => Ok(self.begin_completion(call, name, commit, raises)),
            TransactionState::Complete { commit: done } if done == commit && again => Ok(present),
            TransactionState::Completing { commit: doing, .. } if doing == commit => {
                Err(ErrorCode::CONCURRENT_TRANSACTIONS)
            }
            // Nothing was done in it, which the producer need not know.
            TransactionState::Empty | TransactionState::Complete { .. } if raises && !commit && !again => {
                Ok(self.begin_completion(call, name, commit, raises))
            }
            _ => Err(ErrorCode::INVALID_TXN_STATE),
        }
    }

    /// Decides a transaction; returns the producer id and epoch for the next one.
    fn begin_completion(&mut self, call: &Call<'_>, name: &str, commit: bool, raises: bool) -> (i64, i16) {
        let Some(known) = self.transactions.by_id.get(name) else { return (-1, -1) };
        let present = (known.producer_id, known.epoch);
        let (next, writer) = if raises {
            (self.raised(present.0, present.1), (present.0, present.1.saturating_add(1)))
        } else {
            (present, present)
        };
        let at = call.now + self.transactions.completion_delay;
        if let Some(transaction) = self.transactions.by_id.get_mut(name) {
            transaction.before = raises.then_some(present);
            (transaction.producer_id, transaction.epoch) = next;
            transaction.state = TransactionState::Completing { commit, at, writer };
        }
        for (id, epoch) in [writer, next] {
            self.producer_ids.set_epoch(id, epoch);
        }
        self.transactions.by_producer.insert(next.0, name.to_owned());
        self.serve(call.now, call.wall_ms);
        next
    }

    /// Takes the transaction away from its producer: the next epoch aborts it.
    fn abort_and_fence(&mut self, name: &str, now: Time, wall_ms: i64) {
        let delay = self.transactions.completion_delay;
        let Some(transaction) = self.transactions.by_id.get_mut(name) else { return };
        transaction.epoch = transaction.epoch.saturating_add(1);
        let (id, epoch) = (transaction.producer_id, transaction.epoch);
        transaction.state =
            TransactionState::Completing { commit: false, at: now + delay, writer: (id, epoch) };
        self.producer_ids.set_epoch(id, epoch);
        self.serve(now, wall_ms);
    }

    /// Aborts transactions whose time is up, and writes the outcome of those that are to be completed by now.
    pub fn serve(&mut self, now: Time, wall_ms: i64) {
        while let Some(name) = self.due_transaction(now) {
            let Some(transaction) = self.transactions.by_id.get_mut(&name) else { return };
            match transaction.state {
                TransactionState::Completing { commit, writer, .. } => {
                    transaction.state = TransactionState::Complete { commit };
                    self.complete(&name, writer, commit, wall_ms);
                }
                _ => self.abort_and_fence(&name, now, wall_ms),
            }
        }
    }

    fn due_transaction(&self, now: Time) -> Option<String> {
        let mut all = self.transactions.by_id.iter();
        all.find(|(_, t)| t.due().is_some_and(|at| at <= now)).map(|(name, _)| name.clone())
    }

    /// Writes the markers, and lets the groups have their positions.
    fn complete(&mut self, name: &str, writer: (i64, i16), commit: bool, wall_ms: i64) {
        let Some(transaction) = self.transactions.by_id.get_mut(name) else { return };
        let partitions = std::mem::take(&mut transaction.partitions);
        let groups = std::mem::take(&mut transaction.groups);
        for (topic, partition) in partitions {
            self.catalogue.append_marker((topic, partition), writer, commit, wall_ms);
        }
        for (group, positions) in groups.into_iter().filter(|_| commit) {
            for ((topic, partition), position) in positions {
                self.groups.store_offset(&group, &topic, partition, position);
            }
        }
        self.transactions.changes += 1;
    }
}

#[cfg(test)]
mod tests;
