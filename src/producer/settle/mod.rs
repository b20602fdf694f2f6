//! Applies the result of a request to a batch: delivered, put back for another attempt, or failed. The same
//! for every engine.
//!
//! [`error_actions`] is the table of what each error code means. `plain` and `sequenced` apply it to batches
//! without and with a sequence number, `divide` to batches of several segments, and `reports` makes the
//! delivery reports.

mod context;
mod divide;
pub mod error_actions;
mod plain;
mod reports;
mod retry;
mod sequenced;

use crate::producer::batch::Batch;

pub use context::{BatchFailure, Effects, SettleContext, Verdict};
pub use plain::finish;

/// Settles a batch. When this returns, messages that are to be sent again are back in their partition, and
/// its owner has been told to look at it.
pub fn settle(batch: Batch, verdict: Verdict, s: &mut SettleContext<'_>) -> Effects {
    if let Verdict::Failed(f) = &verdict
        && divide::is_divisible(&batch, f)
        && s.producer_ids.is_none_or(|ids| !ids.is_closed())
    {
        return divide::divide_batch(batch, f);
    }
    if let (Some(stamp), Some(ids)) = (batch.stamp, s.producer_ids) {
        return sequenced::settle(batch, stamp, verdict, ids, s);
    }
    plain::settle(batch, verdict, s)
}
