//! What goes with fetched bytes.

use super::aborted::Aborted;
use super::pool::Pool;
use crate::base::sync::Arc;

/// What has to be known to read the records.
#[derive(Clone, Debug)]
pub struct ShareContext {
    /// What was asked for. A batch may begin before it.
    pub fetch_offset: i64,
    /// The transactions that the response says were aborted; `None`: their messages are read as well
    /// (`isolation.level=read_uncommitted`).
    pub aborted: Option<Vec<Aborted>>,
    pub check_crcs: bool,
    pub broker_id: i32,
    /// The most that may come out of one compressed batch.
    pub max_decompressed: usize,
    /// Where the memory comes from, and goes.
    pub pool: Arc<Pool>,
}
