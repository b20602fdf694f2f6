//! The panic barrier. A panic must not reach the application, so every exported function runs its body inside
//! `guard`, and each thread of ours starts inside a barrier of its own. What foreign code unwinds
//! (`base::unwind`) waits until the barrier lies behind it, and leaves from here.

use crate::base::unwind;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`; when it panics, the caller gets `default` and the process lives on.
///
/// For calls without a client instance. A closure rather than a macro, so that rustfmt and clippy see the
/// body.
#[inline]
pub(crate) fn guard<T: Copy>(default: T, body: impl FnOnce() -> T) -> T {
    guard_with(default, |_| (), body)
}

/// The barrier alone, for parts of a call: what foreign code unwinds is left to the call's own [`guard`].
pub(crate) fn barrier<T>(default: T, body: impl FnOnce() -> T) -> T {
    catch(default, |_| (), body)
}

/// Like [`guard`], and hands the panic's text to `fail`, which fails the one instance that the call was
/// about.
#[inline]
pub(crate) fn guard_with<T: Copy>(default: T, fail: impl FnOnce(&str), body: impl FnOnce() -> T) -> T {
    let value = catch(default, fail, body);
    unwind::resume();
    value
}

#[inline]
fn catch<T>(default: T, fail: impl FnOnce(&str), body: impl FnOnce() -> T) -> T {
    // What a panicking body leaves behind is either discarded or belongs to the instance that `fail` takes
    // out of service, so nothing half-changed is used again.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(payload) => {
            caught(payload, fail);
            default
        }
    }
}

#[cold]
fn caught(payload: Box<dyn Any + Send>, fail: impl FnOnce(&str)) {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown panic");
    // Reporting runs code of ours and of the application's log callback; a second panic ends here.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| fail(text))) {
        discard(second);
    }
    discard(payload);
}

/// The destructor of a payload may itself panic. What comes of that is leaked: there has to be an end.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::Arc;

    #[test]
    fn a_panic_becomes_the_default() {
        assert_eq!(guard(-1, || panic!("inside")), -1);
        assert_eq!(guard(-1, || 7), 7);
    }

    #[test]
    fn the_text_reaches_the_instance_and_a_second_panic_stops() {
        let mut seen = String::new();
        let r = guard_with(
            false,
            |t| {
                seen = t.to_owned();
                panic!("again")
            },
            || {
                let n = seen_number();
                panic!("number {n}")
            },
        );
        assert!(!r);
        assert_eq!(seen, "number 3");
    }

    struct Bomb {
        _held: Arc<()>,
    }

    impl Drop for Bomb {
        fn drop(&mut self) {
            // This payload is leaked, and has no memory that a leak checker would miss.
            std::panic::panic_any(())
        }
    }

    #[test]
    fn a_payload_is_released_and_may_panic_meanwhile() {
        let alive = Arc::new(());
        let held = alive.clone();
        assert_eq!(guard(-1, || std::panic::panic_any(held)), -1);
        assert_eq!(Arc::strong_count(&alive), 1);
        let bomb = Bomb { _held: alive.clone() };
        assert_eq!(guard(-1, || std::panic::panic_any(bomb)), -1);
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    fn seen_number() -> i32 {
        3
    }
}
