//! `rd_kafka_conf_*`: properties of a configuration. [`crate::capi::conf::callbacks`] sets callbacks.

use crate::capi::abi::enum_ints::rd_kafka_conf_res_t;
use crate::capi::abi::types::{rd_kafka_conf_t, rd_kafka_topic_conf_t};
use crate::capi::conf::object::{ConfObject, conf_mut, take_conf};
use crate::capi::conf::results::{INVALID, UNKNOWN, give_dump, give_value, set_property};
use crate::capi::conf::{hooks, topic};
use crate::capi::ffi::guard::guard;
use crate::capi::ffi::pointers::borrow;
use crate::capi::ffi::strings;
use crate::conf::properties_text;
use libc::FILE;
use std::ffi::{CStr, c_char, c_int};
use std::ptr;

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
/// @param name Name of the property, see docs/reference/configuration.md.
/// @param value Its value. NULL or an empty string restores the default of a property that is a string.
/// @param errstr Where to write the reason of a failure, or NULL.
/// @param errstr_size Size of `errstr` in bytes.
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
