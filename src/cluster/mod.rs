//! What is known of the cluster, and when to ask for more. Pure: it is given responses and times and says
//! what to do.

pub mod leaders;
pub mod planner;
pub mod topic_errors;
pub mod topics;
