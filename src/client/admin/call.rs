//! What admin requests and their outcomes are on the wire.

use super::results::{ResourceResult, TopicResult};
use crate::base::error::{Error, ErrorCode};
use crate::broker::{ControlRequest, Reply};
use crate::client::queue::events::Results;
use crate::protocol::ApiKey;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::{
    alter_configs, create_partitions, create_topics, delete_topics, describe_configs,
    incremental_alter_configs, metadata,
};
use std::collections::BTreeMap;

/// What is asked for.
#[derive(Clone, Debug)]
pub enum AdminCall {
    CreateTopics(create_topics::Request),
    DeleteTopics { topics: Vec<String>, timeout_ms: i32 },
    CreatePartitions(create_partitions::Request),
    DescribeConfigs(describe_configs::Request),
    AlterConfigs(alter_configs::Request),
    IncrementalAlterConfigs(incremental_alter_configs::Request),
    DescribeTopics { topics: Vec<String>, authorized_operations: bool },
    DescribeCluster { authorized_operations: bool },
}

/// Builds a request that is the same in all versions but for its encoding.
macro_rules! control {
    ($api:expr, $request:expr, $versions:expr, $reply:expr) => {{
        let request = $request;
        ControlRequest {
            api: $api,
            versions: $versions,
            encode: Box::new(move |version, out| request.encode(version, out)),
            reply: $reply,
        }
    }};
}

impl AdminCall {
    pub(super) fn api(&self) -> ApiKey {
        match self {
            Self::CreateTopics(_) => ApiKey::CreateTopics,
            Self::DeleteTopics { .. } => ApiKey::DeleteTopics,
            Self::CreatePartitions(_) => ApiKey::CreatePartitions,
            Self::DescribeConfigs(_) => ApiKey::DescribeConfigs,
            Self::AlterConfigs(_) => ApiKey::AlterConfigs,
            Self::IncrementalAlterConfigs(_) => ApiKey::IncrementalAlterConfigs,
            Self::DescribeTopics { .. } | Self::DescribeCluster { .. } => ApiKey::Metadata,
        }
    }

    /// What the application calls it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::DescribeTopics { .. } => "DescribeTopics",
            Self::DescribeCluster { .. } => "DescribeCluster",
            other => other.api().name().unwrap_or("Admin"),
        }
    }

    /// The request in the versions that brokers speak.
    pub(super) fn control_request(&self, reply: Reply) -> ControlRequest {
        let api = self.api();
        match self.clone() {
            Self::CreateTopics(r) => control!(api, r, create_topics::VERSIONS, reply),
            Self::DeleteTopics { topics, timeout_ms } => {
                let named =
                    |n: &String| delete_topics::RequestTopic { name: Some(n.clone()), topic_id: [0; 16] };
                let request = delete_topics::Request {
                    topics: topics.iter().map(named).collect(),
                    topic_names: topics,
                    timeout_ms,
                };
                control!(api, request, delete_topics::VERSIONS, reply)
            }
            Self::CreatePartitions(r) => control!(api, r, create_partitions::VERSIONS, reply),
            Self::DescribeConfigs(r) => control!(api, r, describe_configs::VERSIONS, reply),
            Self::AlterConfigs(r) => control!(api, r, alter_configs::VERSIONS, reply),
            Self::IncrementalAlterConfigs(r) => {
                control!(api, r, incremental_alter_configs::VERSIONS, reply)
            }
            Self::DescribeTopics { topics, authorized_operations } => {
                let named = |name| metadata::RequestTopic { topic_id: [0; 16], name: Some(name) };
                let request = metadata::Request {
                    topics: Some(topics.into_iter().map(named).collect()),
                    allow_auto_topic_creation: false,
                    include_topic_authorized_operations: authorized_operations,
                    ..metadata::Request::default()
                };
                control!(api, request, metadata::VERSIONS, reply)
            }
            Self::DescribeCluster { authorized_operations } => {
                let request = metadata::Request {
                    topics: Some(Vec::new()),
                    allow_auto_topic_creation: false,
                    include_cluster_authorized_operations: authorized_operations,
                    ..metadata::Request::default()
                };
                // KIP-700: later versions do not tell what the client may do with the cluster.
                let newest = if authorized_operations { 10 } else { metadata::CLIENT_MAX_VERSION };
                control!(api, request, 0..=newest, reply)
            }
        }
    }

    /// The outcomes in the order in which they were asked for; brokers do not keep it.
    ///
    /// # Errors
    /// `_BAD_MSG` for something that was not asked for, or that is there twice.
    pub(super) fn in_order(&self, results: Results) -> Result<Results, Error> {
        let ordered = match results {
            Results::Topics(found) => in_order(&self.asked(), found).map(Results::Topics),
            Results::Resources(found) => in_order(&self.asked(), found).map(Results::Resources),
            Results::Metadata(mut found) if matches!(self, Self::DescribeTopics { .. }) => {
                in_order(&self.asked(), std::mem::take(&mut found.topics)).map(|topics| {
                    found.topics = topics;
                    Results::Metadata(found)
                })
            }
            other => Ok(other),
        };
        ordered.map_err(malformed)
    }

    fn asked(&self) -> Vec<Key<'_>> {
        match self {
            Self::CreateTopics(r) => r.topics.iter().map(|t| (TOPIC, t.name.as_str())).collect(),
            Self::DeleteTopics { topics, .. } => topics.iter().map(|t| (TOPIC, t.as_str())).collect(),
            Self::CreatePartitions(r) => r.topics.iter().map(|t| (TOPIC, t.name.as_str())).collect(),
            Self::DescribeConfigs(r) => {
                r.resources.iter().map(|r| (r.resource_type, r.name.as_str())).collect()
            }
            Self::AlterConfigs(r) => r.resources.iter().map(|r| (r.resource_type, r.name.as_str())).collect(),
            Self::IncrementalAlterConfigs(r) => {
                r.resources.iter().map(|r| (r.resource_type, r.name.as_str())).collect()
            }
            Self::DescribeTopics { topics, .. } => topics.iter().map(|t| (TOPIC, t.as_str())).collect(),
            Self::DescribeCluster { .. } => Vec::new(),
        }
    }
}

/// What an outcome is about.
type Key<'a> = (i8, &'a str);

/// The type of a topic as a resource.
const TOPIC: i8 = 2;

trait Answered {
    fn key(&self) -> Key<'_>;
}

impl Answered for TopicResult {
    fn key(&self) -> Key<'_> {
        (TOPIC, &self.name)
    }
}

impl Answered for ResourceResult {
    fn key(&self) -> Key<'_> {
        (self.resource_type, &self.name)
    }
}

impl Answered for metadata::Topic {
    fn key(&self) -> Key<'_> {
        (TOPIC, self.name.as_deref().unwrap_or_default())
    }
}

/// Sorts `found` as `asked` is. What was not answered is left out.
fn in_order<T: Answered>(asked: &[Key<'_>], found: Vec<T>) -> Result<Vec<T>, String> {
    let places: BTreeMap<Key<'_>, usize> = asked.iter().enumerate().rev().map(|(at, k)| (*k, at)).collect();
    let mut results: Vec<Option<T>> = asked.iter().map(|_| None).collect();
    for result in found {
        let (kind, name) = result.key();
        let Some(place) = places.get(&(kind, name)).and_then(|at| results.get_mut(*at)) else {
            return Err(format!("broker returned {name} (type {kind}), which was not asked for"));
        };
        if place.is_some() {
            return Err(format!("broker returned {name} (type {kind}) multiple times"));
        }
        *place = Some(result);
    }
    Ok(results.into_iter().flatten().collect())
}

/// Why a response cannot be used, for the log.
fn malformed(why: impl Into<String>) -> Error {
    Error::new(ErrorCode::_BAD_MSG, why)
}

/// What the application is told of a response that cannot be used.
pub(super) fn unusable(call: &str) -> Error {
    let what = ErrorCode::_BAD_MSG.describe();
    let worker = call.to_uppercase();
    let text =
        format!("{worker} worker failed to parse response: {call} response protocol parse failure: {what}");
    Error::new(ErrorCode::_BAD_MSG, text)
}

/// What a broker that does not know a request is too old for.
pub(super) fn unsupported(api: ApiKey) -> Option<Error> {
    let (what, since) = match api {
        ApiKey::CreateTopics | ApiKey::DeleteTopics => ("Topic Admin API (KIP-4)", "0.10.2.0"),
        ApiKey::CreatePartitions => ("CreatePartitions (KIP-195)", "1.0.0"),
        ApiKey::DescribeConfigs => ("DescribeConfigs (KIP-133)", "0.11.0"),
        ApiKey::AlterConfigs => ("AlterConfigs (KIP-133)", "0.11.0"),
        ApiKey::IncrementalAlterConfigs => ("IncrementalAlterConfigs (KIP-339)", "2.3.0"),
        _ => return None,
    };
    let text = format!("{what} not supported by broker, requires broker version >= {since}");
    Some(Error::new(ErrorCode::_UNSUPPORTED_FEATURE, text))
}

/// The error of one outcome, with the text that belongs to the code if the broker gave none.
fn error(code: i16, text: Option<String>) -> Error {
    let code = ErrorCode(i32::from(code));
    let text = text.filter(|t| !t.is_empty()).unwrap_or_else(|| code.describe().into_owned());
    Error::new(code, text)
}

fn topic(name: String, code: i16, text: Option<String>) -> TopicResult {
    TopicResult { name, error: error(code, text) }
}

fn changed(r: alter_configs::ResponseResource) -> ResourceResult {
    let error = error(r.error_code, r.error_message);
    ResourceResult { resource_type: r.resource_type, name: r.name, error, configs: Vec::new() }
}

fn described(r: describe_configs::ResponseResource) -> ResourceResult {
    let error = error(r.error_code, r.error_message);
    ResourceResult { resource_type: r.resource_type, name: r.name, error, configs: r.configs }
}

/// The outcomes, as the response tells them.
///
/// # Errors
/// `_BAD_MSG` for a response that is none.
pub(super) fn decode(api: ApiKey, version: i16, body: &[u8]) -> Result<Results, Error> {
    read(api, version, &mut Reader::new(body)).map_err(|e| malformed(e.to_string()))
}

fn read(api: ApiKey, version: i16, reader: &mut Reader<'_>) -> Result<Results, Malformed> {
    Ok(match api {
        ApiKey::CreateTopics => {
            let topics = create_topics::Response::decode(version, reader)?.topics.into_iter();
            Results::Topics(topics.map(|t| topic(t.name, t.error_code, t.error_message)).collect())
        }
        ApiKey::DeleteTopics => {
            let topics = delete_topics::Response::decode(version, reader)?.topics.into_iter();
            let named = |t: delete_topics::ResponseTopic| {
                topic(t.name.unwrap_or_default(), t.error_code, t.error_message)
            };
            Results::Topics(topics.map(named).collect())
        }
        ApiKey::CreatePartitions => {
            let topics = create_partitions::Response::decode(version, reader)?.topics.into_iter();
            Results::Topics(topics.map(|t| topic(t.name, t.error_code, t.error_message)).collect())
        }
        ApiKey::DescribeConfigs => {
            let resources = describe_configs::Response::decode(version, reader)?.resources.into_iter();
            Results::Resources(resources.map(described).collect())
        }
        ApiKey::AlterConfigs => {
            let resources = alter_configs::Response::decode(version, reader)?.resources.into_iter();
            Results::Resources(resources.map(changed).collect())
        }
        ApiKey::IncrementalAlterConfigs => {
            let resources =
                incremental_alter_configs::Response::decode(version, reader)?.resources.into_iter();
            Results::Resources(resources.map(changed).collect())
        }
        ApiKey::Metadata => Results::Metadata(Box::new(metadata::Response::decode(version, reader)?)),
        _ => Results::None,
    })
}

#[cfg(test)]
mod tests;
