use super::*;

fn of(values: impl IntoIterator<Item = i64>) -> Histogram {
    let mut h = Histogram::default();
    values.into_iter().filter_map(Histogram::step).for_each(|(i, ..)| h.record(i, 1));
    h
}

#[test]
fn every_value_lies_in_its_step_and_steps_follow_each_other() {
    let (mut last, mut end) = (None, 0);
    for v in (0..5_000).chain((0..40).flat_map(|b| [(1i64 << b) - 1, 1 << b])) {
        let Some((index, low, high)) = Histogram::step(v) else {
            assert!(v >= 1 << 40, "{v}");
            continue;
        };
        assert!(low <= v && v <= high && high - low <= v / 128, "{v}: {low}..={high}");
        if v < 5_000 && last != Some(index) && v >= end {
            assert_eq!((index, low), (last.map_or(0, |i| i + 1), end), "{v}");
            (last, end) = (Some(index), high + 1);
        }
    }
    assert_eq!((Histogram::step(-1), Histogram::step(i64::MAX)), (None, None));
}

#[test]
fn quantiles_are_the_upper_ends_of_steps() {
    let h = of(0..1_000_000);
    // The step of 500,000 is 2,048 wide, that of 990,000 is 4,096 wide.
    assert_eq!(h.quantiles([50.0, 99.0]), [501_759, 991_231]);
    assert_eq!(of([7]).quantiles([50.0, 99.99]), [7, 7]);
    assert_eq!(Histogram::default().quantiles([50.0]), [0]);
    assert!((h.deviation() - 288_675).abs() < 300, "{}", h.deviation());
}

#[test]
fn memory_is_for_what_was_seen() {
    assert!(of([100]).memory() < 1_000);
    assert!(of([(1 << 40) - 1]).memory() < 40_000);
}
