//! The table of all configuration properties, in librdkafka's order; names, types, ranges, defaults are
//! librdkafka's.

mod client;
mod consumer;
mod engine;
mod missing;
mod producer;
mod security;
mod topic;

use super::property::{Kind, Property, Scope};

const SECTIONS: [&[Property]; 6] = [
    client::CLIENT,
    security::SECURITY,
    consumer::CONSUMER,
    producer::PRODUCER,
    engine::ENGINE,
    topic::TOPIC,
];

/// All properties, in the order in which they are dumped and documented.
pub fn properties() -> impl Iterator<Item = &'static Property> {
    SECTIONS.into_iter().flatten()
}

/// The property of that name, aliases resolved, with its place among the properties of its scope.
pub(super) fn find(scope: Scope, name: &str) -> Option<(usize, &'static Property)> {
    let in_scope = || properties().filter(|p| p.scope == scope).enumerate();
    let found = in_scope().find(|(_, p)| p.name == name)?;
    match found.1.kind {
        Kind::Alias(target) => in_scope().find(|(_, p)| p.name == target),
        _ => Some(found),
    }
}

#[cfg(test)]
mod tests;
