//! What is known of the cluster, and when to ask for more. Pure: it is given responses and times and says
//! what to do.

pub mod leaders;
pub mod planner;
pub mod topic_errors;
pub mod topics;

use std::time::Duration;

/// How long a broker may be busy connecting or answering before another one is tried as well.
pub const TRY_ANOTHER_AFTER: Duration = Duration::from_secs(1);
