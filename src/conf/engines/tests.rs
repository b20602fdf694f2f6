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
    assert_eq!(names.len(), 19);
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
    let adaptive = |values: &[_]| resolved(true, values).unwrap().engine.v2.adaptive.unwrap();
    let settings = adaptive(std::slice::from_ref(&enabled));
    assert_eq!((settings.alpha, settings.beta, settings.linger_max), (0.1, 0.3, Duration::from_millis(500)));
    assert_eq!(settings.window, AdaptiveWindow::Retries);
    assert_eq!(adaptive(&[enabled, ("adaptive.window", Value::Int(1))]).window, AdaptiveWindow::RoundTrips);
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
            ("produce.request.max.bytes", Value::Int(10 << 20)),
            ("broker.batch.max.bytes", Value::Int(0)),
            ("broker.batch.max.partitions", Value::Int(3)),
            ("produce.request.policy", Value::Int(2)),
        ],
    );
    let v2 = s.unwrap().engine.v2;
    assert_eq!(
        (v2.max_partitions, v2.max_bytes, v2.batch_max_bytes, v2.batch_max_partitions),
        (Some(10), Some(10 << 20), Some(0), Some(3))
    );
    assert_eq!(v2.policy, RequestPolicy::DeficitRoundRobin);
}
