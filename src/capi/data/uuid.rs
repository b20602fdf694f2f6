//! UUIDs, which Kafka uses as topic ids.

use crate::base::sync::OnceLock;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow};
use std::ffi::{CString, c_char};

/// A UUID.
pub struct rd_kafka_Uuid_s {
    high: i64,
    low: i64,
    base64: OnceLock<CString>,
}

/// A UUID. Released with rd_kafka_Uuid_destroy().
pub type rd_kafka_Uuid_t = rd_kafka_Uuid_s;

impl BoxHandle for rd_kafka_Uuid_s {
    type Handle = Self;
}

impl rd_kafka_Uuid_s {
    /// The id that has these bytes on the wire.
    pub(crate) fn from_wire(bytes: [u8; 16]) -> Self {
        let both = u128::from_be_bytes(bytes);
        let half = |bits: u128| (bits as u64).cast_signed();
        Self { high: half(both >> 64), low: half(both), base64: OnceLock::new() }
    }
}

/// The 22 characters of 16 bytes in base64 without padding.
fn base64(high: i64, low: i64) -> CString {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = (u128::from(high.cast_unsigned()) << 64) | u128::from(low.cast_unsigned());
    // 128 bits in groups of six from the top; the last group has two bits of its own.
    let text = (0..22).map(|i: u32| {
        let group = if i < 21 { bits >> (122 - 6 * i) } else { bits << 4 };
        DIGITS.get(usize::try_from(group & 63).unwrap_or(0)).copied().unwrap_or_default()
    });
    CString::new(text.collect::<Vec<u8>>()).unwrap_or_default()
}

/// Makes a UUID of its two halves.
///
/// @return A new UUID, to be released with rd_kafka_Uuid_destroy().
#[unsafe(no_mangle)]
pub extern "C-unwind" fn rd_kafka_Uuid_new(
    most_significant_bits: i64,
    least_significant_bits: i64,
) -> *mut rd_kafka_Uuid_t {
    guard(std::ptr::null_mut(), || {
        rd_kafka_Uuid_s { high: most_significant_bits, low: least_significant_bits, base64: OnceLock::new() }
            .into_handle()
    })
}

/// Copies a UUID.
///
/// @return A new UUID, to be released with rd_kafka_Uuid_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Uuid_copy(uuid: *const rd_kafka_Uuid_t) -> *mut rd_kafka_Uuid_t {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's UUID.
        unsafe { borrow(uuid) }.map_or(std::ptr::null_mut(), |u| rd_kafka_Uuid_new(u.high, u.low))
    })
}

/// Releases a UUID. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Uuid_destroy(uuid: *mut rd_kafka_Uuid_t) {
    // SAFETY: the caller gives the object up.
    guard((), || drop(unsafe { rd_kafka_Uuid_s::take_handle(uuid) }));
}

/// Returns the UUID in base64 without padding (22 characters), valid as long as the UUID.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Uuid_base64str(uuid: *const rd_kafka_Uuid_t) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's UUID.
        let Some(u) = (unsafe { borrow(uuid) }) else { return std::ptr::null() };
        u.base64.get_or_init(|| base64(u.high, u.low)).as_ptr()
    })
}

/// Returns the lower 64 bits of a UUID.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Uuid_least_significant_bits(uuid: *const rd_kafka_Uuid_t) -> i64 {
    // SAFETY: the caller's UUID.
    guard(0, || unsafe { borrow(uuid) }.map_or(0, |u| u.low))
}

/// Returns the upper 64 bits of a UUID.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_Uuid_most_significant_bits(uuid: *const rd_kafka_Uuid_t) -> i64 {
    // SAFETY: the caller's UUID.
    guard(0, || unsafe { borrow(uuid) }.map_or(0, |u| u.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_known_uuids() {
        assert_eq!(base64(0, 1).as_bytes(), b"AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(base64(-1, -1).as_bytes(), b"/////////////////////w");
        assert_eq!(
            base64(0x6162_6364_6566_6768, 0x696a_6b6c_6d6e_6f70).as_bytes(),
            b"YWJjZGVmZ2hpamtsbW5vcA"
        );
    }
}
