//! From configuration objects to settings: rules that involve several properties, and defaults that depend on others.

use super::Codec;
use super::settings::{
    AddressFamily, DnsLookup, MetadataRecovery, Partitioner, ProduceEngine, QueuingStrategy, Settings,
    TopicSettings,
};
use super::store::{Conf, TopicConf, Values};
use super::value::Value;
use crate::base::error::{Error, ErrorCode, Result};
use std::time::Duration;

/// An idempotent producer may have this many requests in flight: brokers remember that many batches.
const IDEMPOTENT_MAX_IN_FLIGHT: i32 = 5;

/// Azure load balancers drop idle connections after four minutes, without telling either side.
const AZURE_MAX_IDLE_MS: i32 = (4 * 60 - 10) * 1000;

pub(super) fn partitioner(name: &str) -> Option<Partitioner> {
    Some(match name {
        "random" => Partitioner::Random,
        "consistent" => Partitioner::Consistent,
        "consistent_random" => Partitioner::ConsistentRandom,
        "murmur2" => Partitioner::Murmur2,
        "murmur2_random" => Partitioner::Murmur2Random,
        "fnv1a" => Partitioner::Fnv1a,
        "fnv1a_random" => Partitioner::Fnv1aRandom,
        _ => return None,
    })
}

pub(super) fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::new(ErrorCode::_INVALID_ARG, text))
}

pub(super) fn size(value: i32) -> usize {
    usize::try_from(value).unwrap_or(0)
}

pub(super) fn nonzero_size(value: i32) -> Option<usize> {
    usize::try_from(value).ok().filter(|v| *v > 0)
}

pub(super) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

fn millis(value: i32) -> Duration {
    Duration::from_millis(count(value).into())
}

fn nonzero_millis(value: i32) -> Option<Duration> {
    Some(millis(value)).filter(|d| !d.is_zero())
}

/// Cut to whole microseconds, which is what time is counted in.
pub(super) fn fractional_millis(value: f64) -> Duration {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range check keeps it small.
    Duration::from_micros((value * 1000.0) as u64)
}

impl Conf {
    /// Checks the configuration as a whole, fills in the defaults that depend on other properties, and resolves it
    /// for a producer. The object is left with the values in effect, for dumps.
    pub fn finalize(&mut self) -> Result<Settings> {
        self.finalize_in(std::env::var(super::engines::VARIABLE).ok().as_deref())
    }

    pub(super) fn finalize_in(&mut self, engine_variable: Option<&str>) -> Result<Settings> {
        self.sanitize_software("client.software.name", "librdkafka");
        self.sanitize_software("client.software.version", super::REFERENCE_VERSION);
        for callback in ["socket_cb", "open_cb"] {
            if self.is_modified(callback) && self.pointer(callback) == 0 {
                return refuse(format!("Mandatory config property `{callback}` not set"));
            }
        }
        self.apply_transaction_rules()?;
        self.apply_idempotence_rules()?;
        self.apply_engine(engine_variable)?;
        self.check_engine_rules()?;
        self.apply_dependent_defaults()?;
        self.adjust_version_request();
        self.adjust_linger()?;
        let default_topic = match self.take_default_topic() {
            Some(mut topic) => {
                let resolved = topic.finalize(self);
                self.put_back_default_topic(topic);
                resolved?
            }
            None => TopicConf::new().finalize(self)?,
        };
        Ok(self.settings(default_topic))
    }

    /// Brokers refuse other characters in these strings.
    fn sanitize_software(&mut self, name: &str, default: &str) {
        let given = self.values.text(name).unwrap_or(default);
        let clean: String =
            given.chars().map(|c| if super::warnings::is_safe_in_software(c) { c } else { '-' }).collect();
        let trimmed = clean.trim_matches(['-', '.']);
        let result = if trimmed.is_empty() { default } else { trimmed };
        self.values.adjust(name, Value::Text(Some(result.into())));
    }

    fn apply_transaction_rules(&mut self) -> Result<()> {
        if self.values.text("transactional.id").is_none() {
            return Ok(());
        }
        if self.values.int("enable.idempotence") == 0 {
            if self.is_modified("enable.idempotence") {
                return refuse("`transactional.id` requires `enable.idempotence=true`");
            }
            self.values.adjust("enable.idempotence", Value::Int(1));
        }
        // One request at least has to get through before the transaction times out.
        let transaction_timeout = self.values.int("transaction.timeout.ms");
        if !self.is_modified("socket.timeout.ms") {
            self.values.adjust("socket.timeout.ms", Value::Int((transaction_timeout - 100).max(900)));
        } else if transaction_timeout.saturating_add(100) < self.values.int("socket.timeout.ms") {
            return refuse("`socket.timeout.ms` must be set <= `transaction.timeout.ms` + 100");
        }
        Ok(())
    }

    fn apply_idempotence_rules(&mut self) -> Result<()> {
        if self.values.int("enable.idempotence") == 0 {
            if self.values.int("enable.gapless.guarantee") != 0
                && self.is_modified("enable.gapless.guarantee")
            {
                return refuse("`enable.gapless.guarantee` requires `enable.idempotence` to be enabled");
            }
            return Ok(());
        }
        let in_flight = self.values.int("max.in.flight");
        if self.is_modified("max.in.flight") {
            if in_flight > IDEMPOTENT_MAX_IN_FLIGHT {
                return refuse("`max.in.flight` must be set <= 5 when `enable.idempotence` is true");
            }
        } else {
            self.values.adjust("max.in.flight", Value::Int(in_flight.min(IDEMPOTENT_MAX_IN_FLIGHT)));
        }
        if !self.is_modified("retries") {
            self.values.adjust("retries", Value::Int(i32::MAX));
        } else if self.values.int("retries") < 1 {
            return refuse("`retries` must be set >= 1 when `enable.idempotence` is true");
        }
        const THRESHOLD: &str = "queue.buffering.backpressure.threshold";
        if self.is_modified(THRESHOLD) && self.values.int(THRESHOLD) > 1 {
            return refuse(format!("`{THRESHOLD}` must be set to 1 when `enable.idempotence` is true"));
        }
        self.values.adjust(THRESHOLD, Value::Int(1));
        Ok(())
    }

    fn apply_dependent_defaults(&mut self) -> Result<()> {
        const MAX_STICKY_MS: f64 = 900_000.0;
        let mut default = |name: &str, value: i32| {
            if !self.values.is_modified(name) {
                self.values.adjust(name, Value::Int(value));
            }
        };
        default("allow.auto.create.topics", 1);
        if !self.is_modified("sticky.partitioning.linger.ms") {
            #[allow(clippy::cast_possible_truncation)] // Bounded on both sides.
            let sticky = (2.0 * self.values.double("linger.ms")).min(MAX_STICKY_MS) as i32;
            self.values.adjust("sticky.partitioning.linger.ms", Value::Int(sticky));
        }
        let refresh = self.values.int("topic.metadata.refresh.interval.ms");
        if !self.is_modified("metadata.max.age.ms") && refresh > 0 {
            self.values.adjust("metadata.max.age.ms", Value::Int(refresh.saturating_mul(3)));
        }
        if self.values.int("reconnect.backoff.max.ms") < self.values.int("reconnect.backoff.ms") {
            return refuse("`reconnect.backoff.max.ms` must be >= `reconnect.backoff.ms`");
        }
        if !self.is_modified("topic.metadata.refresh.fast.interval.ms") {
            let backoff = self.values.int("retry.backoff.ms");
            self.values.adjust("topic.metadata.refresh.fast.interval.ms", Value::Int(backoff));
        }
        let on_azure = |list: &str| list.to_ascii_lowercase().contains("azure");
        if !self.is_modified("connections.max.idle.ms")
            && self.values.text("bootstrap.servers").is_some_and(on_azure)
        {
            self.values.adjust("connections.max.idle.ms", Value::Int(AZURE_MAX_IDLE_MS));
        }
        Ok(())
    }

    /// Brokers that can be asked for their versions are asked.
    fn adjust_version_request(&mut self) {
        let version = self.values.text("broker.version.fallback").unwrap_or_default();
        let old = ["0.9.0", "0.8.2", "0.8.1", "0.8.0"].iter().any(|v| version.starts_with(v));
        if !old {
            self.values.adjust("api.version.request", Value::Int(1));
        }
    }

    /// Messages must not time out while they linger.
    fn adjust_linger(&mut self) -> Result<()> {
        let Some(timeout) = self.default_topic().map(|t| t.values.int("message.timeout.ms")) else {
            return Ok(());
        };
        if timeout != 0 && f64::from(timeout) <= self.values.double("linger.ms") {
            if self.is_modified("linger.ms") {
                return refuse("`message.timeout.ms` must be greater than `linger.ms`");
            }
            self.values.adjust("linger.ms", Value::Double(f64::from(timeout) - 0.1));
        }
        Ok(())
    }

    fn settings(&self, default_topic: TopicSettings) -> Settings {
        let v = &self.values;
        let int = |name: &str| v.int(name);
        let on = |name: &str| v.int(name) != 0;
        let ms = |name: &str| millis(v.int(name));
        let text = |name: &str| v.text(name).unwrap_or_default().to_owned();
        let debug = count(int("debug"));
        let reconnect_backoff = ms("reconnect.backoff.ms");
        Settings {
            client_id: text("client.id"),
            client_software_name: text("client.software.name"),
            client_software_version: text("client.software.version"),
            client_rack: text("client.rack"),
            bootstrap_servers: v.text("bootstrap.servers").map(Into::into),
            message_max_bytes: size(int("message.max.bytes")),
            message_copy_max_bytes: size(int("message.copy.max.bytes")),
            receive_message_max_bytes: size(int("receive.message.max.bytes")),
            max_in_flight: size(int("max.in.flight")),
            metadata_refresh_interval: nonzero_millis(int("topic.metadata.refresh.interval.ms")),
            metadata_max_age: ms("metadata.max.age.ms"),
            topic_metadata_refresh_fast_interval: ms("topic.metadata.refresh.fast.interval.ms"),
            topic_metadata_refresh_sparse: on("topic.metadata.refresh.sparse"),
            topic_metadata_propagation_max: ms("topic.metadata.propagation.max.ms"),
            allow_auto_create_topics: on("allow.auto.create.topics"),
            metadata_recovery: match int("metadata.recovery.strategy") {
                0 => MetadataRecovery::None,
                _ => MetadataRecovery::Rebootstrap,
            },
            metadata_recovery_rebootstrap_trigger: ms("metadata.recovery.rebootstrap.trigger.ms"),
            socket_timeout: ms("socket.timeout.ms"),
            socket_send_buffer_bytes: nonzero_size(int("socket.send.buffer.bytes")),
            socket_receive_buffer_bytes: nonzero_size(int("socket.receive.buffer.bytes")),
            socket_keepalive: on("socket.keepalive.enable"),
            socket_nagle_disable: on("socket.nagle.disable"),
            socket_max_fails: count(int("socket.max.fails")),
            socket_connection_setup_timeout: ms("socket.connection.setup.timeout.ms"),
            connections_max_idle: nonzero_millis(int("connections.max.idle.ms")),
            broker_address_ttl: ms("broker.address.ttl"),
            broker_address_family: match int("broker.address.family") {
                2 => AddressFamily::V4,
                10 => AddressFamily::V6,
                _ => AddressFamily::Any,
            },
            client_dns_lookup: match int("client.dns.lookup") {
                1 => DnsLookup::ResolveCanonicalBootstrapServersOnly,
                _ => DnsLookup::UseAllDnsIps,
            },
            enable_sparse_connections: on("enable.sparse.connections"),
            sparse_connect_interval: (reconnect_backoff / 2)
                .clamp(Duration::from_millis(11), Duration::from_secs(1)),
            reconnect_backoff,
            reconnect_backoff_max: ms("reconnect.backoff.max.ms"),
            api_version_request: on("api.version.request"),
            api_version_request_timeout: ms("api.version.request.timeout.ms"),
            api_version_fallback: ms("api.version.fallback.ms"),
            broker_version_fallback: text("broker.version.fallback"),
            statistics_interval: nonzero_millis(int("statistics.interval.ms")),
            enabled_events: count(int("enabled_events")),
            log_level: if debug == 0 { u8::try_from(int("log_level")).unwrap_or(6) } else { 7 },
            debug,
            log_queue: on("log.queue"),
            log_thread_name: on("log.thread.name"),
            log_connection_close: on("log.connection.close"),
            enable_random_seed: on("enable.random.seed"),
            termination_signal: Some(int("internal.termination.signal")).filter(|s| *s != 0),
            mock_num_brokers: size(int("test.mock.num.brokers")),
            mock_broker_rtt: ms("test.mock.broker.rtt"),
            queue_max_messages: nonzero_size(int("queue.buffering.max.messages")),
            queue_max_bytes: size(int("queue.buffering.max.kbytes")).saturating_mul(1024),
            linger: fractional_millis(v.double("linger.ms")),
            retries: count(int("retries")),
            retry_backoff: ms("retry.backoff.ms"),
            retry_backoff_max: ms("retry.backoff.max.ms"),
            backpressure_threshold: size(int("queue.buffering.backpressure.threshold")),
            batch_num_messages: size(int("batch.num.messages")),
            batch_size: size(int("batch.size")),
            delivery_report_only_error: on("delivery.report.only.error"),
            sticky_partitioning_linger: ms("sticky.partitioning.linger.ms"),
            enable_idempotence: on("enable.idempotence"),
            enable_gapless_guarantee: on("enable.gapless.guarantee"),
            transactional_id: v.text("transactional.id").map(Into::into),
            transaction_timeout: ms("transaction.timeout.ms"),
            produce_engine: match int("produce.engine") {
                1 => ProduceEngine::V2,
                _ => ProduceEngine::Legacy,
            },
            multibatch: on("multibatch"),
            v2: self.v2_settings(),
            default_topic,
            warnings: super::warnings::of(self),
        }
    }
}

impl TopicConf {
    /// Checks a topic's configuration against that of the client, which is finalized already, and resolves it.
    pub fn finalize(&mut self, client: &Conf) -> Result<TopicSettings> {
        let idempotent = client.values.int("enable.idempotence") != 0;
        if idempotent {
            self.apply_idempotence_rules(client)?;
        }
        let timeout = self.values.int("message.timeout.ms");
        if timeout != 0
            && f64::from(timeout) <= client.values.double("linger.ms")
            && client.is_modified("linger.ms")
        {
            return refuse("`message.timeout.ms` must be greater than `linger.ms`");
        }
        let compression = codec(&self.values).or_else(|| codec(&client.values)).unwrap_or_default();
        Ok(TopicSettings {
            required_acks: i16::try_from(self.values.int("acks")).unwrap_or(-1),
            request_timeout: millis(self.values.int("request.timeout.ms")),
            message_timeout: nonzero_millis(timeout),
            partitioner: self.values.text("partitioner").and_then(partitioner).unwrap_or_default(),
            compression,
            compression_level: compression_level(compression, self.values.int("compression.level")),
            queuing_strategy: match self.values.int("queuing.strategy") {
                1 => QueuingStrategy::Lifo,
                _ => QueuingStrategy::Fifo,
            },
        })
    }

    fn apply_idempotence_rules(&mut self, client: &Conf) -> Result<()> {
        if !self.is_modified("acks") {
            self.values.adjust("acks", Value::Int(-1));
        } else if self.values.int("acks") != -1 {
            return refuse("`acks` must be set to `all` when `enable.idempotence` is true");
        }
        if self.values.int("queuing.strategy") != 0 {
            return refuse("`queuing.strategy` must be set to `fifo` when `enable.idempotence` is true");
        }
        if client.values.text("transactional.id").is_some() {
            let transaction_timeout = client.values.int("transaction.timeout.ms");
            if !self.is_modified("message.timeout.ms") {
                self.values.adjust("message.timeout.ms", Value::Int(transaction_timeout));
            } else if self.values.int("message.timeout.ms") > transaction_timeout {
                return refuse("`message.timeout.ms` must be set <= `transaction.timeout.ms`");
            }
        }
        Ok(())
    }
}

/// Nothing when the codec is to be inherited.
fn codec(values: &Values) -> Option<Codec> {
    Some(match values.int("compression.codec") {
        0 => Codec::None,
        1 => Codec::Gzip,
        2 => Codec::Snappy,
        3 => Codec::Lz4,
        4 => Codec::Zstd,
        _ => return None,
    })
}

/// A level is cut to the codec's range rather than refused: the codec may come from elsewhere.
fn compression_level(codec: Codec, level: i32) -> i32 {
    match codec {
        Codec::Gzip => level.min(9),
        Codec::Lz4 => level.min(12),
        Codec::Zstd => level.min(22),
        Codec::None | Codec::Snappy => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conf(properties: &[(&str, &str)]) -> Conf {
        let mut conf = Conf::new();
        for (name, value) in properties {
            conf.set(name, Some(value)).unwrap();
        }
        conf
    }

    fn settings(properties: &[(&str, &str)]) -> Settings {
        conf(properties).finalize_in(None).unwrap()
    }

    fn refusal(properties: &[(&str, &str)]) -> String {
        conf(properties).finalize_in(None).unwrap_err().text
    }

    #[test]
    fn an_empty_configuration_gives_the_default_settings() {
        let mut resolved = settings(&[("bootstrap.servers", "b")]);
        resolved.bootstrap_servers = None;
        assert_eq!(resolved, Settings::default());
    }

    #[test]
    fn some_defaults_depend_on_other_properties() {
        let s = settings(&[
            ("linger.ms", "12.3456"),
            ("topic.metadata.refresh.interval.ms", "1000"),
            ("retry.backoff.ms", "70"),
            ("metadata.broker.list", "x.servicebus.AZURE.com"),
            ("debug", "msg"),
            ("reconnect.backoff.ms", "8"),
        ]);
        assert_eq!(s.linger, Duration::from_micros(12_345));
        assert_eq!(s.sticky_partitioning_linger, Duration::from_millis(24));
        assert_eq!(s.metadata_max_age, Duration::from_secs(3));
        assert_eq!(s.topic_metadata_refresh_fast_interval, Duration::from_millis(70));
        assert_eq!(s.connections_max_idle, Some(Duration::from_secs(230)));
        assert_eq!(s.log_level, 7);
        assert_eq!(s.sparse_connect_interval, Duration::from_millis(11));
    }

    #[test]
    fn zero_and_minus_one_mean_off_where_documented() {
        let s = settings(&[
            ("topic.metadata.refresh.interval.ms", "-1"),
            ("queue.buffering.max.messages", "0"),
            ("message.timeout.ms", "0"),
        ]);
        assert_eq!(s.metadata_refresh_interval, None);
        assert_eq!(s.queue_max_messages, None);
        assert_eq!(s.default_topic.message_timeout, None);
    }

    #[test]
    fn a_linger_that_was_not_set_gives_way_to_the_message_timeout() {
        let s = settings(&[("message.timeout.ms", "4")]);
        assert_eq!(s.linger, Duration::from_micros(3900));
        let want = "`message.timeout.ms` must be greater than `linger.ms`";
        assert_eq!(refusal(&[("message.timeout.ms", "4"), ("linger.ms", "4")]), want);
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(
            refusal(&[("reconnect.backoff.ms", "10"), ("reconnect.backoff.max.ms", "9")]),
            "`reconnect.backoff.max.ms` must be >= `reconnect.backoff.ms`"
        );
        let mut without_sockets = Conf::new();
        without_sockets.set_pointer("socket_cb", 0);
        let error = without_sockets.finalize_in(None).unwrap_err();
        assert_eq!(error.text, "Mandatory config property `socket_cb` not set");
        assert_eq!(error.code, ErrorCode::_INVALID_ARG);
    }

    #[test]
    fn versions_are_requested_from_brokers_that_can_answer() {
        assert!(settings(&[("api.version.request", "false")]).api_version_request);
        assert!(settings(&[("broker.version.fallback", "0.9.0.1")]).api_version_request);
        let old = settings(&[("api.version.request", "false"), ("broker.version.fallback", "0.8.2")]);
        assert!(!old.api_version_request);
    }

    #[test]
    fn the_engine_comes_from_the_configuration_then_the_environment() {
        let chosen = |properties: &[_], variable| {
            conf(properties).finalize_in(variable).map(|s| s.produce_engine).map_err(|e| e.text)
        };
        assert_eq!(chosen(&[], Some("")), Ok(ProduceEngine::Legacy));
        assert_eq!(chosen(&[], Some("V1")), Ok(ProduceEngine::Legacy));
        assert_eq!(chosen(&[("produce.engine", "legacy")], Some("rubbish")), Ok(ProduceEngine::Legacy));
        assert_eq!(
            chosen(&[], Some("fast")).unwrap_err(),
            "Invalid value \"fast\" in environment variable RDKAFKA_PRODUCE_ENGINE: expected legacy or v2"
        );
    }

    #[test]
    fn software_names_are_made_acceptable() {
        let s = settings(&[("client.software.name", "--my lib!"), ("client.software.version", "***")]);
        assert_eq!(s.client_software_name, "my-lib");
        assert_eq!(s.client_software_version, super::super::REFERENCE_VERSION);
    }

    #[test]
    fn idempotence_adjusts_what_was_not_set_and_refuses_the_rest() {
        let idempotent = |properties: &[_]| {
            let mut conf = conf(properties);
            conf.values.adjust("enable.idempotence", Value::Int(1));
            conf.finalize_in(None).map_err(|e| e.text)
        };
        let s = idempotent(&[]).unwrap();
        assert_eq!((s.max_in_flight, s.default_topic.required_acks), (5, -1));
        for (name, value, want) in [
            ("max.in.flight", "6", "`max.in.flight` must be set <= 5 when `enable.idempotence` is true"),
            ("retries", "0", "`retries` must be set >= 1 when `enable.idempotence` is true"),
            ("acks", "1", "`acks` must be set to `all` when `enable.idempotence` is true"),
        ] {
            assert_eq!(idempotent(&[(name, value)]).unwrap_err(), want);
        }
    }

    #[test]
    fn a_topic_inherits_the_codec_unless_it_has_its_own() {
        let mut client = conf(&[("bootstrap.servers", "b")]);
        client.values.adjust("compression.codec", Value::Int(3));
        assert_eq!(client.finalize_in(None).unwrap().default_topic.compression, Codec::Lz4);
        let mut topic = TopicConf::new();
        topic.set("compression.codec", Some("none")).unwrap();
        assert_eq!(topic.finalize(&client).unwrap().compression, Codec::None);
    }

    #[test]
    fn a_configuration_keeps_its_default_topic_configuration_when_refused() {
        let mut refused = conf(&[("acks", "1"), ("message.timeout.ms", "5"), ("linger.ms", "5")]);
        assert!(refused.finalize_in(None).is_err());
        assert_eq!(refused.get("acks").as_deref(), Some("1"));
    }

    #[test]
    fn doubtful_settings_are_warned_about() {
        let s = settings(&[("group.id", "g"), ("retry.backoff.ms", "2000"), ("api.version.request", "true")]);
        let texts: Vec<&str> = s.warnings.iter().map(|w| w.text.as_str()).collect();
        for part in [
            "group.id is a consumer property and will be ignored by this producer instance",
            "Configuration `retry.backoff.ms` with value 2000 is greater than",
            "Configuration property api.version.request is deprecated: ",
            "No `bootstrap.servers` configured",
        ] {
            assert!(texts.iter().any(|t| t.contains(part)), "{part}: {texts:?}");
        }
    }
}
