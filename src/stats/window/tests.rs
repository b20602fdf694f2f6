use super::*;

#[test]
fn a_window_is_empty_after_it_was_taken() {
    let mut w = Window::default();
    w.record_all([5, 5, 300, 301, 7, -3, i64::MAX / 4]);
    let s = w.take();
    assert_eq!((s.min, s.max, s.cnt, s.out_of_range), (-3, i64::MAX / 4, 7, 2));
    assert_eq!((s.p50, s.p99_99), (7, 301));
    let empty = w.take();
    assert_eq!(empty, Summary { hdr_size: empty.hdr_size, ..Summary::default() });
}

#[test]
fn many_at_once_are_as_many_one_by_one() {
    let mut rng = fastrand::Rng::with_seed(7);
    let samples: Vec<i64> = (0..10_000)
        .map(|_| {
            let below = 1 << rng.u32(0..41);
            rng.i64(-1..below)
        })
        .collect();
    let (mut all, mut single) = (Window::default(), Window::default());
    all.record_all(samples.iter().copied());
    samples.iter().for_each(|v| single.record(*v));
    let (mut a, mut b) = (all.take(), single.take());
    (a.hdr_size, b.hdr_size) = (0, 0);
    assert_eq!(a, b);
}
