use super::*;
use crate::base::error::ErrorCode;
use crate::conf::{Codec, ProduceEngine, ShareLimits};
use std::time::Duration;

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
    resolved.network.bootstrap_servers = None;
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
    ]);
    assert_eq!(s.batching.linger, Duration::from_micros(12_345));
    assert_eq!(s.batching.sticky_partitioning_linger, Duration::from_millis(24));
    assert_eq!(s.metadata.max_age, Duration::from_secs(3));
    assert_eq!(s.metadata.refresh_fast_interval, Duration::from_millis(70));
    assert_eq!(s.network.connections_max_idle, Some(Duration::from_secs(230)));
    assert_eq!(s.log.level, 7);
}

#[test]
fn zero_and_minus_one_mean_off_where_documented() {
    let s = settings(&[
        ("topic.metadata.refresh.interval.ms", "-1"),
        ("queue.buffering.max.messages", "0"),
        ("message.timeout.ms", "0"),
    ]);
    assert_eq!(s.metadata.refresh_interval, None);
    assert_eq!(s.queue.max_messages, None);
    assert_eq!(s.default_topic.message_timeout, None);
}

#[test]
fn a_linger_that_was_not_set_gives_way_to_the_message_timeout() {
    let s = settings(&[("message.timeout.ms", "4")]);
    assert_eq!(s.batching.linger, Duration::from_micros(3900));
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
    assert!(settings(&[("api.version.request", "false")]).versions.request);
    assert!(settings(&[("broker.version.fallback", "0.9.0.1")]).versions.request);
    let old = settings(&[("api.version.request", "false"), ("broker.version.fallback", "0.8.2")]);
    assert!(!old.versions.request);
}

#[test]
fn the_engine_comes_from_the_configuration_then_the_environment() {
    let chosen = |properties: &[_], variable| {
        conf(properties).finalize_in(variable).map(|s| s.engine.kind).map_err(|e| e.text)
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
    assert_eq!(s.client.software_name, "my-lib");
    assert_eq!(s.client.software_version, super::super::REFERENCE_VERSION);
}

#[test]
fn idempotence_adjusts_what_was_not_set_and_refuses_the_rest() {
    let idempotent = |properties: &[_]| {
        let mut conf = conf(properties);
        conf.values.adjust("enable.idempotence", Value::Int(1));
        conf.finalize_in(None).map_err(|e| e.text)
    };
    let s = idempotent(&[]).unwrap();
    assert_eq!((s.network.max_in_flight, s.default_topic.required_acks), (5, -1));
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

#[test]
fn a_broker_has_its_part_of_the_queue() {
    let share = |percent, messages| {
        let all = [
            ("queue.buffering.max.broker.percent", percent),
            ("queue.buffering.max.messages", messages),
            ("queue.buffering.max.kbytes", "10"),
        ];
        settings(&all).queue.broker_share()
    };
    assert_eq!(share("100", "50"), None);
    assert_eq!(share("20", "50"), Some(ShareLimits { messages: 10, bytes: 2048 }));
    assert_eq!(share("1", "50"), Some(ShareLimits { messages: 1, bytes: 103 }));
    assert_eq!(share("1", "0"), Some(ShareLimits { messages: u64::MAX, bytes: 103 }));
}

#[test]
fn statistics_go_to_a_unix_socket_if_there_are_any() {
    let sink = |text: &str| settings(&[("statistics.interval.ms", "100"), ("statistics.sink", text)]);
    assert_eq!(sink("unix:/run/a b").statistics_sink.as_deref(), Some("/run/a b"));
    assert_eq!(sink("").statistics_sink, None);
    assert!(sink("unix:/a").warnings.iter().all(|w| !w.text.contains("statistics")));
    let warnings = settings(&[("statistics.sink", "unix:/a")]).warnings;
    assert_eq!(warnings.iter().filter(|w| w.text.contains("`statistics.sink` has no effect")).count(), 1);
    let longest = format!("unix:{}", "a".repeat(107));
    assert_eq!(sink(&longest).statistics_sink.as_deref(), longest.get(5..));
    for wrong in ["unix:", "/a", "tcp:a:1", &format!("{longest}a")] {
        let refused = Conf::new().set("statistics.sink", Some(wrong)).unwrap_err();
        assert_eq!(
            refused.text,
            format!("Invalid value for configuration property \"statistics.sink\": {wrong}")
        );
    }
}
