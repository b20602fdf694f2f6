//! What can be configured over the protocol: a topic, a broker, all brokers, a group. Shared by
//! DescribeConfigs, AlterConfigs and IncrementalAlterConfigs.

use crate::base::error::ErrorCode;
use crate::mock::brokers::Brokers;
use crate::mock::catalogue::Catalogue;
use crate::mock::configs::properties::{self, Effects, Property, Scope, Values};
use crate::mock::settings::Settings;
use crate::protocol::incremental_alter_configs::operation;
use std::collections::{BTreeMap, BTreeSet};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const GROUP: i8 = 32;

/// Where a value comes from (`config_source` of DescribeConfigs).
pub mod source {
    pub const TOPIC: i8 = 1;
    pub const BROKER: i8 = 2;
    pub const ALL_BROKERS: i8 = 3;
    pub const STATIC: i8 = 4;
    pub const DEFAULT: i8 = 5;
    pub const GROUP: i8 = 8;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    Topic(usize),
    Broker(i32),
    AllBrokers,
    Group(String),
}

/// A code, and the reason in words.
pub type Refused = (ErrorCode, String);

/// One change of a property.
pub struct Change<'a> {
    pub name: &'a str,
    pub operation: i8,
    pub value: Option<&'a str>,
}

/// A value and the name and source that it has it from.
pub struct Found {
    pub name: &'static str,
    pub value: String,
    pub source: i8,
}

impl Resource {
    pub fn scope(&self) -> Scope {
        match self {
            Self::Topic(_) => Scope::Topic,
            Self::Broker(_) | Self::AllBrokers => Scope::Broker,
            Self::Group(_) => Scope::Group,
        }
    }
}

/// What has been set for all brokers together, and for groups. Topics and brokers have theirs with them.
#[derive(Debug, Default)]
pub struct Configs {
    all_brokers: Values,
    all_brokers_effects: Effects,
    groups: BTreeMap<String, Values>,
    /// Counts what a request that waits could be waiting for.
    changes: u64,
}

impl Configs {
    pub fn changes(&self) -> u64 {
        self.changes
    }

    fn set_for_all_brokers(&mut self, values: Values, effects: Effects) {
        (self.all_brokers, self.all_brokers_effects) = (values, effects);
    }

    fn set_for_group(&mut self, name: &str, values: Values) {
        if values == Values::default() {
            self.groups.remove(name);
        } else {
            self.groups.insert(name.to_owned(), values);
        }
    }
}

/// Everything that can be configured, to be read.
#[derive(Clone, Copy)]
pub struct ConfigView<'a> {
    pub configs: &'a Configs,
    pub settings: &'a Settings,
    pub brokers: &'a Brokers,
    pub catalogue: &'a Catalogue,
}

impl ConfigView<'_> {
    /// # Errors
    /// When there is no such thing.
    pub fn resource(&self, kind: i8, name: &str) -> Result<Resource, Refused> {
        let invalid = |why: &str| Err((ErrorCode::INVALID_REQUEST, why.to_owned()));
        match kind {
            TOPIC => match self.catalogue.index_of(name) {
                Some(index) => Ok(Resource::Topic(index)),
                None => Err((ErrorCode::UNKNOWN_TOPIC_OR_PART, "There is no such topic.".to_owned())),
            },
            BROKER if name.is_empty() => Ok(Resource::AllBrokers),
            BROKER => match name.parse::<i32>().ok().filter(|id| self.brokers.get(*id).is_some()) {
                Some(id) => Ok(Resource::Broker(id)),
                None => invalid("There is no such broker."),
            },
            GROUP if name.is_empty() => invalid("A group has to have a name."),
            GROUP => Ok(Resource::Group(name.to_owned())),
            _ => invalid("Resources of this type are not configured here."),
        }
    }

    fn values(&self, resource: &Resource) -> Values {
        match resource {
            Resource::Topic(index) => self.catalogue.topic_at(*index).map(|t| t.configs.clone()),
            Resource::Broker(id) => self.brokers.get(*id).map(|b| b.configs.clone()),
            Resource::AllBrokers => Some(self.configs.all_brokers.clone()),
            Resource::Group(name) => self.configs.groups.get(name).cloned(),
        }
        .unwrap_or_default()
    }

    /// The values that a resource has after the changes. `afresh`: what is not among the changes goes back to
    /// its default.
    ///
    /// # Errors
    /// When a change cannot be made.
    pub fn altered(
        &self,
        resource: &Resource,
        changes: &[Change<'_>],
        afresh: bool,
    ) -> Result<Values, Refused> {
        let mut values = if afresh { Values::default() } else { self.values(resource) };
        let mut named = BTreeSet::new();
        for change in changes {
            if !named.insert(change.name) {
                return Err((ErrorCode::INVALID_REQUEST, format!("{:.100} is named twice.", change.name)));
            }
            let property = properties::find(resource.scope(), change.name);
            let unknown = || (ErrorCode::INVALID_CONFIG, format!("Unknown property {:.100}.", change.name));
            self.change(resource, &property.ok_or_else(unknown)?, change, &mut values)?;
        }
        Ok(values)
    }

    fn change(
        &self,
        resource: &Resource,
        property: &Property,
        change: &Change<'_>,
        values: &mut Values,
    ) -> Result<(), Refused> {
        if change.operation == operation::DELETE {
            values.remove(property.name);
            return Ok(());
        }
        let null = || (ErrorCode::INVALID_REQUEST, format!("{} needs a value.", property.name));
        let value = change.value.ok_or_else(null)?;
        let set = |values: &mut Values, value: &str| {
            values.set(property, value).map_err(|why| (ErrorCode::INVALID_CONFIG, why))
        };
        if change.operation == operation::SET {
            return set(values, value);
        }
        if !property.kind.is_list() {
            return Err((ErrorCode::INVALID_CONFIG, format!("{} is no list.", property.name)));
        }
        let present = values.get(property.name).map(str::to_owned);
        let present =
            present.or_else(|| self.look_up(resource, property).into_iter().next().map(|found| found.value));
        let present = present.unwrap_or_default();
        let named = |item: &str| properties::items(value).any(|v| v == item);
        let mut list: Vec<&str> = match change.operation {
            operation::APPEND => properties::items(&present).collect(),
            operation::SUBTRACT => properties::items(&present).filter(|item| !named(item)).collect(),
            _ => return Err((ErrorCode::INVALID_REQUEST, "Unknown operation.".to_owned())),
        };
        if change.operation == operation::APPEND {
            let more: Vec<&str> = properties::items(value).filter(|v| !list.contains(v)).collect();
            list.extend(more);
        }
        set(values, &list.join(","))
    }

    /// Where the property has a value, the one that counts first.
    pub fn look_up(&self, resource: &Resource, property: &Property) -> Vec<Found> {
        let mut all = Vec::new();
        let mut note = |name: &'static str, value: Option<&str>, source| {
            all.extend(value.map(|value| Found { name, value: value.to_owned(), source }));
        };
        let broker_name = match resource {
            Resource::Topic(index) => {
                let topic = self.catalogue.topic_at(*index);
                note(property.name, topic.and_then(|t| t.configs.get(property.name)), source::TOPIC);
                property.broker_name
            }
            Resource::Group(name) => {
                let group = self.configs.groups.get(name);
                note(property.name, group.and_then(|values| values.get(property.name)), source::GROUP);
                None
            }
            Resource::Broker(id) => {
                let broker = self.brokers.get(*id);
                note(property.name, broker.and_then(|b| b.configs.get(property.name)), source::BROKER);
                Some(property.name)
            }
            Resource::AllBrokers => Some(property.name),
        };
        let name = broker_name.unwrap_or(property.name);
        if broker_name.is_some() {
            note(name, self.configs.all_brokers.get(name), source::ALL_BROKERS);
        }
        let fixed = self.static_value(resource, name).filter(|value| value != property.default);
        note(name, fixed.as_deref(), source::STATIC);
        note(name, Some(property.default), source::DEFAULT);
        all
    }

    /// What the brokers were started with.
    fn static_value(&self, resource: &Resource, name: &str) -> Option<String> {
        let s = &self.settings;
        Some(match (name, resource) {
            ("broker.id", Resource::Broker(id)) => id.to_string(),
            ("auto.create.topics.enable", _) => s.auto_create_topics.to_string(),
            ("connections.max.reauth.ms", _) => s.sasl.session_lifetime.as_millis().to_string(),
            ("default.replication.factor", _) => s.default_replication.to_string(),
            ("num.partitions", _) => s.default_partitions.to_string(),
            ("message.max.bytes", _) => s.max_message_bytes.to_string(),
            ("group.initial.rebalance.delay.ms", _) => {
                s.group_initial_rebalance_delay.as_millis().to_string()
            }
            ("consumer.session.timeout.ms", _) => s.consumer_session_timeout.as_millis().to_string(),
            ("consumer.heartbeat.interval.ms", _) => s.consumer_heartbeat_interval.as_millis().to_string(),
            ("log.message.timestamp.type", _) if s.log_append_time => "LogAppendTime".to_owned(),
            _ => return None,
        })
    }

    /// The value of a group's property.
    pub fn group_property(&self, group_id: &str, name: &str) -> String {
        let own = self.configs.groups.get(group_id).and_then(|values| values.get(name)).map(str::to_owned);
        own.or_else(|| self.static_value(&Resource::AllBrokers, name)).unwrap_or_default()
    }

    /// What counts for the logs of a topic: what has been set for it, or for the broker that leads, or for
    /// all brokers.
    pub fn effects_for(&self, topic: usize, broker_id: i32) -> Effects {
        let topic = self.catalogue.topic_at(topic).map(|t| t.effects);
        let broker = self.brokers.get(broker_id).map(|b| b.effects);
        topic.unwrap_or_default().or(broker.unwrap_or_default()).or(self.configs.all_brokers_effects)
    }
}

/// Everything that can be configured, to be changed.
pub struct Configuration<'a> {
    pub configs: &'a mut Configs,
    pub settings: &'a Settings,
    pub brokers: &'a mut Brokers,
    pub catalogue: &'a mut Catalogue,
}

impl Configuration<'_> {
    pub fn view(&self) -> ConfigView<'_> {
        ConfigView {
            configs: self.configs,
            settings: self.settings,
            brokers: self.brokers,
            catalogue: self.catalogue,
        }
    }

    /// Changes what is configured, unless the changes are only to be validated. `afresh`: what is not among
    /// them goes back to its default.
    ///
    /// # Errors
    /// When a change cannot be made. Nothing has changed then.
    pub fn alter(
        &mut self,
        resource: &Resource,
        changes: &[Change<'_>],
        afresh: bool,
        validate_only: bool,
    ) -> Result<(), Refused> {
        let values = self.view().altered(resource, changes, afresh)?;
        if !validate_only {
            self.configure(resource, values);
        }
        Ok(())
    }

    /// Gives a resource its values.
    pub fn configure(&mut self, resource: &Resource, values: Values) {
        let effects = Effects::of(&values, resource.scope());
        match resource {
            Resource::Topic(index) => {
                if let Some(topic) = self.catalogue.topic_at_mut(*index) {
                    (topic.configs, topic.effects) = (values, effects);
                }
            }
            Resource::Broker(id) => {
                if let Some(broker) = self.brokers.get_mut(*id) {
                    (broker.configs, broker.effects) = (values, effects);
                }
            }
            Resource::AllBrokers => self.configs.set_for_all_brokers(values, effects),
            Resource::Group(name) => self.configs.set_for_group(name, values),
        }
        self.configs.changes += 1;
    }
}
