use super::*;

#[test]
fn attempts_grow_apart_up_to_the_limit() {
    let s = Settings::default();
    let mut b = Backoff::new(&s);
    let mut random = fastrand::Rng::with_seed(1);
    let mut now = Time(0);
    let mut waits = Vec::new();
    for _ in 0..10 {
        assert!(b.is_over(now));
        b.attempt(now, &s, &mut random);
        let until = b.until().time().unwrap();
        waits.push(until.since(now));
        now = until;
    }
    assert!((75..=150).contains(&waits[0].as_millis()), "{waits:?}");
    assert!(waits[9] <= s.network.reconnect_backoff_max && waits[9] >= s.network.reconnect_backoff_max / 2);
    b.reset(&s);
    b.attempt(now, &s, &mut random);
    assert!(b.until().time().unwrap().since(now) <= s.network.reconnect_backoff * 2);
}
