//! What a partition knows of its part in the current transaction.

/// Kept under the partition's send lock; [`super::transaction::TransactionGate`] decides by it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Membership {
    /// The transaction that this is about.
    transaction: u64,
    /// The coordinator knows of the partition.
    joined: bool,
}

impl Membership {
    pub(super) fn new(transaction: u64, joined: bool) -> Self {
        Self { transaction, joined }
    }

    /// Whether the partition has joined this transaction; `None` if it has not asked to.
    pub(super) fn in_transaction(self, transaction: u64) -> Option<bool> {
        (self.transaction == transaction).then_some(self.joined)
    }
}
