//! The identity of a consumer in its group, for transactions that commit its offsets.

use crate::base::error::ErrorCode;
use crate::capi::ffi::error_object::{rd_kafka_error_s, rd_kafka_error_t};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::memory::malloc_bytes;
use crate::capi::ffi::pointers::array;
use crate::capi::ffi::pointers::{BoxHandle, borrow, write_out};
use crate::capi::ffi::strings::{bytes, c_string};
use crate::client::txn::GroupMember;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{null, null_mut};

/// Identity of a consumer in its group, for transactions that commit its offsets.
pub struct rd_kafka_consumer_group_metadata_s {
    group: CString,
    generation: i32,
    member: CString,
    instance: Option<CString>,
}
/// Identity of a consumer in its group, for transactions that commit its offsets.
pub type rd_kafka_consumer_group_metadata_t = rd_kafka_consumer_group_metadata_s;

impl BoxHandle for rd_kafka_consumer_group_metadata_s {
    type Handle = Self;
}

/// What the serialized form begins with.
const MAGIC: &[u8] = b"CGMDv2:";

impl rd_kafka_consumer_group_metadata_s {
    pub(crate) fn member(&self) -> GroupMember {
        let text = |s: &CStr| s.to_string_lossy().into_owned();
        GroupMember {
            group: text(&self.group),
            generation: self.generation,
            member: text(&self.member),
            instance: self.instance.as_deref().map(text),
        }
    }

    /// Magic, generation in the machine's byte order, then terminated strings, the last one after a byte that
    /// says whether it is missing.
    fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.generation.to_ne_bytes());
        out.extend_from_slice(self.group.as_bytes_with_nul());
        out.extend_from_slice(self.member.as_bytes_with_nul());
        out.push(u8::from(self.instance.is_none()));
        if let Some(instance) = &self.instance {
            out.extend_from_slice(instance.as_bytes_with_nul());
        }
        out
    }

    fn read(buffer: &[u8]) -> Result<Self, &'static str> {
        const LENGTH: &str = "Input buffer bad length";
        if buffer.len() < MAGIC.len() + size_of::<i32>() + 3 {
            return Err("Input buffer is too short");
        }
        let rest = buffer
            .strip_prefix(MAGIC)
            .ok_or("Input buffer is not a serialized consumer group metadata object")?;
        let (&generation, mut rest) = rest.split_first_chunk::<4>().ok_or(LENGTH)?;
        let generation = i32::from_ne_bytes(generation);
        let string = |rest: &mut &[u8], unsafe_text| {
            let s = rest.split(|&b| b == 0).next().unwrap_or_default();
            if !s.iter().all(|b| matches!(b, b' '..=b'~')) {
                return Err(unsafe_text);
            }
            *rest = rest.get(s.len() + 1..).ok_or(LENGTH)?;
            CString::new(s).map_err(|_| unsafe_text)
        };
        let group = string(&mut rest, "Input buffer group id is not safe")?;
        let member = string(&mut rest, "Input buffer member id is not safe")?;
        let (&missing, mut rest) = rest.split_first().ok_or(LENGTH)?;
        let instance = match missing {
            0 => Some(string(&mut rest, "Input buffer group instance id is not safe")?),
            _ => None,
        };
        if rest.is_empty() { Ok(Self { group, generation, member, instance }) } else { Err(LENGTH) }
    }
}

/// Names a consumer group, without a member.
///
/// @return A new object, to be released with rd_kafka_consumer_group_metadata_destroy(); NULL without a
/// group.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_new(
    group_id: *const c_char,
) -> *mut rd_kafka_consumer_group_metadata_t {
    // SAFETY: the caller's string.
    unsafe { rd_kafka_consumer_group_metadata_new_with_genid(group_id, -1, c"".as_ptr(), null()) }
}

/// Names a member of a generation of a consumer group. A member that is not static has no instance id.
///
/// @return A new object, to be released with rd_kafka_consumer_group_metadata_destroy(); NULL without a group
/// or a member.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_new_with_genid(
    group_id: *const c_char,
    generation_id: i32,
    member_id: *const c_char,
    group_instance_id: *const c_char,
) -> *mut rd_kafka_consumer_group_metadata_t {
    guard(null_mut(), || {
        // SAFETY: the caller's strings.
        let copied = |s| unsafe { bytes(s) }.and_then(|b| CString::new(b).ok());
        let (Some(group), Some(member)) = (copied(group_id), copied(member_id)) else { return null_mut() };
        let instance = copied(group_instance_id);
        rd_kafka_consumer_group_metadata_s { group, generation: generation_id, member, instance }
            .into_handle()
    })
}

/// Returns the name of the group, valid as long as the object.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_group_id(
    group_metadata: *const rd_kafka_consumer_group_metadata_t,
) -> *const c_char {
    // SAFETY: the caller's object, or NULL.
    unsafe { borrow(group_metadata) }.map_or(null(), |m| m.group.as_ptr())
}

/// Returns the instance id of a static member, valid as long as the object; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_group_instance_id(
    group_metadata: *const rd_kafka_consumer_group_metadata_t,
) -> *const c_char {
    // SAFETY: the caller's object, or NULL.
    unsafe { borrow(group_metadata) }.and_then(|m| m.instance.as_deref()).map_or(null(), CStr::as_ptr)
}

/// Returns the id of the member, valid as long as the object; empty if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_member_id(
    group_metadata: *const rd_kafka_consumer_group_metadata_t,
) -> *const c_char {
    // SAFETY: the caller's object, or NULL.
    unsafe { borrow(group_metadata) }.map_or(null(), |m| m.member.as_ptr())
}

/// Returns the generation of the group, -1 if it is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_generation_id(
    group_metadata: *const rd_kafka_consumer_group_metadata_t,
) -> i32 {
    // SAFETY: the caller's object, or NULL.
    unsafe { borrow(group_metadata) }.map_or(-1, |m| m.generation)
}

/// Releases the identity of a consumer. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_destroy(
    group_metadata: *mut rd_kafka_consumer_group_metadata_t,
) {
    // SAFETY: the caller gives it up.
    guard((), || drop(unsafe { rd_kafka_consumer_group_metadata_t::take_handle(group_metadata) }));
}

fn error(code: ErrorCode, text: &str) -> *mut rd_kafka_error_t {
    rd_kafka_error_s::new(code, Some(c_string(text))).into_handle()
}

/// Serializes the identity of a consumer, for a process with the same byte order.
///
/// @param bufferp Receives memory to be released with rd_kafka_mem_free().
/// @param sizep Receives its size.
///
/// @return NULL, or an error to be released with rd_kafka_error_destroy().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_write(
    cgmd: *const rd_kafka_consumer_group_metadata_t,
    bufferp: *mut *mut c_void,
    sizep: *mut usize,
) -> *mut rd_kafka_error_t {
    guard(null_mut(), || {
        // SAFETY: the caller's object and variables.
        unsafe {
            let Some(cgmd) = borrow(cgmd).filter(|_| !bufferp.is_null() && !sizep.is_null()) else {
                return error(ErrorCode::_INVALID_ARG, "No object or nowhere to write to");
            };
            let out = cgmd.write();
            write_out(bufferp, malloc_bytes(&out));
            write_out(sizep, out.len());
        }
        null_mut()
    })
}

/// Reads what rd_kafka_consumer_group_metadata_write() has written.
///
/// @param cgmdp Receives a new object, to be released with rd_kafka_consumer_group_metadata_destroy().
///
/// @return NULL, or an error with code RD_KAFKA_RESP_ERR__BAD_MSG for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_consumer_group_metadata_read(
    cgmdp: *mut *mut rd_kafka_consumer_group_metadata_t,
    buffer: *const c_void,
    size: usize,
) -> *mut rd_kafka_error_t {
    guard(null_mut(), || {
        // SAFETY: the caller's buffer.
        let buffer = unsafe { array(buffer.cast::<u8>(), size) };
        match rd_kafka_consumer_group_metadata_s::read(&buffer) {
            Ok(_) if cgmdp.is_null() => error(ErrorCode::_INVALID_ARG, "Nowhere to write to"),
            Ok(read) => {
                // SAFETY: the caller's variable.
                unsafe { write_out(cgmdp, read.into_handle()) };
                null_mut()
            }
            Err(text) => error(ErrorCode::_BAD_MSG, text),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(instance: Option<&CStr>) -> rd_kafka_consumer_group_metadata_s {
        rd_kafka_consumer_group_metadata_s {
            group: c"group".into(),
            generation: 7,
            member: c"member".into(),
            instance: instance.map(Into::into),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for instance in [None, Some(c""), Some(c"instance")] {
            let out = sample(instance).write();
            let read = rd_kafka_consumer_group_metadata_s::read(&out).expect("valid");
            assert_eq!(read.write(), out);
            assert_eq!(read.instance.as_deref(), instance);
            assert_eq!((read.group.as_c_str(), read.generation), (c"group", 7));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let out = sample(Some(c"i")).write();
        for cut in 0..out.len() {
            assert!(rd_kafka_consumer_group_metadata_s::read(&out[..cut]).is_err(), "{cut} bytes");
        }
        for at in 0..out.len() {
            let mut bad = out.clone();
            bad[at] = 0x80;
            // The generation may be any number, and any byte but 0 says that the last string is missing.
            let number = (MAGIC.len()..MAGIC.len() + 4).contains(&at);
            assert_eq!(rd_kafka_consumer_group_metadata_s::read(&bad).is_ok(), number, "byte {at}");
        }
        let mut longer = out;
        longer.push(0);
        assert!(rd_kafka_consumer_group_metadata_s::read(&longer).is_err());
    }
}
