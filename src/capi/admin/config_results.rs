//! Outcomes of admin requests on configurations: the resources as brokers describe them.

use super::configs::{
    EntryDetails, rd_kafka_ConfigEntry_s, rd_kafka_ConfigEntry_t, rd_kafka_ConfigResource_s,
    rd_kafka_ConfigResource_t, shown,
};
use crate::base::error::ErrorCode;
use crate::capi::abi::enums::{rd_kafka_ConfigSource_e as Source, rd_kafka_ResourceType_e as Resource};
use crate::capi::abi::opaque::{
    rd_kafka_AlterConfigs_result_t, rd_kafka_DescribeConfigs_result_t,
    rd_kafka_IncrementalAlterConfigs_result_t,
};
use crate::capi::abi::types::rd_kafka_event_t;
use crate::capi::ffi::pointers::{BoxHandle, write_out};
use crate::capi::ffi::strings::c_string;
use crate::capi::queue::event::with_event;
use crate::client::admin::ResourceResult;
use crate::client::events::Results;
use crate::protocol::describe_configs::{Config, Synonym};
use std::ffi::c_int;
use std::ptr::null_mut;

/// Types of resources that have a configuration: in the C API, and on the wire.
const TYPES: [(c_int, i8); 3] = [
    (Resource::RD_KAFKA_RESOURCE_TOPIC as c_int, 2),
    (Resource::RD_KAFKA_RESOURCE_BROKER as c_int, 4),
    (Resource::RD_KAFKA_RESOURCE_GROUP as c_int, 32),
];

/// The type of a resource on the wire; 0 for one that has no configuration.
pub(super) fn wire_type(restype: c_int) -> i8 {
    TYPES.iter().find(|(c, _)| *c == restype).map_or(0, |(_, wire)| *wire)
}

fn c_type(wire: i8) -> c_int {
    TYPES.iter().find(|(_, w)| *w == wire).map_or(0, |(c, _)| *c)
}

/// The outcomes that an event holds, in the form of the array that C sees.
pub(crate) struct ResourceResults {
    /// Owned by this object.
    pointers: Box<[*mut rd_kafka_ConfigResource_t]>,
}

impl ResourceResults {
    fn of(results: &Results) -> Option<Self> {
        match results {
            Results::Resources(found) => Some(Self::new(found)),
            _ => None,
        }
    }

    fn new(resources: &[ResourceResult]) -> Self {
        Self { pointers: resources.iter().map(|r| resource(r).into_handle()).collect() }
    }
}

impl Drop for ResourceResults {
    fn drop(&mut self) {
        for &resource in &self.pointers {
            // SAFETY: each resource is this object's own.
            drop(unsafe { rd_kafka_ConfigResource_s::take_handle(resource) });
        }
    }
}

fn resource(r: &ResourceResult) -> rd_kafka_ConfigResource_s {
    let mut resource = rd_kafka_ConfigResource_s::new(c_type(r.resource_type), c_string(&r.name));
    resource.code = r.error.code;
    resource.text = (r.error.code != ErrorCode::NO_ERROR).then(|| c_string(&r.error.text));
    resource.entries = r.configs.iter().map(|c| entry(c).into_handle()).collect();
    resource
}

fn entry(c: &Config) -> rd_kafka_ConfigEntry_t {
    // Old brokers only say whether a value is the default, newer ones where it comes from.
    let by_default = Source::RD_KAFKA_CONFIG_SOURCE_DEFAULT_CONFIG as c_int;
    let source = if c.is_default { by_default } else { c_int::from(c.source.max(0)) };
    let details = EntryDetails {
        source,
        read_only: c.read_only,
        default: source == by_default,
        sensitive: c.is_sensitive,
        synonym: false,
    };
    rd_kafka_ConfigEntry_s {
        name: c_string(&c.name),
        value: c.value.as_deref().map(c_string),
        op: 0,
        details,
        synonyms: c.synonyms.iter().map(|s| synonym(s).into_handle()).collect(),
    }
}

fn synonym(s: &Synonym) -> rd_kafka_ConfigEntry_t {
    rd_kafka_ConfigEntry_s {
        name: c_string(&s.name),
        value: s.value.as_deref().map(c_string),
        op: 0,
        details: EntryDetails { source: s.source.into(), synonym: true, ..EntryDetails::default() },
        synonyms: Vec::new(),
    }
}

/// The array of outcomes for the application.
///
/// # Safety
/// `result` is NULL or a live event, `cntp` NULL or valid for writing.
unsafe fn resources(
    result: *const rd_kafka_event_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConfigResource_t {
    // SAFETY: by this function's own contract.
    unsafe {
        write_out(cntp, 0);
        with_event(result, null_mut(), |ev| {
            shown(ev.results(ResourceResults::of).map_or(&[][..], |all| &all.pointers), cntp)
        })
    }
}

/// Returns the results of rd_kafka_AlterConfigs(), one for each resource, valid until the event is destroyed.
///
/// @param cntp Set to the number of results.
///
/// @return The results; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterConfigs_result_resources(
    result: *const rd_kafka_AlterConfigs_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConfigResource_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe { resources(result, cntp) }
}

/// Returns the results of rd_kafka_IncrementalAlterConfigs(), one for each resource, valid until the event is
/// destroyed.
///
/// @param cntp Set to the number of results.
///
/// @return The results; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_IncrementalAlterConfigs_result_resources(
    result: *const rd_kafka_IncrementalAlterConfigs_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConfigResource_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe { resources(result, cntp) }
}

/// Returns the results of rd_kafka_DescribeConfigs(), one for each resource, with its configuration, valid
/// until the event is destroyed.
///
/// @param cntp Set to the number of results.
///
/// @return The results; NULL if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeConfigs_result_resources(
    result: *const rd_kafka_DescribeConfigs_result_t,
    cntp: *mut usize,
) -> *mut *const rd_kafka_ConfigResource_t {
    // SAFETY: the caller's event and out-parameter.
    unsafe { resources(result, cntp) }
}
