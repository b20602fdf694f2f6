//! From checked values to settings, group by group.

use crate::conf::PatternList;
use crate::conf::role::Role;
use crate::conf::settings::{
    AddressFamily, BatchingSettings, ClientSettings, ConsumerSettings, DnsLookup, EngineSettings,
    IdempotenceSettings, LogSettings, MetadataRecovery, MetadataSettings, MockSettings, NetworkSettings,
    ProduceEngine, QueueSettings, RetrySettings, SecuritySettings, Settings, TelemetrySettings,
    TopicSettings, TransactionSettings, VersionSettings,
};
use crate::conf::store::{Conf, Values};
use crate::conf::value::unix_socket_path;
use std::time::Duration;

/// Values as settings want them.
impl Values {
    pub(super) fn on(&self, name: &str) -> bool {
        self.int(name) != 0
    }

    pub(in crate::conf) fn count(&self, name: &str) -> u32 {
        u32::try_from(self.int(name)).unwrap_or(0)
    }

    pub(in crate::conf) fn size(&self, name: &str) -> usize {
        usize::try_from(self.int(name)).unwrap_or(0)
    }

    pub(in crate::conf) fn nonzero_size(&self, name: &str) -> Option<usize> {
        Some(self.size(name)).filter(|size| *size > 0)
    }

    pub(super) fn millis(&self, name: &str) -> Duration {
        Duration::from_millis(self.count(name).into())
    }

    pub(super) fn nonzero_millis(&self, name: &str) -> Option<Duration> {
        Some(self.millis(name)).filter(|time| !time.is_zero())
    }

    /// Cut to whole microseconds, which is what time is counted in.
    pub(in crate::conf) fn fractional_millis(&self, name: &str) -> Duration {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range check keeps it small.
        Duration::from_micros((self.double(name) * 1000.0) as u64)
    }

    fn owned_text(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }
}

impl Conf {
    pub(super) fn settings(
        &self,
        role: Role,
        security: SecuritySettings,
        default_topic: TopicSettings,
    ) -> Settings {
        let v = &self.values;
        Settings {
            client: client(v),
            network: network(v),
            security,
            versions: versions(v),
            metadata: metadata(v),
            log: log(v),
            statistics_interval: v.nonzero_millis("statistics.interval.ms"),
            statistics_sink: v.text("statistics.sink").and_then(unix_socket_path).map(Into::into),
            telemetry: telemetry(v, role),
            enabled_events: v.count("enabled_events"),
            queue: queue(v),
            batching: batching(v),
            retry: retry(v),
            idempotence: idempotence(v),
            transactions: transactions(v),
            consumer: (role == Role::Consumer).then(|| consumer(v)),
            engine: self.engine(),
            delivery_report_only_error: v.on("delivery.report.only.error"),
            mock: mock(v),
            default_topic,
            warnings: crate::conf::warnings::of(self, role),
        }
    }

    fn engine(&self) -> EngineSettings {
        EngineSettings {
            kind: match self.values.int("produce.engine") {
                1 => ProduceEngine::V2,
                _ => ProduceEngine::Legacy,
            },
            multibatch: self.values.on("multibatch"),
            v2: self.v2_settings(),
        }
    }
}

fn client(v: &Values) -> ClientSettings {
    ClientSettings {
        id: v.owned_text("client.id"),
        software_name: v.owned_text("client.software.name"),
        software_version: v.owned_text("client.software.version"),
    }
}

/// The labels are those of librdkafka, by its names and in its order.
fn telemetry(v: &Values, role: Role) -> TelemetrySettings {
    let of_role = match role {
        Role::Producer => &[("transactional_id", "transactional.id")][..],
        Role::Consumer => &[("group_id", "group.id"), ("group_instance_id", "group.instance.id")],
    };
    let rack = v.text("client.rack").filter(|rack| !rack.is_empty()).map(|rack| ("client_rack", rack.into()));
    let labels = of_role.iter().filter_map(|(label, name)| v.text(name).map(|text| (*label, text.into())));
    TelemetrySettings { push: v.on("enable.metrics.push"), labels: rack.into_iter().chain(labels).collect() }
}

fn network(v: &Values) -> NetworkSettings {
    NetworkSettings {
        bootstrap_servers: v.text("bootstrap.servers").map(Into::into),
        receive_message_max_bytes: v.size("receive.message.max.bytes"),
        max_in_flight: v.size("max.in.flight"),
        socket_timeout: v.millis("socket.timeout.ms"),
        socket_send_buffer_bytes: v.nonzero_size("socket.send.buffer.bytes"),
        socket_receive_buffer_bytes: v.nonzero_size("socket.receive.buffer.bytes"),
        socket_keepalive: v.on("socket.keepalive.enable"),
        socket_nagle_disable: v.on("socket.nagle.disable"),
        socket_max_fails: v.count("socket.max.fails"),
        connection_setup_timeout: v.millis("socket.connection.setup.timeout.ms"),
        connections_max_idle: v.nonzero_millis("connections.max.idle.ms"),
        broker_address_ttl: v.millis("broker.address.ttl"),
        broker_address_family: match v.int("broker.address.family") {
            2 => AddressFamily::V4,
            10 => AddressFamily::V6,
            _ => AddressFamily::Any,
        },
        client_dns_lookup: match v.int("client.dns.lookup") {
            1 => DnsLookup::ResolveCanonicalBootstrapServersOnly,
            _ => DnsLookup::UseAllDnsIps,
        },
        enable_sparse_connections: v.on("enable.sparse.connections"),
        io_threads: v.size("client.io.threads"),
        reconnect_backoff: v.millis("reconnect.backoff.ms"),
        reconnect_backoff_max: v.millis("reconnect.backoff.max.ms"),
    }
}

fn versions(v: &Values) -> VersionSettings {
    VersionSettings {
        request: v.on("api.version.request"),
        request_timeout: v.millis("api.version.request.timeout.ms"),
        fallback_period: v.millis("api.version.fallback.ms"),
        broker_fallback: v.owned_text("broker.version.fallback"),
    }
}

fn metadata(v: &Values) -> MetadataSettings {
    MetadataSettings {
        refresh_interval: v.nonzero_millis("topic.metadata.refresh.interval.ms"),
        refresh_fast_interval: v.millis("topic.metadata.refresh.fast.interval.ms"),
        refresh_sparse: v.on("topic.metadata.refresh.sparse"),
        max_age: v.millis("metadata.max.age.ms"),
        propagation_max: v.millis("topic.metadata.propagation.max.ms"),
        topic_blacklist: v
            .text("topic.blacklist")
            .and_then(|t| PatternList::parse(t).ok())
            .unwrap_or_default(),
        allow_auto_create_topics: v.on("allow.auto.create.topics"),
        recovery: match v.int("metadata.recovery.strategy") {
            0 => MetadataRecovery::None,
            _ => MetadataRecovery::Rebootstrap,
        },
        rebootstrap_trigger: v.millis("metadata.recovery.rebootstrap.trigger.ms"),
    }
}

fn log(v: &Values) -> LogSettings {
    let debug = v.count("debug");
    LogSettings {
        level: if debug == 0 { u8::try_from(v.int("log_level")).unwrap_or(6) } else { 7 },
        debug,
        queue: v.on("log.queue"),
        thread_name: v.on("log.thread.name"),
        connection_close: v.on("log.connection.close"),
    }
}

fn queue(v: &Values) -> QueueSettings {
    QueueSettings {
        max_messages: v.nonzero_size("queue.buffering.max.messages"),
        max_bytes: v.size("queue.buffering.max.kbytes").saturating_mul(1024),
        backpressure_threshold: v.size("queue.buffering.backpressure.threshold"),
        max_broker_percent: v.count("queue.buffering.max.broker.percent"),
    }
}

fn batching(v: &Values) -> BatchingSettings {
    BatchingSettings {
        linger: v.fractional_millis("linger.ms"),
        num_messages: v.size("batch.num.messages"),
        size: v.size("batch.size"),
        message_max_bytes: v.size("message.max.bytes"),
        sticky_partitioning_linger: v.millis("sticky.partitioning.linger.ms"),
        compression_threads: usize::try_from(v.int("compression.threads")).ok(),
    }
}

fn retry(v: &Values) -> RetrySettings {
    RetrySettings {
        retries: v.count("retries"),
        backoff: v.millis("retry.backoff.ms"),
        backoff_max: v.millis("retry.backoff.max.ms"),
    }
}

fn idempotence(v: &Values) -> IdempotenceSettings {
    IdempotenceSettings {
        enabled: v.on("enable.idempotence"),
        gapless_guarantee: v.on("enable.gapless.guarantee"),
    }
}

fn transactions(v: &Values) -> TransactionSettings {
    TransactionSettings {
        id: v.text("transactional.id").map(Into::into),
        timeout: v.millis("transaction.timeout.ms"),
    }
}

fn consumer(v: &Values) -> ConsumerSettings {
    let to_broker = v.int("offset.store.method") == 2;
    let commits = v.on("enable.auto.commit") && to_broker;
    ConsumerSettings {
        group: v.text("group.id").filter(|id| !id.is_empty()).map(Into::into),
        queued_messages: v.count("queued.min.messages"),
        queued_bytes: u64::from(v.count("queued.max.messages.kbytes")) * 1000,
        fetch_wait: v.millis("fetch.wait.max.ms"),
        fetch_min_bytes: v.int("fetch.min.bytes"),
        fetch_max_bytes: v.int("fetch.max.bytes"),
        partition_max_bytes: v.int("fetch.message.max.bytes"),
        queue_backoff: v.millis("fetch.queue.backoff.ms"),
        error_backoff: v.millis("fetch.error.backoff.ms"),
        read_committed: v.int("isolation.level") == 1,
        partition_eof: v.on("enable.partition.eof"),
        check_crcs: v.on("check.crcs"),
        rack: v.owned_text("client.rack"),
        auto_commit: v.nonzero_millis("auto.commit.interval.ms").filter(|_| commits),
        commit_at_end: commits,
        auto_offset_store: v.on("enable.auto.offset.store"),
        session_timeout: v.millis("session.timeout.ms"),
    }
}

fn mock(v: &Values) -> MockSettings {
    MockSettings {
        num_brokers: v.size("test.mock.num.brokers"),
        broker_rtt: v.millis("test.mock.broker.rtt"),
    }
}
