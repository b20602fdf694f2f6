//! The table of all configuration properties, in librdkafka's order; names, types, ranges, defaults are librdkafka's.

mod client;
mod consumer;
mod engine;
mod producer;
mod security;
mod topic;

use super::property::{Kind, Property, Scope};

/// Why something cannot be had in this build. What gets built loses its mark in the table.
mod missing {
    pub const TLS: &str = "TLS not available at build time";
    pub const SASL: &str = "SASL not available at build time";
    pub const REGEX: &str = "regular expressions not available at build time";
}

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
mod tests {
    use super::*;
    use crate::conf::property::Side;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_aliases_resolve() {
        for scope in [Scope::Global, Scope::Topic] {
            let mut seen = HashSet::new();
            for p in properties().filter(|p| p.scope == scope) {
                assert!(seen.insert(p.name), "{} is there twice", p.name);
                let (_, target) = find(scope, p.name).unwrap();
                assert!(!matches!(target.kind, Kind::Alias(_)), "{} resolves to an alias", p.name);
            }
        }
    }

    #[test]
    fn every_row_is_sound() {
        for p in properties() {
            match p.kind {
                Kind::Alias(_) => assert!(p.description.is_empty()),
                _ => assert!(p.description.ends_with('.'), "{}: no sentence", p.name),
            }
            match p.kind {
                Kind::Int { min, max, default, .. } => assert!((min..=max).contains(&default), "{}", p.name),
                Kind::Double { min, max, default } => assert!(min <= default && default <= max),
                Kind::Choice { choices, default } => {
                    assert!(
                        choices.iter().any(|c| c.value == default && c.not_built.is_none()),
                        "{}",
                        p.name
                    );
                }
                _ => {}
            }
        }
    }

    #[test]
    fn topic_properties_name_their_side() {
        for p in properties().filter(|p| p.scope == Scope::Topic && p.name != "opaque") {
            assert_ne!(p.side, Side::Both, "{}", p.name);
        }
    }
}
