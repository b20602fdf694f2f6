//! `rd_kafka_conf_*`: the configuration object. Callback setters are in [`crate::capi::conf::callbacks`].
//!
//! A `rd_kafka_conf_t *` is a boxed [`Conf`]; a `rd_kafka_topic_conf_t *` is a `TopicConf`, boxed on its own
//! or inside a `Conf` whose default topic configuration it is.

use crate::capi::abi::enum_ints::{rd_kafka_cert_enc_t, rd_kafka_cert_type_t, rd_kafka_conf_res_t};
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_topic_conf_t};
use crate::capi::conf::hooks::{self, ConfHooks};
use crate::capi::conf::topic;
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::{BoxHandle, borrow, borrow_mut, write_out};
use crate::capi::ffi::{memory, strings};
use crate::conf::{Conf, ConfError, ConfErrorKind, properties_text};
use libc::FILE;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::{Deref, DerefMut};
use std::ptr;
use zeroize::Zeroizing;

pub(crate) const UNKNOWN: rd_kafka_conf_res_t = -2;
pub(crate) const INVALID: rd_kafka_conf_res_t = -1;
pub(crate) const OK: rd_kafka_conf_res_t = 0;

/// What a `rd_kafka_conf_t` is.
#[derive(Debug)]
pub(crate) struct ConfObject {
    conf: Conf,
    pub(crate) hooks: ConfHooks,
}

impl ConfObject {
    pub(crate) fn new(conf: Conf) -> Self {
        Self { conf, hooks: ConfHooks::default() }
    }
}

impl Deref for ConfObject {
    type Target = Conf;

    fn deref(&self) -> &Conf {
        &self.conf
    }
}

impl DerefMut for ConfObject {
    fn deref_mut(&mut self) -> &mut Conf {
        &mut self.conf
    }
}

impl BoxHandle for ConfObject {
    type Handle = rd_kafka_conf_t;
}

/// Borrows a configuration from C.
///
/// # Safety
/// As for [`borrow_mut`], for the object that the handle stands for.
pub(crate) unsafe fn conf_mut<'a>(conf: *mut rd_kafka_conf_t) -> Option<&'a mut ConfObject> {
    // SAFETY: by this function's own contract.
    unsafe { borrow_mut(conf.cast::<ConfObject>()) }
}

/// Takes a configuration over from C; `None` for NULL.
///
/// # Safety
/// As for [`BoxHandle::take_handle`], for the object that the handle stands for.
pub(crate) unsafe fn take_conf(conf: *mut rd_kafka_conf_t) -> Option<Box<ConfObject>> {
    // SAFETY: by this function's own contract.
    unsafe { ConfObject::take_handle(conf.cast()) }
}

pub(crate) fn into_handle(conf: ConfObject) -> *mut rd_kafka_conf_t {
    conf.into_handle().cast()
}

/// Sets a property given as C strings, and reports the result as the C functions do.
///
/// # Safety
/// `name` and `value` are NULL or NUL-terminated strings; a non-null `errstr` is valid for `errstr_size`
/// bytes.
pub(crate) unsafe fn set_property(
    name: *const c_char,
    value: *const c_char,
    errstr: *mut c_char,
    errstr_size: usize,
    set: impl FnOnce(&str, Option<&[u8]>) -> Result<(), ConfError>,
) -> rd_kafka_conf_res_t {
    // SAFETY: strings of the caller.
    let (name, value) = unsafe { (strings::text(name), strings::bytes(value)) };
    let name = name.unwrap_or("(null)".into());
    let (result, text) = match set(&name, value) {
        Ok(()) => return OK,
        Err(ConfError { kind: ConfErrorKind::Unknown, text }) => (UNKNOWN, text),
        Err(ConfError { kind: ConfErrorKind::Invalid, text }) => (INVALID, text),
    };
    // SAFETY: the caller's buffer.
    unsafe { strings::write_buf(errstr, errstr_size, &text) };
    result
}

/// Gives a property's value to a C caller: into `dest` if there is one, and its size in any case.
///
/// # Safety
/// A non-null `dest_size` is valid for reading and writing, and says how many bytes of a non-null `dest` may
/// be written.
pub(crate) unsafe fn give_value(
    value: Option<Zeroizing<Vec<u8>>>,
    dest: *mut c_char,
    dest_size: *mut usize,
) -> rd_kafka_conf_res_t {
    let Some(value) = value else { return UNKNOWN };
    // SAFETY: the caller's buffer and its size; without a size nothing is written.
    unsafe {
        let capacity = borrow(dest_size).copied().unwrap_or(0);
        strings::write_bytes(dest, capacity, &value);
        write_out(dest_size, value.len() + 1);
    }
    OK
}

/// Gives names and values to a C caller as an array of strings, all from malloc(3).
///
/// # Safety
/// A non-null `cntp` is valid for writing.
pub(crate) unsafe fn give_dump(dump: &[(&'static str, String)], cntp: *mut usize) -> *mut *const c_char {
    let strings = dump.iter().flat_map(|(name, value)| [name, value.as_str()]);
    // SAFETY: calloc has no conditions; the array has space for two strings per entry and at least one, so
    // that it is not NULL when it is empty.
    unsafe {
        let array: *mut *const c_char =
            libc::calloc(dump.len().max(1) * 2, size_of::<*const c_char>()).cast();
        write_out(cntp, if array.is_null() { 0 } else { dump.len() * 2 });
        if !array.is_null() {
            for (i, string) in strings.enumerate() {
                array.add(i).write(memory::malloc_str(string));
            }
        }
        array
    }
}

/// Releases a configuration, and the default topic configuration in it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_destroy(conf: *mut rd_kafka_conf_t) {
    // SAFETY: the application gives the object up.
    guard((), || drop(unsafe { take_conf(conf) }));
}

/// Sets a property. A topic property is set on the default topic configuration, which is created if
/// necessary.
///
/// @param conf Configuration.
/// @param name Name of the property, see CONFIGURATION.md.
/// @param value Its value. NULL or an empty string restores the default of a property that is a string.
/// @param errstr Where to write the reason of a failure, or NULL.
/// @param errstr_size Size of `errstr`.
///
/// @return RD_KAFKA_CONF_OK, RD_KAFKA_CONF_UNKNOWN if there is no such property, RD_KAFKA_CONF_INVALID if it
/// cannot have this value.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set(
    conf: *mut rd_kafka_conf_t,
    name: *const c_char,
    value: *const c_char,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_conf_res_t {
    guard(INVALID, || {
        // SAFETY: an object of the application's; strings and a buffer of the caller.
        unsafe {
            let Some(object) = conf_mut(conf) else { return INVALID };
            if !name.is_null() && hooks::concerns(object, CStr::from_ptr(name)) {
                let value = if value.is_null() { None } else { Some(CStr::from_ptr(value)) };
                let mut spare = 0;
                let text = hooks::error_text(errstr, errstr_size, &mut spare);
                return hooks::set(conf, CStr::from_ptr(name), value, text);
            }
            set_property(name, value, errstr, errstr_size, |name, value| object.set_bytes(name, value))
        }
    })
}

/// Gets the value of a property of the configuration or of its default topic configuration.
///
/// @param conf Configuration.
/// @param name Name of the property.
/// @param dest Where to write the value, cut if need be and NUL-terminated; NULL to ask for its size.
/// @param dest_size Size of `dest`; set to the size of the value with its terminator.
///
/// @return RD_KAFKA_CONF_OK, or RD_KAFKA_CONF_UNKNOWN if there is no such property or it has no value.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_get(
    conf: *const rd_kafka_conf_t,
    name: *const c_char,
    dest: *mut c_char,
    dest_size: *mut usize,
) -> rd_kafka_conf_res_t {
    guard(UNKNOWN, || {
        // SAFETY: an object, a string and a buffer of the application's.
        unsafe {
            let Some((conf, name)) = borrow(conf.cast::<ConfObject>()).zip(strings::text(name)) else {
                return UNKNOWN;
            };
            give_value(conf.get_bytes(&name), dest, dest_size)
        }
    })
}

/// Lists the properties that have a value: names at even places of the array, values at odd ones.
///
/// @param conf Configuration.
/// @param cntp Set to the number of elements, twice that of the properties.
///
/// @return The array, to be released with rd_kafka_conf_dump_free().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_dump(
    conf: *mut rd_kafka_conf_t,
    cntp: *mut usize,
) -> *mut *const c_char {
    guard(ptr::null_mut(), || {
        // SAFETY: an object and an out-parameter of the application's.
        unsafe {
            let dump = conf_mut(conf).map(|c| c.dump()).unwrap_or_default();
            give_dump(&dump, cntp)
        }
    })
}

/// Releases what rd_kafka_conf_dump() and rd_kafka_topic_conf_dump() return.
///
/// @param arr The array.
/// @param cnt Its number of elements.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_dump_free(arr: *mut *const c_char, cnt: usize) {
    guard((), || {
        if arr.is_null() {
            return;
        }
        // SAFETY: the array and its strings come from malloc, and the application gives them up.
        unsafe {
            for i in 0..cnt {
                libc::free((*arr.add(i)).cast_mut().cast());
            }
            libc::free(arr.cast());
        }
    });
}

/// Prints a table of all properties with their ranges, defaults and meanings.
///
/// @param fp Where to print it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_properties_show(fp: *mut FILE) {
    guard((), || {
        let text = properties_text();
        if !fp.is_null() {
            let _deferred = crate::base::unwind::CancellationDeferred::new();
            // SAFETY: an open stream of the application's; the length is that of the text.
            unsafe { libc::fwrite(text.as_ptr().cast(), 1, text.len(), fp) };
        }
    });
}

/// Chooses which kinds of events are put into the main queue for an application that takes events with
/// rd_kafka_queue_poll() instead of setting callbacks. The default is 0: none. A kind that has a callback is
/// queued in any case.
///
/// @param conf Configuration.
/// @param events RD_KAFKA_EVENT_.. bits. Of use to a producer are RD_KAFKA_EVENT_DR (without it and without a
/// callback, messages are released without a report), RD_KAFKA_EVENT_ERROR (without it errors are logged) and
/// RD_KAFKA_EVENT_BACKGROUND (starts the background thread). Log lines need `log.queue=true`, statistics
/// `statistics.interval.ms`; results of admin requests always come. Other bits have no effect. A negative
/// number is ignored (librdkafka ends the process).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_events(conf: *mut rd_kafka_conf_t, events: c_int) {
    guard((), || {
        // SAFETY: an object of the application's.
        if let Some(conf) = unsafe { conf_mut(conf) } {
            // A negative number is refused; there is no way to report that.
            let _ = conf.set("enabled_events", Some(&events.to_string()));
        }
    });
}

/// Replaces the configuration of topics that are created without one.
///
/// @param conf Configuration.
/// @param tconf Topic configuration, which the library takes over; NULL for none. What was set before is
/// lost; it is simpler to set topic properties with rd_kafka_conf_set().
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_default_topic_conf(
    conf: *mut rd_kafka_conf_t,
    tconf: *mut rd_kafka_topic_conf_t,
) {
    guard((), || {
        // SAFETY: objects of the application's, of which it gives up the topic configuration. The one that is
        // in there already is not taken over again.
        unsafe {
            let Some(conf) = conf_mut(conf) else { return };
            let current = conf.default_topic().map_or(ptr::null(), ptr::from_ref);
            if !ptr::eq(current, tconf.cast()) {
                conf.set_default_topic(topic::take_topic_conf(tconf));
            }
        }
    });
}

/// Returns the configuration of topics that are created without one, or NULL. It belongs to `conf`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_get_default_topic_conf(
    conf: *mut rd_kafka_conf_t,
) -> *mut rd_kafka_topic_conf_t {
    guard(ptr::null_mut(), || {
        // SAFETY: an object of the application's.
        let topic = unsafe { conf_mut(conf) }.and_then(|c| c.default_topic_mut());
        topic.map_or(ptr::null_mut(), |t| ptr::from_mut(t).cast())
    })
}

/// Chooses whether the token refresh callback is served from the queue of rd_kafka_queue_get_sasl().
///
/// @param conf Configuration.
/// @param enable 1 to do so, 0 for the main queue.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_enable_sasl_queue(conf: *mut rd_kafka_conf_t, enable: c_int) {
    guard((), || {
        // SAFETY: an object of the application's.
        if let Some(conf) = unsafe { conf_mut(conf) } {
            let enable = if enable == 0 { "false" } else { "true" };
            // Both values are valid.
            let _ = conf.set("enable_sasl_queue", Some(enable));
        }
    });
}

/// Sets a certificate or key from memory. TLS is not in this build.
///
/// @param conf Configuration.
/// @param cert_type What it is for.
/// @param cert_enc Its encoding.
/// @param buffer The certificate or key.
/// @param size Its size.
/// @param errstr Where to write the reason of a failure, or NULL.
/// @param errstr_size Size of `errstr`.
///
/// @return RD_KAFKA_CONF_INVALID
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_conf_set_ssl_cert(
    _conf: *mut rd_kafka_conf_t,
    _cert_type: rd_kafka_cert_type_t,
    _cert_enc: rd_kafka_cert_enc_t,
    _buffer: *const c_void,
    _size: usize,
    errstr: *mut c_char,
    errstr_size: usize,
) -> rd_kafka_conf_res_t {
    guard(INVALID, || {
        // SAFETY: the caller's buffer.
        unsafe { strings::write_buf(errstr, errstr_size, "librdkafka not built with TLS support") };
        INVALID
    })
}
