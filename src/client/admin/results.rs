//! The outcomes of admin requests.

use crate::base::error::Error;
use crate::protocol::describe_configs;

/// The outcome for one topic.
#[derive(Clone, Debug)]
pub struct TopicResult {
    pub name: String,
    pub error: Error,
}

/// The outcome for one resource that has a configuration.
#[derive(Clone, Debug)]
pub struct ResourceResult {
    pub resource_type: i8,
    pub name: String,
    pub error: Error,
    /// Empty unless the configuration was asked for.
    pub configs: Vec<describe_configs::Config>,
}
