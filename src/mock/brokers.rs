//! The brokers of the cluster, and what each is responsible for: the controller, the coordinators of groups
//! and transactional ids.

use crate::base::error::ErrorCode;
use crate::mock::call::Call;
use crate::mock::configs::properties::{Effects, Values};
use crate::mock::errors::{ErrorStacks, Pushed};
use crate::protocol::find_coordinator::KEY_TYPE_GROUP;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug)]
pub struct Broker {
    pub id: i32,
    pub host: String,
    pub port: u16,
    pub up: bool,
    pub in_metadata: bool,
    pub rack: Option<String>,
    pub rtt: Duration,
    pub(super) errors: ErrorStacks,
    /// What has been set for this broker, and what of that concerns the logs.
    pub(super) configs: Values,
    pub(super) effects: Effects,
}

impl Broker {
    fn new(id: i32) -> Self {
        Self {
            id,
            host: "127.0.0.1".to_owned(),
            port: 0,
            up: true,
            in_metadata: true,
            rack: None,
            rtt: Duration::ZERO,
            errors: ErrorStacks::default(),
            configs: Values::default(),
            effects: Effects::default(),
        }
    }
}

#[derive(Debug)]
pub struct Brokers {
    all: Vec<Broker>,
    controller: i32,
    /// For the next requests to whichever broker.
    errors: ErrorStacks,
    /// Coordinators that a test has chosen, by key type and key; every other key has one by a fixed rule.
    coordinators: BTreeMap<(i8, String), i32>,
}

impl Brokers {
    /// Brokers 1 to `count`, the first of which is the controller.
    pub fn new(count: i32) -> Self {
        Self {
            all: (1..=count).map(Broker::new).collect(),
            controller: 1,
            errors: ErrorStacks::default(),
            coordinators: BTreeMap::new(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Broker> {
        self.all.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Broker> {
        self.all.iter_mut()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn get(&self, id: i32) -> Option<&Broker> {
        self.all.iter().find(|b| b.id == id)
    }

    pub fn get_mut(&mut self, id: i32) -> Option<&mut Broker> {
        self.all.iter_mut().find(|b| b.id == id)
    }

    pub fn add(&mut self, id: i32) {
        self.all.push(Broker::new(id));
    }

    /// Removes a broker, and what a test has made it the coordinator of.
    pub fn remove(&mut self, id: i32) {
        self.all.retain(|b| b.id != id);
        self.coordinators.retain(|_, coordinator| *coordinator != id);
    }

    /// Those that Metadata responses list.
    pub fn listed(&self) -> impl Iterator<Item = &Broker> {
        self.all.iter().filter(|b| b.up && b.in_metadata)
    }

    /// The ids of those that may have partitions.
    pub fn eligible(&self) -> Vec<i32> {
        self.all.iter().filter(|b| b.in_metadata).map(|b| b.id).collect()
    }

    pub fn rtt(&self, id: i32) -> Duration {
        self.get(id).map_or(Duration::ZERO, |b| b.rtt)
    }

    pub fn errors_mut(&mut self) -> &mut ErrorStacks {
        &mut self.errors
    }

    /// The error that a test has pushed for the next request of this API to this broker, or to any.
    pub fn next_error(&mut self, id: i32, api_key: i16) -> Pushed {
        let own = self.get_mut(id).and_then(|b| b.errors.next(api_key));
        own.or_else(|| self.errors.next(api_key)).unwrap_or_default()
    }

    pub fn controller(&self) -> i32 {
        self.controller
    }

    pub fn set_controller(&mut self, id: i32) {
        self.controller = id;
    }

    /// # Errors
    /// When the request has come to another broker than the controller.
    pub fn check_controller(&self, call: &Call<'_>) -> Result<(), ErrorCode> {
        if self.controller == call.broker_id { Ok(()) } else { Err(ErrorCode::NOT_CONTROLLER) }
    }

    pub fn set_coordinator(&mut self, key_type: i8, key: &str, id: i32) {
        self.coordinators.insert((key_type, key.to_owned()), id);
    }

    /// The broker that coordinates a group or a transaction.
    pub fn coordinator(&self, key_type: i8, key: &str) -> Option<&Broker> {
        if let Some(chosen) = self.coordinators.get(&(key_type, key.to_owned())) {
            return self.get(*chosen);
        }
        // As in Kafka, a group goes to another broker when its own is down. Transactions stay where they are.
        let moves = key_type == KEY_TYPE_GROUP && self.listed().next().is_some();
        let candidates = || self.all.iter().filter(|b| b.in_metadata && (b.up || !moves));
        // Any fixed rule will do, as long as all brokers name the same one.
        let sum = key.bytes().fold(0usize, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
        candidates().nth(sum.checked_rem(candidates().count())?)
    }

    /// # Errors
    /// When the request has not come to the coordinator of its group or transaction.
    pub fn check_coordinator(&self, call: &Call<'_>, key_type: i8, key: &str) -> Result<(), ErrorCode> {
        let right = self.coordinator(key_type, key).is_some_and(|b| b.id == call.broker_id);
        if right { Ok(()) } else { Err(ErrorCode::NOT_COORDINATOR) }
    }

    /// What every request to a group has to pass first.
    ///
    /// # Errors
    /// The error that a test has pushed; when the group has no name, or another coordinator.
    pub fn check_group(&self, call: &Call<'_>, group_id: &str) -> Result<(), ErrorCode> {
        call.pushed_error()?;
        if group_id.is_empty() {
            return Err(ErrorCode::INVALID_GROUP_ID);
        }
        self.check_coordinator(call, KEY_TYPE_GROUP, group_id)
    }
}
