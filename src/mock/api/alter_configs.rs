//! AlterConfigs, versions 0 to 2, and IncrementalAlterConfigs, versions 0 to 1: topics, brokers and groups;
//! see `properties.rs` for what they have and what difference it makes.
//!
//! Deviation from Kafka: any broker takes changes for any other.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::configs::resources::{Change, Configuration, Refused};
use crate::protocol::alter_configs::{Config, Request, Response, ResponseResource};
use crate::protocol::incremental_alter_configs::{self as incremental, operation};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeSet;

/// Replaces all that has been set.
pub fn handle(
    configuration: &mut Configuration<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let mut seen = Seen::default();
    let resources = request.resources.iter();
    let resources = resources
        .map(|r| {
            let changes: Vec<Change<'_>> = r.configs.iter().map(Change::from).collect();
            let place = (r.resource_type, r.name.as_str());
            let first = seen.first(place);
            alter_one(configuration, call, place, first, &changes, (true, request.validate_only))
        })
        .collect();
    let response = Response { throttle_time_ms: call.throttle_ms, resources };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

/// Changes only what is named.
pub fn handle_incremental(
    configuration: &mut Configuration<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = incremental::Request::decode(call.version, body)?;
    let mut seen = Seen::default();
    let resources = request.resources.iter();
    let resources = resources
        .map(|r| {
            let changes: Vec<Change<'_>> = r.configs.iter().map(Change::from).collect();
            let place = (r.resource_type, r.name.as_str());
            let first = seen.first(place);
            alter_one(configuration, call, place, first, &changes, (false, request.validate_only))
        })
        .collect();
    let response = incremental::Response { throttle_time_ms: call.throttle_ms, resources };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

impl<'a> From<&'a Config> for Change<'a> {
    fn from(c: &'a Config) -> Self {
        Self { name: &c.name, operation: operation::SET, value: c.value.as_deref() }
    }
}

impl<'a> From<&'a incremental::Config> for Change<'a> {
    fn from(c: &'a incremental::Config) -> Self {
        Self { name: &c.name, operation: c.operation, value: c.value.as_deref() }
    }
}

/// The resources of a request so far.
#[derive(Default)]
struct Seen<'a>(BTreeSet<(i8, &'a str)>);

impl<'a> Seen<'a> {
    fn first(&mut self, resource: (i8, &'a str)) -> bool {
        self.0.insert(resource)
    }
}

fn alter_one(
    configuration: &mut Configuration<'_>,
    call: &Call<'_>,
    (resource_type, name): (i8, &str),
    first: bool,
    changes: &[Change<'_>],
    (afresh, validate_only): (bool, bool),
) -> ResponseResource {
    let outcome = (|| -> Result<(), Refused> {
        call.pushed_error().map_err(|code| (code, "Pushed by a test.".to_owned()))?;
        if !first {
            return Err((ErrorCode::INVALID_REQUEST, "The resource is named twice.".to_owned()));
        }
        let resource = configuration.view().resource(resource_type, name)?;
        configuration.alter(&resource, changes, afresh, validate_only)
    })();
    let (code, error_message) = match outcome {
        Ok(()) => (ErrorCode::NO_ERROR, None),
        Err((code, why)) => (code, Some(why)),
    };
    ResponseResource { error_code: wire_code(code), error_message, resource_type, name: name.to_owned() }
}

#[cfg(test)]
mod tests;
