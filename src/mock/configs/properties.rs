//! The properties of topics, brokers and groups that can be described and altered: names, types, limits and
//! defaults as Kafka 4 has them, and those of them that make a difference here.
//!
//! Deviations from Kafka: logs are neither compacted nor recompressed, have no segments and are never
//! flushed, so properties about that are kept and described, and that is all.

use std::collections::BTreeMap;

/// Longest value that is kept.
const MAX_VALUE_LEN: usize = 32_767;

/// Whose property it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Topic,
    Broker,
    Group,
}

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Boolean,
    Int(i64, i64),
    Long(i64, i64),
    Double(f64, f64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words; any, when there are none here.
    List(&'static [&'static str]),
}

impl Kind {
    /// `config_type` of DescribeConfigs.
    pub fn number(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::Word(_) => 2,
            Self::Int(..) => 3,
            Self::Long(..) => 5,
            Self::Double(..) => 6,
            Self::List(_) => 7,
        }
    }

    pub fn is_list(self) -> bool {
        matches!(self, Self::List(_))
    }

    fn allows(self, value: &str) -> bool {
        let whole = |min, max| value.trim().parse::<i64>().is_ok_and(|n| (min..=max).contains(&n));
        match self {
            Self::Boolean => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
            Self::Int(min, max) => whole(min, max),
            Self::Long(min, max) => whole(min, max),
            Self::Double(min, max) => value.trim().parse::<f64>().is_ok_and(|x| x >= min && x <= max),
            Self::Word(words) => words.contains(&value),
            Self::List(words) => words.is_empty() || items(value).all(|item| words.contains(&item)),
        }
    }
}

/// The elements of a list.
pub fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub name: &'static str,
    pub kind: Kind,
    pub default: &'static str,
    pub read_only: bool,
    /// What sets the default of a topic's property on the brokers.
    pub broker_name: Option<&'static str>,
}

impl Property {
    const fn topic(name: &'static str, kind: Kind, default: &'static str, broker: &'static str) -> Self {
        let broker_name = if broker.is_empty() { None } else { Some(broker) };
        Self { name, kind, default, read_only: false, broker_name }
    }

    const fn plain(name: &'static str, kind: Kind, default: &'static str) -> Self {
        Self { name, kind, default, read_only: false, broker_name: None }
    }

    const fn fixed(name: &'static str, kind: Kind, default: &'static str) -> Self {
        Self { name, kind, default, read_only: true, broker_name: None }
    }
}

const INT_MAX: i64 = i32::MAX as i64;
const LONG_MAX: i64 = i64::MAX;
const FOREVER: &str = "9223372036854775807";
const POLICIES: Kind = Kind::List(&["compact", "delete"]);
const CODECS: Kind = Kind::Word(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]);
const TIMESTAMPS: Kind = Kind::Word(&["CreateTime", "LogAppendTime"]);
const NATURAL: Kind = Kind::Long(0, LONG_MAX);

const TOPIC: &[Property] = &[
    Property::topic("cleanup.policy", POLICIES, "delete", "log.cleanup.policy"),
    Property::topic("compression.gzip.level", Kind::Int(-1, 9), "-1", "compression.gzip.level"),
    Property::topic("compression.lz4.level", Kind::Int(1, 17), "9", "compression.lz4.level"),
    Property::topic("compression.type", CODECS, "producer", "compression.type"),
    Property::topic("compression.zstd.level", Kind::Int(-131_072, 22), "3", "compression.zstd.level"),
    Property::topic("delete.retention.ms", NATURAL, "86400000", "log.cleaner.delete.retention.ms"),
    Property::topic("file.delete.delay.ms", NATURAL, "60000", "log.segment.delete.delay.ms"),
    Property::topic("flush.messages", Kind::Long(1, LONG_MAX), FOREVER, "log.flush.interval.messages"),
    Property::topic("flush.ms", NATURAL, FOREVER, "log.flush.interval.ms"),
    Property::topic("follower.replication.throttled.replicas", Kind::List(&[]), "", ""),
    Property::topic("index.interval.bytes", Kind::Int(0, INT_MAX), "4096", "log.index.interval.bytes"),
    Property::topic("leader.replication.throttled.replicas", Kind::List(&[]), "", ""),
    Property::topic(
        "max.compaction.lag.ms",
        Kind::Long(1, LONG_MAX),
        FOREVER,
        "log.cleaner.max.compaction.lag.ms",
    ),
    Property::topic("max.message.bytes", Kind::Int(0, INT_MAX), "1048588", "message.max.bytes"),
    Property::topic(
        "message.timestamp.after.max.ms",
        NATURAL,
        "3600000",
        "log.message.timestamp.after.max.ms",
    ),
    Property::topic(
        "message.timestamp.before.max.ms",
        NATURAL,
        FOREVER,
        "log.message.timestamp.before.max.ms",
    ),
    Property::topic("message.timestamp.type", TIMESTAMPS, "CreateTime", "log.message.timestamp.type"),
    Property::topic(
        "min.cleanable.dirty.ratio",
        Kind::Double(0.0, 1.0),
        "0.5",
        "log.cleaner.min.cleanable.ratio",
    ),
    Property::topic("min.compaction.lag.ms", NATURAL, "0", "log.cleaner.min.compaction.lag.ms"),
    Property::topic("min.insync.replicas", Kind::Int(1, INT_MAX), "1", "min.insync.replicas"),
    Property::topic("preallocate", Kind::Boolean, "false", "log.preallocate"),
    Property::topic("retention.bytes", Kind::Long(-1, LONG_MAX), "-1", "log.retention.bytes"),
    Property::topic("retention.ms", Kind::Long(-1, LONG_MAX), "604800000", "log.retention.ms"),
    Property::topic("segment.bytes", Kind::Int(14, INT_MAX), "1073741824", "log.segment.bytes"),
    Property::topic("segment.index.bytes", Kind::Int(4, INT_MAX), "10485760", "log.index.size.max.bytes"),
    Property::topic("segment.jitter.ms", NATURAL, "0", "log.roll.jitter.ms"),
    Property::topic("segment.ms", Kind::Long(1, LONG_MAX), "604800000", "log.roll.ms"),
    Property::topic(
        "unclean.leader.election.enable",
        Kind::Boolean,
        "false",
        "unclean.leader.election.enable",
    ),
];

/// Those that are not also the default of a topic's.
const BROKER: &[Property] = &[
    Property::fixed("auto.create.topics.enable", Kind::Boolean, "true"),
    Property::plain("background.threads", Kind::Int(1, INT_MAX), "10"),
    Property::fixed("broker.id", Kind::Int(-1, INT_MAX), "-1"),
    Property::fixed("connections.max.reauth.ms", NATURAL, "0"),
    Property::fixed("default.replication.factor", Kind::Int(1, 32_767), "1"),
    Property::fixed("group.initial.rebalance.delay.ms", Kind::Int(0, INT_MAX), "3000"),
    Property::plain("max.connections", Kind::Int(0, INT_MAX), "2147483647"),
    Property::plain("num.io.threads", Kind::Int(1, INT_MAX), "8"),
    Property::plain("num.network.threads", Kind::Int(1, INT_MAX), "3"),
    Property::fixed("num.partitions", Kind::Int(1, INT_MAX), "1"),
    Property::plain("num.replica.fetchers", Kind::Int(1, INT_MAX), "1"),
    Property::plain("sasl.kerberos.min.time.before.relogin", NATURAL, "60000"),
    Property::fixed("transaction.max.timeout.ms", Kind::Int(1, INT_MAX), "900000"),
];

const GROUP: &[Property] = &[
    Property::plain("consumer.heartbeat.interval.ms", Kind::Int(1, INT_MAX), "5000"),
    Property::plain("consumer.session.timeout.ms", Kind::Int(1, INT_MAX), "45000"),
];

/// All properties of the scope.
pub fn all(scope: Scope) -> Vec<Property> {
    match scope {
        Scope::Topic => TOPIC.to_vec(),
        Scope::Group => GROUP.to_vec(),
        Scope::Broker => {
            let defaults =
                TOPIC.iter().filter_map(|p| Some(Property { name: p.broker_name?, broker_name: None, ..*p }));
            BROKER.iter().copied().chain(defaults).collect()
        }
    }
}

pub fn find(scope: Scope, name: &str) -> Option<Property> {
    match scope {
        Scope::Topic => TOPIC.iter().find(|p| p.name == name).copied(),
        Scope::Group => GROUP.iter().find(|p| p.name == name).copied(),
        Scope::Broker => all(Scope::Broker).into_iter().find(|p| p.name == name),
    }
}

/// What has been set, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<&'static str, String>);

impl Values {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// # Errors
    /// Why it cannot have this value.
    pub fn set(&mut self, property: &Property, value: &str) -> Result<(), String> {
        if property.read_only {
            return Err(format!("{} cannot be changed while the broker runs.", property.name));
        }
        if value.len() > MAX_VALUE_LEN || !property.kind.allows(value) {
            let shown: String = value.chars().take(100).collect();
            return Err(format!("Invalid value \"{shown}\" for {}.", property.name));
        }
        let value = if property.kind.is_list() { value } else { value.trim() };
        self.0.insert(property.name, value.to_owned());
        Ok(())
    }

    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn number<T: TryFrom<i64>>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse::<i64>().ok().and_then(|n| T::try_from(n).ok())
    }
}

/// What has been set and makes a difference to the logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    pub max_message_bytes: Option<usize>,
    pub log_append_time: Option<bool>,
    pub min_insync_replicas: Option<usize>,
    /// Records need keys.
    pub compacted: Option<bool>,
    /// How far timestamps may be behind the broker's clock, and ahead of it.
    pub timestamp_before_ms: Option<i64>,
    pub timestamp_after_ms: Option<i64>,
    /// -1: without end, for both.
    pub retention_bytes: Option<i64>,
    pub retention_ms: Option<i64>,
}

impl Effects {
    /// What is set here, or else there.
    pub fn or(self, other: Self) -> Self {
        Self {
            max_message_bytes: self.max_message_bytes.or(other.max_message_bytes),
            log_append_time: self.log_append_time.or(other.log_append_time),
            min_insync_replicas: self.min_insync_replicas.or(other.min_insync_replicas),
            compacted: self.compacted.or(other.compacted),
            timestamp_before_ms: self.timestamp_before_ms.or(other.timestamp_before_ms),
            timestamp_after_ms: self.timestamp_after_ms.or(other.timestamp_after_ms),
            retention_bytes: self.retention_bytes.or(other.retention_bytes),
            retention_ms: self.retention_ms.or(other.retention_ms),
        }
    }

    /// What `values` of topics, or of brokers, which have other names, come to.
    pub fn of(values: &Values, scope: Scope) -> Self {
        let name = |topic: &'static str| match scope {
            Scope::Broker => find(Scope::Topic, topic).and_then(|p| p.broker_name).unwrap_or(topic),
            Scope::Topic | Scope::Group => topic,
        };
        Self {
            max_message_bytes: values.number(name("max.message.bytes")),
            log_append_time: values.get(name("message.timestamp.type")).map(|v| v == "LogAppendTime"),
            min_insync_replicas: values.number(name("min.insync.replicas")),
            compacted: values.get(name("cleanup.policy")).map(|v| items(v).any(|policy| policy == "compact")),
            timestamp_before_ms: values.number(name("message.timestamp.before.max.ms")),
            timestamp_after_ms: values.number(name("message.timestamp.after.max.ms")),
            retention_bytes: values.number(name("retention.bytes")),
            retention_ms: values.number(name("retention.ms")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_values_that_are_allowed() {
        for scope in [Scope::Topic, Scope::Broker, Scope::Group] {
            for p in all(scope) {
                assert!(p.kind.allows(p.default), "{}", p.name);
                assert_eq!(find(scope, p.name).map(|found| found.default), Some(p.default));
            }
            let mut names: Vec<_> = all(scope).iter().map(|p| p.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all(scope).len(), "a name twice");
        }
    }

    #[test]
    fn values_are_checked() {
        let mut values = Values::default();
        let mut set = |name, value| values.set(&find(Scope::Topic, name).unwrap(), value).is_ok();
        assert!(set("retention.ms", "-1") && !set("retention.ms", "-2") && !set("retention.ms", "soon"));
        assert!(set("cleanup.policy", "compact, delete") && !set("cleanup.policy", "compact,hoard"));
        assert!(set("compression.type", "lz4") && !set("compression.type", "LZ5"));
        assert!(set("preallocate", "True") && !set("preallocate", "1"));
        assert!(set("min.cleanable.dirty.ratio", "0.25") && !set("min.cleanable.dirty.ratio", "NaN"));
        assert!(set("max.message.bytes", "100") && !set("max.message.bytes", "2147483648"));
        let effects = Effects::of(&values, Scope::Topic);
        assert_eq!(
            (effects.max_message_bytes, effects.compacted, effects.retention_ms),
            (Some(100), Some(true), Some(-1))
        );
        let fixed = find(Scope::Broker, "broker.id").unwrap();
        assert!(values.set(&fixed, "7").is_err());
        let broker = find(Scope::Broker, "message.max.bytes").unwrap();
        values.set(&broker, "7").unwrap();
        assert_eq!(Effects::of(&values, Scope::Broker).max_message_bytes, Some(7));
    }
}
