//! How the producer id's owner reaches partitions without knowing them.

use crate::base::sync::Arc;

/// Somebody who waits for a producer id.
pub trait Wake: Send + Sync {
    /// Makes whoever serves it look at it now. Called without a lock.
    fn wake(self: Arc<Self>);
}
