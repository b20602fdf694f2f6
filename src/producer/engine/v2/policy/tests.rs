use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn order(policy: RequestPolicy, bias: f64, candidates: &[Candidate]) -> Vec<usize> {
    let mut c = candidates.to_vec();
    c.iter_mut().enumerate().for_each(|(i, c)| c.index = i);
    Ranking { policy, bias, linger: MS(10), batch_bytes: 1000 }.sort(&mut c);
    c.iter().map(|c| c.index).collect()
}

fn candidate(bytes: usize, age: u64, since_turn: u64, deficit: usize) -> Candidate {
    Candidate { index: 0, bytes, age: MS(age), since_turn: MS(since_turn), deficit }
}

#[test]
fn round_robin_keeps_the_order_of_arrival() {
    let c = [candidate(1, 1, 1, 0), candidate(900, 5, 5, 0), candidate(5, 2, 3, 9)];
    assert_eq!(order(RequestPolicy::RoundRobin, 0.5, &c), [0, 1, 2]);
}

#[test]
fn the_bias_decides_between_size_and_age() {
    let c = [candidate(900, 1, 1, 0), candidate(10, 8, 8, 0)];
    for policy in [RequestPolicy::Age, RequestPolicy::Pressure] {
        assert_eq!(order(policy, 0.0, &c), [0, 1], "{policy:?}");
        assert_eq!(order(policy, 1.0, &c), [1, 0], "{policy:?}");
    }
}

#[test]
fn pressure_counts_the_time_since_the_last_turn_and_drr_the_deficit() {
    let c = [candidate(100, 5, 5, 500), candidate(100, 5, 9, 100)];
    assert_eq!(order(RequestPolicy::Pressure, 0.5, &c), [1, 0]);
    assert_eq!(order(RequestPolicy::DeficitRoundRobin, 0.5, &c), [0, 1]);
}

#[test]
fn whose_linger_time_is_nearly_over_goes_first_under_any_policy() {
    let c = [candidate(9_000, 8, 8, 9_000), candidate(1, 9, 1, 0)];
    for policy in [
        RequestPolicy::RoundRobin,
        RequestPolicy::Pressure,
        RequestPolicy::DeficitRoundRobin,
        RequestPolicy::Age,
    ] {
        assert_eq!(order(policy, 0.0, &c), [1, 0], "{policy:?}");
    }
}
