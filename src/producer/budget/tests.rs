use super::*;
use crate::base::sync::Arc;

#[test]
fn the_message_after_the_last_does_not_fit() {
    let b = Budget::new(Some(2), 100);
    assert!(b.try_claim(10) && b.try_claim(10));
    assert!(!b.try_claim(10));
    b.release(1, 10);
    assert!(b.try_claim(10));
    assert_eq!((b.messages(), b.bytes()), (2, 20));
}

/// Limits that fit into one word, that just do not, and none on the count.
#[test]
fn the_numbers_are_the_same_in_either_form() {
    let (m, b) = (1usize << 23, 1usize << 39);
    for (max_messages, max_bytes) in [(Some(m - 1), b - 1), (Some(m), b - 1), (Some(m - 1), b), (None, 1)] {
        let budget = Budget::new(max_messages, max_bytes);
        let len = (max_bytes as u64 / 2).min(1_000_000_000);
        assert!(budget.try_claim(len) && budget.try_claim(len) && budget.try_claim(0));
        assert!(!budget.try_claim(max_bytes as u64 + 1) && !budget.try_claim(u64::MAX));
        assert_eq!((budget.messages(), budget.bytes()), (3, 2 * len));
        budget.release(2, 2 * len);
        assert_eq!((budget.messages(), budget.bytes()), (1, 0));
    }
}

#[test]
fn bytes_count_too() {
    let b = Budget::new(None, 100);
    assert!(b.try_claim(60));
    assert!(!b.try_claim(41));
    assert!(b.try_claim(40));
    assert_eq!((b.messages(), b.bytes()), (2, 100));
}

#[test]
fn a_release_wakes_the_waiter() {
    let b = Arc::new(Budget::new(Some(1), 100));
    assert!(b.try_claim(1));
    let t = {
        let b = b.clone();
        std::thread::spawn(move || {
            while !b.try_claim(1) {
                b.wait_for_space(1, Duration::from_secs(60), &|| false);
            }
        })
    };
    b.release(1, 1);
    t.join().unwrap();
    assert_eq!(b.messages(), 1);
}

#[test]
fn a_message_returns_its_space_when_it_has_been_served() {
    for limit in [Some(3), None] {
        let b = Budget::new(limit, 30);
        assert!(b.try_claim(10) && b.try_claim(10) && b.try_claim(10));
        let (one, two) = (b.begin_serving(), b.begin_serving());
        assert!(!b.try_claim(10));
        one.served(10);
        assert!(b.try_claim(10));
        assert!(!b.try_claim(10));
        two.served(10);
        assert_eq!((b.messages(), b.bytes()), (2, 20));
        one.served(10);
        drop(one);
        assert_eq!((b.messages(), b.bytes()), (1, 10));
        drop(two);
        // A counter that is used again begins with nothing.
        drop(b.begin_serving());
        assert_eq!((b.messages(), b.bytes(), b.is_empty()), (1, 10, false));
    }
}

#[test]
fn who_waits_for_space_gets_it_in_the_middle_of_a_report() {
    let b = Arc::new(Budget::new(Some(2), 100));
    assert!(b.try_claim(1) && b.try_claim(1));
    let t = {
        let b = b.clone();
        std::thread::spawn(move || {
            while !b.try_claim(1) {
                b.wait_for_space(1, Duration::from_secs(60), &|| false);
            }
        })
    };
    let serving = b.begin_serving();
    serving.served(1);
    t.join().unwrap();
    assert_eq!(b.messages(), 2);
}
