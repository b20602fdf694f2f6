//! Randomness for back-off, jitter and partitioners, and for what nobody may predict ([`nonce`]).
//!
//! Why not `fastrand`'s own generator: its seeding registers the calling thread with Rust's runtime, which on
//! a thread of the application's is memory that is never given back.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A number to seed a generator with, different on every call.
#[must_use]
pub fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// An unpredictable text of 48 hexadecimal digits, another one on every call.
#[must_use]
pub fn nonce() -> String {
    hex(&unpredictable::<24>())
}

/// A random identifier (RFC 9562, version 4).
#[must_use]
pub fn uuid() -> String {
    let mut bytes = unpredictable::<16>();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let [a, b, c, d, e] = [0..4, 4..6, 6..8, 8..10, 10..16].map(|r| hex(bytes.get(r).unwrap_or_default()));
    format!("{a}-{b}-{c}-{d}-{e}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unpredictable<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    // Systems without getrandom(2) are older than Rust's own requirements; what stands in for it is seeded by
    // the system.
    if rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()) != Ok(bytes.len()) {
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&seed().to_ne_bytes()));
    }
    bytes
}

/// A random number below `limit`; 0 when there is none.
#[must_use]
pub fn below(limit: i32) -> i32 {
    thread_local! {
        static RANDOM: RefCell<fastrand::Rng> = RefCell::new(fastrand::Rng::with_seed(seed()));
    }
    if limit <= 0 {
        return 0;
    }
    RANDOM.try_with(|rng| rng.borrow_mut().i32(0..limit)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_below_the_limit_and_not_all_the_same() {
        let numbers: Vec<i32> = (0..100).map(|_| below(1000)).collect();
        assert!(numbers.iter().all(|n| (0..1000).contains(n)));
        assert!(numbers.windows(2).any(|w| w[0] != w[1]), "{numbers:?}");
        assert_eq!((below(1), below(0), below(-5)), (0, 0, 0));
    }

    #[test]
    fn nonces_differ() {
        let (a, b) = (nonce(), nonce());
        assert!(a != b && a.len() == 48 && a.bytes().all(|c| c.is_ascii_hexdigit()), "{a} {b}");
    }

    #[test]
    fn identifiers_have_the_standards_form() {
        let (a, b) = (uuid(), uuid());
        let parts: Vec<usize> = a.split('-').map(str::len).collect();
        assert!(a != b && parts == [8, 4, 4, 4, 12], "{a} {b}");
        assert!(a.as_bytes()[14] == b'4' && b"89ab".contains(&a.as_bytes()[19]), "{a}");
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(seed(), seed());
    }
}
