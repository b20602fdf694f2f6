use super::*;
use crate::conf::property::Availability;
use crate::conf::property::Side;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

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
                assert!(choices.iter().any(|c| c.value == default && c.not_built.is_none()), "{}", p.name);
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

/// The library's code in `src/<folder>`, without tests and without this table.
fn code(folder: &str, into: &mut String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let inside = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        if path.is_dir() {
            if !["conf/table", "mock"].contains(&inside.as_str()) {
                code(&inside, into);
            }
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            into.push_str(text.split("#[cfg(test)]\nmod tests {").next().unwrap());
        }
    }
}

/// Whether another property's default value refers to it as `%{name}`.
fn is_variable(p: &Property) -> bool {
    let variable = format!("%{{{}}}", p.name);
    properties()
        .any(|other| matches!(other.kind, Kind::Text { default: Some(d), .. } if d.contains(&variable)))
}

#[test]
fn every_property_is_read_or_says_why_not() {
    let mut all = String::new();
    code("", &mut all);
    let is_read = |p: &'static Property| {
        let aliases = properties().filter(|a| matches!(a.kind, Kind::Alias(target) if target == p.name));
        aliases.chain([p]).any(|p| all.contains(&format!("\"{}\"", p.name))) || is_variable(p)
    };
    let has_to_be_read = |p: &&'static Property| {
        let built_in = p.name == "builtin.features" || p.name == "default_topic_conf";
        let elsewhere = p.side == Side::Consumer || p.availability != Availability::Available;
        p.has_value() && !built_in && !elsewhere
    };
    for p in properties().filter(has_to_be_read) {
        let set_only = matches!(p.kind, Kind::Pointer) || p.name == "enable_sasl_queue";
        match p.no_effect {
            None => assert!(is_read(p), "{} has no reader and no reason", p.name),
            Some(_) => {
                assert!(set_only || !is_read(p), "{} has a reader and a reason for having none", p.name)
            }
        }
    }
}

#[test]
fn every_setting_is_read() {
    let (mut all, mut settings) = (String::new(), String::new());
    for folder in ["broker", "capi", "client", "cluster", "consumer", "net", "producer", "stats", "tls"] {
        code(folder, &mut all);
    }
    code("conf/settings", &mut settings);
    let fields = settings.lines().filter(|l| !l.contains("fn "));
    let fields = fields.filter_map(|l| l.strip_prefix("    pub ")?.split_once(':'));
    let names: Vec<&str> = fields.map(|(name, _)| name).collect();
    assert!(names.len() > 60, "the settings are not where they should be");
    let is_read = |name: &&str| {
        let after = |at: usize| all[at + name.len() + 1..].chars().next();
        all.match_indices(&format!(".{name}"))
            .any(|(at, _)| after(at).is_none_or(|c| !c.is_alphanumeric() && c != '_'))
    };
    let unread: Vec<&str> = names.into_iter().filter(|name| !is_read(name)).collect();
    assert!(unread.is_empty(), "no code reads {unread:?}");
}
