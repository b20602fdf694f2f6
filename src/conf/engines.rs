//! Producer engines: which one is chosen, what goes together with it, and its settings.

use super::property::{Kind, Scope};
use super::refusal::refuse;
use super::settings::{AdaptiveSettings, AdaptiveWindow, RequestPolicy, V2Settings};
use super::store::Conf;
use super::table;
use super::value::Value;
use crate::base::error::Result;

/// Chooses the engine where the configuration does not.
pub(super) const VARIABLE: &str = "RDKAFKA_PRODUCE_ENGINE";

impl Conf {
    /// The configuration wins over the environment.
    pub(super) fn apply_engine(&mut self, variable: Option<&str>) -> Result<()> {
        let Some(name) = variable.filter(|v| !v.is_empty() && !self.is_modified("produce.engine")) else {
            return Ok(());
        };
        let Some((_, property)) = table::find(Scope::Global, "produce.engine") else { return Ok(()) };
        let Kind::Choice { choices, .. } = property.kind else { return Ok(()) };
        match choices.iter().find(|c| c.name.eq_ignore_ascii_case(name)) {
            None => refuse(format!(
                "Invalid value \"{name}\" in environment variable {VARIABLE}: expected legacy or v2"
            )),
            Some(choice) => match choice.not_built {
                Some(why) => {
                    refuse(format!("Unsupported value \"{name}\" in environment variable {VARIABLE}: {why}"))
                }
                None => {
                    self.values.adjust("produce.engine", Value::Int(choice.value));
                    Ok(())
                }
            },
        }
    }

    fn is_v2(&self) -> bool {
        self.values.int("produce.engine") == 1
    }

    /// An engine that the environment or the default has chosen may be another one than the configuration was
    /// made for: then what only the other engine reads has no effect ([`Conf::engine_warning`]). Only a
    /// configuration that contradicts itself is refused.
    pub(super) fn check_engine_rules(&self) -> Result<()> {
        if !self.is_v2() {
            return Ok(());
        }
        if self.values.int("multibatch") != 0 && self.is_modified("produce.engine") {
            return refuse(
                "`multibatch=true` requires `produce.engine=legacy`: remove `multibatch`, since the v2 engine puts \
                 many partitions into a request anyway",
            );
        }
        self.check_adaptive_ranges()
    }

    /// The warning about properties that the chosen engine does not read, if there are any.
    pub(super) fn engine_warning(&self) -> Option<String> {
        if self.is_v2() {
            let ignored = self.values.int("multibatch") != 0;
            return ignored.then(|| {
                "Configuration property `multibatch` has no effect with the v2 engine, which puts many partitions into \
                 a request anyway"
                    .into()
            });
        }
        let names: Vec<_> =
            self.values.modified().filter(|p| p.v2_only).map(|p| format!("`{}`", p.name)).collect();
        (!names.is_empty()).then(|| format!("No effect without `produce.engine=v2`: {}", names.join(", ")))
    }

    fn check_adaptive_ranges(&self) -> Result<()> {
        let v = &self.values;
        for (low, high, wrong) in [
            ("adaptive.alpha", "adaptive.beta", v.double("adaptive.alpha") >= v.double("adaptive.beta")),
            (
                "adaptive.linger.min.ms",
                "adaptive.linger.max.ms",
                v.double("adaptive.linger.min.ms") > v.double("adaptive.linger.max.ms"),
            ),
            (
                "adaptive.batch.min.bytes",
                "adaptive.batch.max.bytes",
                v.int("adaptive.batch.min.bytes") > v.int("adaptive.batch.max.bytes"),
            ),
        ] {
            if wrong && v.int("adaptive.batching.enable") != 0 {
                let relation = if low == "adaptive.alpha" { "less than" } else { "<=" };
                return refuse(format!("`{low}` must be {relation} `{high}`"));
            }
        }
        Ok(())
    }

    pub(super) fn v2_settings(&self) -> V2Settings {
        let v = &self.values;
        let ms = |name: &str| v.fractional_millis(name);
        let linger = if self.lingers_by_linger_ms() { "linger.ms" } else { "broker.linger.ms" };
        let adaptive = AdaptiveSettings {
            alpha: v.double("adaptive.alpha"),
            beta: v.double("adaptive.beta"),
            linger_min: ms("adaptive.linger.min.ms"),
            linger_max: ms("adaptive.linger.max.ms"),
            batch_min_bytes: v.size("adaptive.batch.min.bytes"),
            batch_max_bytes: v.size("adaptive.batch.max.bytes"),
            adjustment_interval: ms("adaptive.adjustment.interval.ms"),
            window: match v.int("adaptive.window") {
                1 => AdaptiveWindow::RoundTrips,
                _ => AdaptiveWindow::Retries,
            },
        };
        V2Settings {
            max_bytes: v.nonzero_size("produce.request.max.bytes"),
            max_partitions: v.nonzero_size("produce.request.max.partitions"),
            max_partitions_per_topic: v.nonzero_size("produce.request.max.partitions.per.topic"),
            max_segments_per_partition: v.size("produce.request.max.segments.per.partition"),
            overfill_percent: v.count("produce.request.overfill.percent"),
            latency_bias: v.double("produce.request.latency.bias"),
            policy: match v.int("produce.request.policy") {
                1 => RequestPolicy::Pressure,
                2 => RequestPolicy::DeficitRoundRobin,
                3 => RequestPolicy::Age,
                _ => RequestPolicy::RoundRobin,
            },
            linger: ms(linger),
            batch_max_bytes: usize::try_from(v.int("broker.batch.max.bytes")).ok(),
            batch_max_partitions: usize::try_from(v.int("broker.batch.max.partitions")).ok(),
            adaptive: (v.int("adaptive.batching.enable") != 0).then_some(adaptive),
        }
    }

    /// Who has set `linger.ms` and nothing else means it, whatever the engine.
    fn lingers_by_linger_ms(&self) -> bool {
        self.is_v2() && self.is_modified("linger.ms") && !self.is_modified("broker.linger.ms")
    }
}

#[cfg(test)]
mod tests;
