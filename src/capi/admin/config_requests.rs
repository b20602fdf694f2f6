//! Admin requests on configurations. One that names a broker goes to that broker, the others to the
//! controller.

use super::config_results::wire_type;
use super::configs::{rd_kafka_ConfigEntry_t, rd_kafka_ConfigResource_t};
use super::options::{ResolvedOptions, rd_kafka_AdminOptions_t};
use super::requests::{objects, refused, send, text};
use crate::base::error::{Error, ErrorCode};
use crate::capi::abi::consts::{
    RD_KAFKA_EVENT_ALTERCONFIGS_RESULT, RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT,
    RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT,
};
use crate::capi::abi::enums::rd_kafka_ResourceType_e::RD_KAFKA_RESOURCE_BROKER;
use crate::capi::abi::types::{rd_kafka_queue_t, rd_kafka_t};
use crate::client::admin::AdminCall;
use crate::protocol::{alter_configs, describe_configs, incremental_alter_configs};
use std::collections::BTreeSet;
use std::ffi::c_int;

type Resource<'a> = &'a rd_kafka_ConfigResource_t;

/// The one broker that is named, if any.
fn named_broker(resources: &[Resource<'_>]) -> Result<Option<i32>, Error> {
    let mut brokers = resources.iter().filter(|r| r.restype == RD_KAFKA_RESOURCE_BROKER as c_int);
    let Some(first) = brokers.next() else { return Ok(None) };
    let name = text(&first.name);
    let id = name.parse().ok().filter(|id| *id >= 0).ok_or_else(|| {
        refused(format!("Expected an int32 broker_id for ConfigResource(type=BROKER, name={name})"))
    })?;
    if brokers.next().is_some() {
        let text = "Only one ConfigResource of type BROKER is allowed per call";
        return Err(Error::new(ErrorCode::_CONFLICT, text));
    }
    Ok(Some(id))
}

/// The resources of a request, and where it goes. A broker of the caller's choice comes before the one named.
fn checked<'a>(
    resolved: &mut ResolvedOptions,
    resources: Vec<Resource<'a>>,
) -> Result<Vec<Resource<'a>>, Error> {
    if resources.is_empty() {
        return Err(refused("No config resources specified"));
    }
    let named = named_broker(&resources)?;
    resolved.broker = resolved.broker.or(named);
    Ok(resources)
}

/// Only requests that change single properties reject duplicates.
fn without_doubles(resources: &[Resource<'_>]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for r in resources {
        if !seen.insert((r.restype, &r.name)) {
            return Err(refused("Duplicate ConfigResource found"));
        }
        let mut names = BTreeSet::new();
        if !r.entries().all(|e| names.insert(&e.name)) {
            return Err(refused("Duplicate ConfigEntry found"));
        }
    }
    Ok(())
}

fn value(e: &rd_kafka_ConfigEntry_t) -> Option<String> {
    e.value.as_deref().map(text)
}

/// Asks for the configuration of resources: all of it, or the entries that the application has added to a
/// resource. The result is an event of type RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT on `rkqu`; the objects
/// remain the caller's. The call does not wait. If the request fails as a whole, rd_kafka_event_error() of
/// the event returns the reason; resources that fail on their own have an error in the result.
///
/// @param configs At most one of them of type RD_KAFKA_RESOURCE_BROKER: that broker is asked, else the
/// controller.
/// @param options May be NULL: request_timeout, broker and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_DescribeConfigs(
    rk: *mut rd_kafka_t,
    configs: *mut *mut rd_kafka_ConfigResource_t,
    config_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    let call = |resolved: &mut ResolvedOptions| {
        // SAFETY: the caller's objects.
        let resources = checked(resolved, unsafe { objects(configs, config_cnt) })?;
        let names = |r: Resource<'_>| r.entries().map(|e| text(&e.name)).collect::<Vec<_>>();
        let one = |r: &Resource<'_>| describe_configs::RequestResource {
            resource_type: wire_type(r.restype),
            name: text(&r.name),
            keys: Some(names(r)).filter(|keys| !keys.is_empty()),
        };
        Ok(AdminCall::DescribeConfigs(describe_configs::Request {
            resources: resources.iter().map(one).collect(),
            include_synonyms: true,
            include_documentation: false,
        }))
    };
    // SAFETY: the caller's instance, options and queue.
    unsafe { send(rk, options, rkqu, RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT, call) }
}

/// Replaces the configuration of resources: entries that are not named return to their defaults. The result
/// is an event of type RD_KAFKA_EVENT_ALTERCONFIGS_RESULT on `rkqu`; the objects remain the caller's.
/// rd_kafka_IncrementalAlterConfigs() changes single properties. The call does not wait. If the request fails
/// as a whole, rd_kafka_event_error() of the event returns the reason; resources that fail on their own have
/// an error in the result.
///
/// @param configs At most one of them of type RD_KAFKA_RESOURCE_BROKER: that broker is asked, else the
/// controller.
/// @param options May be NULL: request_timeout, validate_only, broker and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_AlterConfigs(
    rk: *mut rd_kafka_t,
    configs: *mut *mut rd_kafka_ConfigResource_t,
    config_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    let call = |resolved: &mut ResolvedOptions| {
        // SAFETY: the caller's objects.
        let resources = checked(resolved, unsafe { objects(configs, config_cnt) })?;
        let set = |e: &rd_kafka_ConfigEntry_t| alter_configs::Config { name: text(&e.name), value: value(e) };
        let one = |r: &Resource<'_>| alter_configs::RequestResource {
            resource_type: wire_type(r.restype),
            name: text(&r.name),
            configs: r.entries().map(set).collect(),
        };
        Ok(AdminCall::AlterConfigs(alter_configs::Request {
            resources: resources.iter().map(one).collect(),
            validate_only: resolved.validate_only,
        }))
    };
    // SAFETY: the caller's instance, options and queue.
    unsafe { send(rk, options, rkqu, RD_KAFKA_EVENT_ALTERCONFIGS_RESULT, call) }
}

/// Changes single properties of resources. The result is an event of type
/// RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT on `rkqu`; the objects remain the caller's. The call does
/// not wait. If the request fails as a whole, rd_kafka_event_error() of the event returns the reason;
/// resources that fail on their own have an error in the result.
///
/// @param configs At most one of them of type RD_KAFKA_RESOURCE_BROKER: that broker is asked, else the
/// controller.
/// @param options May be NULL: request_timeout, validate_only, broker and opaque count.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn rd_kafka_IncrementalAlterConfigs(
    rk: *mut rd_kafka_t,
    configs: *mut *mut rd_kafka_ConfigResource_t,
    config_cnt: usize,
    options: *const rd_kafka_AdminOptions_t,
    rkqu: *mut rd_kafka_queue_t,
) {
    let call = |resolved: &mut ResolvedOptions| {
        // SAFETY: the caller's objects.
        let resources = unsafe { objects(configs, config_cnt) };
        without_doubles(&resources)?;
        if let Some(id) = named_broker(&resources)? {
            resolved.broker = Some(id);
        }
        let resources = checked(resolved, resources)?;
        let change = |e: &rd_kafka_ConfigEntry_t| incremental_alter_configs::Config {
            name: text(&e.name),
            operation: i8::try_from(e.op).unwrap_or(incremental_alter_configs::operation::SET),
            value: value(e),
        };
        let one = |r: &Resource<'_>| incremental_alter_configs::RequestResource {
            resource_type: wire_type(r.restype),
            name: text(&r.name),
            configs: r.entries().map(change).collect(),
        };
        Ok(AdminCall::IncrementalAlterConfigs(incremental_alter_configs::Request {
            resources: resources.iter().map(one).collect(),
            validate_only: resolved.validate_only,
        }))
    };
    // SAFETY: the caller's instance, options and queue.
    unsafe { send(rk, options, rkqu, RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT, call) }
}
