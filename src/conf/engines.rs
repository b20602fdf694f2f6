//! Producer engines: which one is chosen, what goes together with it, and its settings.

use super::property::{Kind, Scope};
use super::resolve::refuse;
use super::settings::{AdaptiveSettings, RequestPolicy, V2Settings};
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
        };
        V2Settings {
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
mod tests {
    use super::*;
    use crate::conf::Settings;
    use std::time::Duration;

    /// A configuration with values that cannot be set yet.
    fn conf(v2: bool, values: &[(&str, Value)]) -> Conf {
        let mut conf = Conf::new();
        conf.values.force("produce.engine", Value::Int(v2.into()));
        for (name, value) in values {
            conf.values.force(name, value.clone());
        }
        conf
    }

    fn resolved(v2: bool, values: &[(&str, Value)]) -> std::result::Result<Settings, String> {
        conf(v2, values).finalize().map_err(|e| e.text)
    }

    #[test]
    fn what_only_v2_reads_is_taken_by_the_legacy_engine_with_one_warning() {
        let names: Vec<&str> = table::properties().filter(|p| p.v2_only).map(|p| p.name).collect();
        assert_eq!(names.len(), 17);
        // The default, too: whoever writes it down expects it to count.
        let default = |name| Value::default_of(table::find(Scope::Global, name).unwrap().1);
        let all: Vec<_> = names.iter().map(|name| (*name, default(name))).collect();
        let about = |s: &Settings| -> Vec<String> {
            let texts = s.warnings.iter().map(|w| w.text.clone());
            texts.filter(|text| names.iter().any(|name| text.contains(name))).collect()
        };
        for one in &all {
            let want = format!("No effect without `produce.engine=v2`: `{}`", one.0);
            assert_eq!(about(&resolved(false, std::slice::from_ref(one)).unwrap()), [want]);
            assert!(about(&resolved(true, std::slice::from_ref(one)).unwrap()).is_empty(), "{}", one.0);
        }
        let warnings = about(&resolved(false, &all).unwrap());
        assert_eq!(warnings.len(), 1);
        assert!(names.iter().all(|name| warnings[0].contains(&format!("`{name}`"))));
    }

    #[test]
    fn multibatch_is_for_the_legacy_engine() {
        let on = [("multibatch", Value::Int(1))];
        assert!(
            resolved(true, &on)
                .unwrap_err()
                .starts_with("`multibatch=true` requires `produce.engine=legacy`: remove")
        );
        assert!(resolved(true, &[("multibatch", Value::Int(0))]).is_ok());
        assert!(resolved(false, &on).unwrap().engine.multibatch);
        // With an engine that the environment has chosen.
        let mut conf = Conf::new();
        conf.values.force("multibatch", Value::Int(1));
        let settings = conf.finalize_in(Some("v2")).unwrap();
        assert_eq!(settings.warnings.iter().filter(|w| w.text.contains("`multibatch`")).count(), 1);
    }

    #[test]
    fn adaptive_ranges_have_a_lower_and_an_upper_end() {
        let enabled = ("adaptive.batching.enable", Value::Int(1));
        for (name, value, want) in [
            ("adaptive.alpha", Value::Double(0.3), "`adaptive.alpha` must be less than `adaptive.beta`"),
            (
                "adaptive.linger.max.ms",
                Value::Double(4.9),
                "`adaptive.linger.min.ms` must be <= `adaptive.linger.max.ms`",
            ),
            (
                "adaptive.batch.max.bytes",
                Value::Int(16_383),
                "`adaptive.batch.min.bytes` must be <= `adaptive.batch.max.bytes`",
            ),
        ] {
            assert_eq!(resolved(true, &[enabled.clone(), (name, value.clone())]).unwrap_err(), want);
            assert!(resolved(true, &[(name, value)]).is_ok(), "{name} matters only when it is enabled");
        }
        let settings = resolved(true, &[enabled]).unwrap().engine.v2.adaptive.unwrap();
        assert_eq!(
            (settings.alpha, settings.beta, settings.linger_max),
            (0.1, 0.3, Duration::from_millis(500))
        );
    }

    #[test]
    fn a_linger_without_an_engine_in_mind_counts_for_v2() {
        let linger = ("linger.ms", Value::Double(20.0));
        let s = resolved(true, std::slice::from_ref(&linger)).unwrap();
        assert_eq!(s.engine.v2.linger, Duration::from_millis(20));
        assert!(s.warnings.iter().all(|w| !w.text.contains("linger.ms")), "taken over silently");
        let s = resolved(true, &[linger, ("broker.linger.ms", Value::Double(1.5))]).unwrap();
        assert_eq!(s.engine.v2.linger, Duration::from_micros(1500));
        assert!(s.warnings.iter().all(|w| !w.text.contains("broker.linger.ms")));
        assert_eq!(resolved(true, &[]).unwrap().engine.v2, V2Settings::default());
    }

    #[test]
    fn caps_are_off_by_default_and_read_as_given() {
        let s = resolved(
            true,
            &[
                ("produce.request.max.partitions", Value::Int(10)),
                ("broker.batch.max.bytes", Value::Int(0)),
                ("broker.batch.max.partitions", Value::Int(3)),
                ("produce.request.policy", Value::Int(2)),
            ],
        );
        let v2 = s.unwrap().engine.v2;
        assert_eq!(
            (v2.max_partitions, v2.batch_max_bytes, v2.batch_max_partitions),
            (Some(10), Some(0), Some(3))
        );
        assert_eq!(v2.policy, RequestPolicy::DeficitRoundRobin);
    }
}
