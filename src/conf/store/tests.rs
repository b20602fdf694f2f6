use super::*;

/// The error text of setting `name` to `value`, empty when that worked.
fn refusal(conf: &mut Conf, name: &str, value: &str) -> String {
    conf.set(name, Some(value)).err().map(|e| e.text).unwrap_or_default()
}

#[test]
fn values_are_read_by_type() {
    let mut conf = Conf::new();
    for (name, value, want) in [
        ("client.id", "  me", "me"),
        ("socket.timeout.ms", "0x64", "100"),
        ("socket.keepalive.enable", "T", "true"),
        ("linger.ms", "0.25", "0.25"),
        ("broker.address.family", "V6", "v6"),
        ("debug", "broker, topic,+msg,-topic", "broker,msg"),
        ("produce.engine", "v1", "legacy"),
        ("compression.type", "lz4", "lz4"),
    ] {
        conf.set(name, Some(value)).unwrap();
        assert_eq!(conf.get(name).as_deref(), Some(want), "{name}");
    }
}

#[test]
fn refusals_have_the_texts_of_the_reference() {
    let conf = &mut Conf::new();
    for (name, value, want) in [
        ("no.such", "1", "No such configuration property: \"no.such\""),
        ("topic.no.such", "1", "No such configuration property: \"no.such\""),
        ("retries", "x", "Invalid value for configuration property \"message.send.max.retries\""),
        ("acks", "", "Integer configuration property \"request.required.acks\" cannot be set to empty value"),
        (
            "acks",
            "1001",
            "Configuration property \"request.required.acks\" value 1001 is outside allowed range -1..1000\n",
        ),
        (
            "linger.ms",
            "1e6",
            "Configuration property \"queue.buffering.max.ms\" value 1e+06 is outside allowed range 0..900000\n",
        ),
        ("log.queue", "yes", "Expected bool value for \"log.queue\": true or false"),
        ("debug", "all,nope", "Invalid value \"nope\" for configuration property \"debug\""),
        ("partitioner", "best", "Invalid value for configuration property \"partitioner\": best"),
        ("partitioner", "", "Invalid value for configuration property \"partitioner\": (null)"),
        ("dr_cb", "1", "Property \"dr_cb\" must be set through dedicated .._set_..() function"),
        ("interceptors", "1", "Internal property \"interceptors\" not settable"),
    ] {
        assert_eq!(refusal(conf, name, value), want, "{name}={value}");
    }
}

#[cfg(not(feature = "ssl"))]
#[test]
fn what_is_not_built_takes_only_its_default() {
    let conf = &mut Conf::new();
    let (name, default) = ("ssl.engine.id", "dynamic");
    assert_eq!(refusal(conf, name, default), "");
    let error = conf.set(name, Some("other")).unwrap_err();
    assert_eq!(error.kind, crate::conf::ConfErrorKind::Invalid);
    assert!(error.text.contains("not available at build time"), "{}", error.text);
    assert_eq!(conf.get(name).as_deref(), Some(default), "it kept its value");
}

#[test]
fn topic_properties_go_to_the_default_topic_configuration() {
    let mut conf = Conf::new();
    assert!(conf.get("acks").is_none(), "no default topic configuration yet");
    conf.set("topic.acks", Some("1")).unwrap();
    conf.set("partitioner", Some("murmur2")).unwrap();
    assert_eq!(conf.get("acks").as_deref(), Some("1"));
    assert_eq!(conf.default_topic().unwrap().get("partitioner").as_deref(), Some("murmur2"));
}

#[test]
fn copies_hold_what_was_set_and_passes_the_filter() {
    let mut conf = Conf::new();
    conf.set("client.id", Some("me")).unwrap();
    conf.set("acks", Some("1")).unwrap();
    conf.set_pointer("dr_cb", 0x1234);
    let all = conf.duplicate(&[]);
    assert_eq!(all.get("client.id").as_deref(), Some("me"));
    assert_eq!(all.get("acks").as_deref(), Some("1"));
    assert_eq!(all.pointer("dr_cb"), 0x1234);
    let some = conf.duplicate(&["client", "default_topic", "dr_"]);
    assert_eq!(some.get("client.id").as_deref(), Some("rdkafka"));
    assert!(some.get("acks").is_none());
    assert_eq!(some.pointer("dr_cb"), 0);
}

#[test]
fn dumps_leave_out_what_has_no_value() {
    let mut conf = Conf::new();
    conf.set_pointer("opaque", 0xbeef);
    let dump = conf.dump();
    assert_eq!(dump.first().map(|d| d.0), Some("builtin.features"));
    assert!(dump.contains(&("opaque", "0xbeef".into())));
    assert!(dump.contains(&("client.rack", String::new())));
    for absent in ["bootstrap.servers", "metadata.broker.list", "error_cb", "linger.ms"] {
        assert!(dump.iter().all(|d| d.0 != absent), "{absent}");
    }
}

#[test]
fn log_dumps_hold_no_secrets() {
    let mut conf = Conf::new();
    conf.set("sasl.password", Some("secret")).unwrap();
    assert_eq!(conf.dump_modified(), [("sasl.password", "[redacted]".to_owned())]);
}

#[test]
fn what_was_set_from_memory_is_copied_and_shown_to_nobody() {
    let mut conf = Conf::new();
    conf.set_internal("ssl_key", Some(Zeroizing::new("secret".to_owned())));
    conf.set_internal("ssl_ca", Some(Zeroizing::new("authority".to_owned())));
    conf.set_internal("ssl_ca", None);
    // Not what has another way to be set.
    conf.set_internal("ssl.key.pem", Some(Zeroizing::new("no".to_owned())));
    assert_eq!(conf.get("ssl.key.pem"), None);
    for filters in [&[][..], &["ssl"]] {
        let copy = conf.duplicate(filters);
        assert_eq!(copy.values.text("ssl_key"), Some("secret"), "{filters:?}");
        assert_eq!(copy.values.text("ssl_ca"), None);
        assert_eq!((copy.get("ssl_key"), copy.get_bytes("ssl_key")), (None, None));
        assert!(copy.dump().iter().chain(&copy.dump_modified()).all(|(name, _)| *name != "ssl_key"));
    }
}
