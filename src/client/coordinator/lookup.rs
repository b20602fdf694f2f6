//! The search for a coordinator: the broker in charge of the transactional id, or the one in charge of a
//! consumer group.

use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, ControlRequest, ControlResult};
use crate::net::Endpoint;
use crate::protocol::ApiKey;
use crate::protocol::find_coordinator::{self as wire, KEY_TYPE_GROUP, KEY_TYPE_TRANSACTION};
use crate::protocol::primitives::Reader;

/// What a coordinator is in charge of (the key of a FindCoordinator request).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoordinatorKey {
    Transactions,
    Group(String),
}

/// What is known of a coordinator.
#[derive(Default)]
pub(in crate::client) struct Lookup {
    node: Option<i32>,
    asking: bool,
    /// When it may be asked for.
    again: Option<Time>,
}

impl Lookup {
    /// The broker that is the coordinator, if that is known.
    pub fn node(&self) -> Option<i32> {
        self.node
    }

    /// A broker has been asked.
    pub fn asked(&mut self) {
        self.asking = true;
    }

    /// A broker has answered: who the coordinator is, or when to ask again.
    pub fn answered(&mut self, result: Result<i32, Time>) {
        self.asking = false;
        match result {
            Ok(node) => self.node = Some(node),
            Err(again) => self.again = Some(again),
        }
    }

    pub fn lose(&mut self, again: Time) {
        self.node = None;
        self.again = Some(again);
    }

    /// From when on a broker is to be asked; `None` if the coordinator is known or somebody has been asked.
    pub fn ask_at(&self, now: Time) -> Option<Time> {
        (self.node.is_none() && !self.asking).then(|| self.again.unwrap_or(now))
    }
}

/// What a broker answered: the coordinator's id and address, or why there is none.
pub struct FoundCoordinator {
    pub key: CoordinatorKey,
    pub broker: Arc<str>,
    pub result: Result<(i32, Endpoint), Error>,
}

/// Asks a broker for the coordinator.
pub(in crate::client) fn question(
    key: CoordinatorKey,
    transactional_id: &str,
    asked: &Arc<BrokerHandle>,
    reply: impl FnOnce(FoundCoordinator) + Send + 'static,
) -> ControlRequest {
    let (name, key_type) = match &key {
        CoordinatorKey::Transactions => (transactional_id.to_owned(), KEY_TYPE_TRANSACTION),
        CoordinatorKey::Group(group) => (group.clone(), KEY_TYPE_GROUP),
    };
    let request = wire::Request { coordinator_keys: vec![name.clone()], key: name, key_type };
    // Version 0 knows of groups only.
    let first = i16::from(key_type == KEY_TYPE_TRANSACTION);
    let broker = asked.name();
    ControlRequest {
        api: ApiKey::FindCoordinator,
        versions: first..=wire::CLIENT_MAX_VERSION,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply: Box::new(move |answer| reply(FoundCoordinator { key, broker, result: decode(answer) })),
    }
}

fn decode(answer: ControlResult<'_>) -> Result<(i32, Endpoint), Error> {
    let (version, body) = answer?;
    let response = wire::Response::decode(version, &mut Reader::new(body))
        .map_err(|e| Error::new(ErrorCode::_BAD_MSG, format!("malformed FindCoordinator response: {e}")))?;
    let (code, text, node, host, port) = match response.coordinators.into_iter().next() {
        Some(c) => (c.error_code, c.error_message, c.node_id, c.host, c.port),
        None => (response.error_code, response.error_message, response.node_id, response.host, response.port),
    };
    let code = ErrorCode(i32::from(code));
    match code {
        ErrorCode::NO_ERROR if node >= 0 => Ok((node, Endpoint::advertised(&host, port))),
        ErrorCode::NO_ERROR => {
            let code = ErrorCode::COORDINATOR_NOT_AVAILABLE;
            Err(Error::new(code, code.describe()))
        }
        code => Err(Error::new(code, text.unwrap_or_else(|| code.describe().into_owned()))),
    }
}
