//! What is allowed but probably not meant: lines for the log of a new instance.

use super::property::{Property, Side};
use super::role::Role;
use super::settings::Warning;
use super::store::Conf;
use crate::base::log::Level;

/// Of a configuration that names no broker.
pub const NO_BROKERS: &str =
    "No `bootstrap.servers` configured: client will not be able to connect to Kafka cluster";

/// Brokers accept these characters in the client software name and version.
pub(super) fn is_safe_in_software(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.')
}

/// The warnings about a finalized configuration.
pub(super) fn of(conf: &Conf, role: Role) -> Vec<Warning> {
    let mut texts = Vec::new();
    for property in conf.values.modified() {
        about_property(property, role, &mut texts);
    }
    for property in conf.default_topic().into_iter().flat_map(|t| t.values.modified()) {
        about_property(property, role, &mut texts);
    }
    about_combinations(conf, &mut texts);
    let mut warnings: Vec<Warning> =
        texts.into_iter().map(|text| Warning { level: Level::Warning, text }).collect();
    if conf.values.text("bootstrap.servers").is_none() && conf.values.int("test.mock.num.brokers") == 0 {
        warnings.push(Warning { level: Level::Notice, text: NO_BROKERS.into() });
    }
    warnings
}

fn about_property(p: &Property, role: Role, texts: &mut Vec<String>) {
    let state = match (p.deprecated, p.experimental) {
        (true, true) => Some("deprecated and experimental"),
        (true, false) => Some("deprecated"),
        (false, true) => Some("experimental"),
        (false, false) => None,
    };
    if let Some(state) = state {
        texts.push(format!("Configuration property {} is {state}: {}", p.name, p.description));
    }
    let (other, own) = match (p.side, role) {
        (Side::Consumer, Role::Producer) => ("consumer", "producer"),
        (Side::Producer, Role::Consumer) => ("producer", "consumer"),
        _ => return,
    };
    texts.push(format!(
        "Configuration property {} is a {other} property and will be ignored by this {own} instance",
        p.name
    ));
}

fn about_combinations(conf: &Conf, texts: &mut Vec<String>) {
    let int = |name| conf.values.int(name);
    let text = |name| conf.values.text(name).unwrap_or_default();
    if conf.topic_overwritten {
        texts.push(
            "Topic configuration properties set in the global configuration were overwritten by explicitly \
             setting a default_topic_conf: recommend not using set_default_topic_conf"
                .into(),
        );
    }
    const FAST: &str = "topic.metadata.refresh.fast.interval.ms";
    for (name, counts) in [("retry.backoff.ms", true), (FAST, conf.is_modified(FAST))] {
        if counts && int(name) > int("retry.backoff.max.ms") {
            texts.push(format!(
                "Configuration `{name}` with value {} is greater than configuration `retry.backoff.max.ms` \
                 with value {}. A static backoff with value `retry.backoff.max.ms` will be applied.",
                int(name),
                int("retry.backoff.max.ms")
            ));
        }
    }
    texts.extend(conf.engine_warning());
    if !text("statistics.sink").is_empty() && int("statistics.interval.ms") == 0 {
        texts.push(
            "Configuration property `statistics.sink` has no effect: there are no statistics unless \
             `statistics.interval.ms` is set"
                .into(),
        );
    }
    let sasl = matches!(int("security.protocol"), 2 | 3);
    if conf.is_modified("sasl.mechanisms") && !sasl {
        texts.push(format!(
            "Configuration property `sasl.mechanism` set to `{}` but `security.protocol` is not configured \
             for SASL: recommend setting `security.protocol` to SASL_SSL or SASL_PLAINTEXT",
            text("sasl.mechanisms")
        ));
    }
    let mechanism = text("sasl.mechanisms");
    if conf.is_modified("sasl.username") && !mechanism.starts_with("SCRAM") && mechanism != "PLAIN" {
        texts.push(
            "Configuration property `sasl.username` only applies when `sasl.mechanism` is set to PLAIN or \
             SCRAM-SHA-.."
                .into(),
        );
    }
}
