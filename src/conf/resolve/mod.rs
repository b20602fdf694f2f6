//! From configuration objects to settings: rules that involve several properties, and defaults that depend on
//! others.

mod consumer;
mod kinit;
mod oidc;
mod security;
mod settings;
mod topic;

use super::refusal::refuse;
use super::role::Role;
use super::settings::Settings;
use super::store::{Conf, TopicConf};
use super::value::Value;
use crate::base::error::Result;

/// An idempotent producer may have this many requests in flight: brokers remember that many batches.
const IDEMPOTENT_MAX_IN_FLIGHT: i32 = 5;

/// Azure load balancers drop idle connections after four minutes, without telling either side.
const AZURE_MAX_IDLE_MS: i32 = (4 * 60 - 10) * 1000;

impl Conf {
    /// Checks the configuration as a whole, fills in the defaults that depend on other properties, and
    /// resolves it for a producer. The object is left with the values in effect, for dumps.
    pub fn finalize(&mut self) -> Result<Settings> {
        self.finalize_in(std::env::var(super::engines::VARIABLE).ok().as_deref())
    }

    /// As [`Self::finalize`], for a consumer.
    pub fn finalize_consumer(&mut self) -> Result<Settings> {
        self.finalize_as(Role::Consumer, None)
    }

    pub(super) fn finalize_in(&mut self, engine_variable: Option<&str>) -> Result<Settings> {
        self.finalize_as(Role::Producer, engine_variable)
    }

    fn finalize_as(&mut self, role: Role, engine_variable: Option<&str>) -> Result<Settings> {
        self.sanitize_software("client.software.name", "librdkafka");
        self.sanitize_software("client.software.version", super::REFERENCE_VERSION);
        for callback in ["socket_cb", "open_cb"] {
            if self.is_modified(callback) && self.pointer(callback) == 0 {
                return refuse(format!("Mandatory config property `{callback}` not set"));
            }
        }
        self.check_assignors()?;
        match role {
            Role::Producer => {
                self.apply_transaction_rules()?;
                self.apply_idempotence_rules()?;
                self.apply_engine(engine_variable)?;
                self.check_engine_rules()?;
            }
            Role::Consumer => self.apply_consumer_rules()?,
        }
        self.apply_dependent_defaults(role)?;
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
        let security = self.security()?;
        Ok(self.settings(role, security, default_topic))
    }

    /// Brokers refuse other characters in these strings.
    fn sanitize_software(&mut self, name: &str, default: &str) {
        let given = self.values.text(name).unwrap_or(default);
        let clean: String =
            given.chars().map(|c| if super::warnings::is_safe_in_software(c) { c } else { '-' }).collect();
        let trimmed = clean.trim_matches(['-', '.']);
        let result = if trimmed.is_empty() { default } else { trimmed };
        self.values.adjust(name, Value::Text(Some(result.to_owned().into())));
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

    fn apply_dependent_defaults(&mut self, role: Role) -> Result<()> {
        const MAX_STICKY_MS: f64 = 900_000.0;
        let mut default = |name: &str, value: i32| {
            if !self.values.is_modified(name) {
                self.values.adjust(name, Value::Int(value));
            }
        };
        if role == Role::Producer {
            default("allow.auto.create.topics", 1);
        }
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
}

#[cfg(test)]
mod tests;
