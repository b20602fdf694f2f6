//! Configuration objects: the values of all properties of a scope, and which of them were set.

use super::ConfError;
use super::property::{Kind, Property, Scope};
use super::table;
use super::value::{self, Value};
use crate::auth::credentials::Password;
use zeroize::Zeroizing;

/// Value of one property, and whether the application set it.
#[derive(Clone, Debug)]
struct Entry {
    property: &'static Property,
    value: Value,
    modified: bool,
}

impl Entry {
    /// Whether a copy of everything but what begins with one of the filters has it. What was set from memory
    /// is copied in any case, as in librdkafka.
    fn is_copied(&self, filters: &[&str]) -> bool {
        let is_from_memory = matches!((self.property.kind, &self.value), (Kind::Internal, Value::Text(_)));
        is_from_memory || !filters.iter().any(|f| self.property.name.starts_with(f))
    }

    /// The value as text, unless nobody may see it.
    fn shown(&self) -> Option<String> {
        let text = self.value.to_text(self.property);
        if self.property.sensitive { text.map(|_| "[redacted]".into()) } else { text }
    }
}

/// All properties of one scope.
#[derive(Clone, Debug)]
pub(super) struct Values {
    scope: Scope,
    entries: Vec<Entry>,
}

impl Values {
    fn new(scope: Scope) -> Self {
        let entries = table::properties()
            .filter(|p| p.scope == scope)
            .map(|property| Entry { property, value: Value::default_of(property), modified: false })
            .collect();
        Self { scope, entries }
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(table::find(self.scope, name)?.0)
    }

    fn entry_mut(&mut self, name: &str) -> Option<&mut Entry> {
        self.entries.get_mut(table::find(self.scope, name)?.0)
    }

    fn set(&mut self, name: &str, text: Option<&str>) -> Result<(), ConfError> {
        let Some(entry) = self.entry_mut(name) else {
            return Err(ConfError::unknown(name));
        };
        let text = text.filter(|t| !t.is_empty());
        if matches!(entry.property.kind, Kind::Flags { .. }) {
            // As librdkafka does: what stands before a wrong item of a list is set.
            for step in value::steps(entry.property, &entry.value, text) {
                if let Ok(Some(value)) = value::parse(entry.property, &entry.value, step.as_deref()) {
                    entry.value = value;
                    entry.modified = true;
                }
            }
        }
        if let Some(value) = value::parse(entry.property, &entry.value, text)? {
            entry.value = value;
            entry.modified = true;
        }
        Ok(())
    }

    /// Sets a value that is not UTF-8: only passwords may have one.
    fn set_password(&mut self, name: &str, password: &[u8]) -> Result<(), ConfError> {
        let Some(entry) = self.entry_mut(name) else {
            return Err(ConfError::unknown(name));
        };
        entry.value = value::password(entry.property, password)?;
        entry.modified = true;
        Ok(())
    }

    /// Whether the value would do; nothing for what is not a property with a value that can be set by text.
    fn check(&self, name: &str, given: Option<&[u8]>) -> Option<Check> {
        let entry = self
            .entry(name)
            .filter(|s| s.property.has_value() && !matches!(s.property.kind, Kind::Pointer))?;
        let text = match given.map(str::from_utf8).transpose() {
            Ok(text) => text.filter(|t| !t.is_empty()),
            Err(_) => {
                let verdict = value::password(entry.property, given.unwrap_or_default()).map(|_| ());
                return Some(Check { steps: verdict.iter().map(|()| None).collect(), verdict });
            }
        };
        let verdict = value::parse(entry.property, &entry.value, text).map(|_| ());
        Some(Check { steps: value::steps(entry.property, &entry.value, text), verdict })
    }

    fn copy_steps(&self, filters: &[&str]) -> Vec<CopyStep> {
        let passes = |s: &&Entry| s.is_copied(filters);
        let step = |s: &Entry| match s.property.kind {
            Kind::Internal if s.property.name == "interceptors" => Some(CopyStep::Interceptors),
            _ if !s.modified => None,
            Kind::Pointer | Kind::Internal => Some(CopyStep::Pointer { name: s.property.name }),
            _ => Some(CopyStep::Value { name: s.property.name, text: s.value.to_text(s.property) }),
        };
        self.entries.iter().filter(passes).filter_map(step).collect()
    }

    fn copy_slot(&mut self, from: &Self, name: &str) {
        if let (Some(to), Some(from)) = (self.entry_mut(name), from.entry(name)) {
            to.clone_from(from);
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.entry(name).and_then(|s| s.value.to_text(s.property))
    }

    /// The value for the eyes of everybody.
    pub(super) fn get_shown(&self, name: &str) -> Option<String> {
        self.entry(name).and_then(Entry::shown)
    }

    fn get_bytes(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.entry(name).and_then(|s| s.value.to_bytes(s.property))
    }

    fn pointer(&self, name: &str) -> usize {
        if let Some(Entry { value: Value::Pointer(address), .. }) = self.entry(name) { *address } else { 0 }
    }

    fn set_pointer(&mut self, name: &str, address: usize, modified: bool) {
        if let Some(entry) = self.entry_mut(name).filter(|s| matches!(s.property.kind, Kind::Pointer)) {
            entry.value = Value::Pointer(address);
            entry.modified = modified;
        }
    }

    /// A copy of what was set, except for properties whose names begin with one of the filters.
    fn copy(&self, filters: &[&str]) -> Self {
        let mut copy = Self::new(self.scope);
        for (to, from) in copy.entries.iter_mut().zip(&self.entries) {
            if from.modified && from.is_copied(filters) {
                to.clone_from(from);
            }
        }
        copy
    }

    fn dump(&self) -> Vec<(&'static str, String)> {
        let with_value = self.entries.iter().filter(|s| s.property.has_value());
        with_value.filter_map(|s| Some((s.property.name, s.value.to_text(s.property)?))).collect()
    }

    fn dump_modified(&self) -> Vec<(&'static str, String)> {
        let modified = self.entries.iter().filter(|s| s.modified && s.property.has_value());
        modified.filter_map(|s| Some((s.property.name, s.shown()?))).collect()
    }

    pub(super) fn modified(&self) -> impl Iterator<Item = &'static Property> {
        self.entries.iter().filter(|s| s.modified).map(|s| s.property)
    }

    pub(super) fn is_modified(&self, name: &str) -> bool {
        self.entry(name).is_some_and(|s| s.modified)
    }

    /// Integers, booleans, choices and flags.
    pub(super) fn int(&self, name: &str) -> i32 {
        if let Some(Entry { value: Value::Int(v), .. }) = self.entry(name) { *v } else { 0 }
    }

    pub(super) fn double(&self, name: &str) -> f64 {
        if let Some(Entry { value: Value::Double(v), .. }) = self.entry(name) { *v } else { 0.0 }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        if let Some(Entry { value: Value::Text(t), .. }) = self.entry(name) {
            t.as_deref().map(String::as_str)
        } else {
            None
        }
    }

    /// A text that need not be UTF-8.
    pub(super) fn password(&self, name: &str) -> &[u8] {
        match self.entry(name).map(|s| &s.value) {
            Some(Value::Text(Some(text))) => text.as_bytes(),
            Some(Value::Bytes(bytes)) => bytes,
            _ => &[],
        }
    }

    /// Keeps what a function of its own sets.
    fn set_internal(&mut self, name: &str, text: Option<Zeroizing<String>>) {
        if let Some(entry) = self.entry_mut(name).filter(|s| matches!(s.property.kind, Kind::Internal)) {
            entry.value = Value::Text(text);
            entry.modified = true;
        }
    }

    /// Sets a value that cannot be set by text yet.
    #[cfg(test)]
    pub(super) fn force(&mut self, name: &str, value: Value) {
        if let Some(entry) = self.entry_mut(name) {
            entry.value = value;
            entry.modified = true;
        }
    }

    /// Changes a value on the library's own account: the property does not count as set by that.
    pub(super) fn adjust(&mut self, name: &str, value: Value) {
        if let Some(entry) = self.entry_mut(name) {
            entry.value = value;
        }
    }
}

macro_rules! common_methods {
    () => {
        /// Sets a property as a C program does. A password need not be UTF-8.
        pub fn set_bytes(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), ConfError> {
            match value.map(str::from_utf8).transpose() {
                Ok(text) => self.set(name, text),
                Err(_) => self.values.set_password(name, value.unwrap_or_default()),
            }
        }

        /// Remembers an address of the application's under a pointer property.
        pub fn set_pointer(&mut self, name: &str, address: usize) {
            self.values.set_pointer(name, address, true);
        }

        /// The address shown for a pointer property that the application did not set.
        pub fn set_default_pointer(&mut self, name: &str, address: usize) {
            self.values.set_pointer(name, address, false);
        }

        /// The address set for a pointer property; 0 when there is none.
        #[must_use]
        pub fn pointer(&self, name: &str) -> usize {
            self.values.pointer(name)
        }

        #[must_use]
        pub fn is_modified(&self, name: &str) -> bool {
            self.values.is_modified(name)
        }

        /// Names and values of all properties that have a value.
        #[must_use]
        pub fn dump(&self) -> Vec<(&'static str, String)> {
            self.values.dump()
        }

        /// Names and values of what was set, fit for a log: secrets are left out.
        #[must_use]
        pub fn dump_modified(&self) -> Vec<(&'static str, String)> {
            self.values.dump_modified()
        }
    };
}

/// A topic configuration object (`rd_kafka_topic_conf_t`).
#[derive(Clone, Debug)]
pub struct TopicConf {
    pub(super) values: Values,
}

impl Default for TopicConf {
    fn default() -> Self {
        Self::new()
    }
}

impl TopicConf {
    #[must_use]
    pub fn new() -> Self {
        Self { values: Values::new(Scope::Topic) }
    }

    common_methods!();

    /// Sets a property; a leading `topic.` of the name is ignored.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), ConfError> {
        self.values.set(name.strip_prefix("topic.").unwrap_or(name), value)
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.values.get(name)
    }

    /// The value as a C program gets it.
    #[must_use]
    pub fn get_bytes(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.values.get_bytes(name)
    }

    /// A copy of everything that was set.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self { values: self.values.copy(&[]) }
    }
}

/// One step of copying a configuration property by property, for interceptors to look on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyStep {
    /// A property that was set, as text.
    Value { name: &'static str, text: Option<String> },
    /// An address of the application's, or what else has a function of its own to set it.
    Pointer { name: &'static str },
    /// The place where interceptors copy what is theirs.
    Interceptors,
}

/// A global configuration object (`rd_kafka_conf_t`).
#[derive(Debug)]
pub struct Conf {
    pub(super) values: Values,
    /// Boxed, because the C API hands out its address.
    topic: Option<Box<TopicConf>>,
    pub(super) topic_overwritten: bool,
}

impl Default for Conf {
    fn default() -> Self {
        Self::new()
    }
}

/// What setting a property would come to.
pub struct Check {
    /// The values that are set one after the other.
    pub steps: Vec<Option<String>>,
    pub verdict: Result<(), ConfError>,
}

impl Conf {
    #[must_use]
    pub fn new() -> Self {
        Self { values: Values::new(Scope::Global), topic: None, topic_overwritten: false }
    }

    common_methods!();

    /// Sets a property. What is no global property is set on the default topic configuration.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), ConfError> {
        match self.values.set(name, value) {
            Err(e) if e.kind == super::ConfErrorKind::Unknown => {}
            done => return done,
        }
        if self.topic.is_none() {
            self.set_default_topic(Some(Box::default()));
        }
        self.topic.as_mut().map_or_else(|| Err(ConfError::unknown(name)), |t| t.set(name, value))
    }

    /// A password, as the bytes that were set.
    #[must_use]
    pub fn password(&self, name: &str) -> Password {
        Password::new(self.values.password(name))
    }

    /// Keeps a certificate or key (PEM) under an internal property; `None` forgets it.
    pub fn set_internal(&mut self, name: &str, pem: Option<Zeroizing<String>>) {
        self.values.set_internal(name, pem);
    }

    /// The value of a property of this object or of the default topic configuration.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).or_else(|| self.topic.as_ref().and_then(|t| t.get(name)))
    }

    /// The value as a C program gets it.
    #[must_use]
    pub fn get_bytes(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.values.get_bytes(name).or_else(|| self.topic.as_ref().and_then(|t| t.get_bytes(name)))
    }

    #[must_use]
    pub fn default_topic(&self) -> Option<&TopicConf> {
        self.topic.as_deref()
    }

    pub fn default_topic_mut(&mut self) -> Option<&mut TopicConf> {
        self.topic.as_deref_mut()
    }

    /// Replaces the default topic configuration.
    pub fn set_default_topic(&mut self, topic: Option<Box<TopicConf>>) {
        if self.topic.as_ref().is_some_and(|old| old.values.modified().next().is_some()) {
            self.topic_overwritten = true;
        }
        self.topic = topic;
        // Dumps show the address.
        let address = self.topic.as_deref().map_or(0, |t| std::ptr::from_ref(t).expose_provenance());
        self.values.set_pointer("default_topic_conf", address, true);
    }

    pub(super) fn take_default_topic(&mut self) -> Option<Box<TopicConf>> {
        self.topic.take()
    }

    /// The same object again: its address has not changed.
    pub(super) fn put_back_default_topic(&mut self, topic: Box<TopicConf>) {
        self.topic = Some(topic);
    }

    /// The property that this global one is another spelling of.
    #[must_use]
    pub fn alias_target(name: &str) -> Option<&'static str> {
        table::find(Scope::Global, name).map(|(_, p)| p.name).filter(|target| *target != name)
    }

    /// What setting a global property to the value would come to; nothing for what is not one, or not set by
    /// text.
    #[must_use]
    pub fn check(&self, name: &str, value: Option<&[u8]>) -> Option<Check> {
        self.values.check(name, value)
    }

    /// What [`Self::duplicate`] would copy, step by step.
    #[must_use]
    pub fn copy_steps(&self, filters: &[&str]) -> Vec<CopyStep> {
        self.values.copy_steps(filters)
    }

    /// Copies one global property that was set.
    pub fn copy_property(&mut self, from: &Self, name: &str) {
        if name == "default_topic_conf" {
            self.set_default_topic(from.topic.as_ref().map(|t| Box::new(t.duplicate())));
        } else {
            self.values.copy_slot(&from.values, name);
        }
    }

    /// A copy of everything that was set, the default topic configuration included, except for properties
    /// whose names begin with one of the filters.
    #[must_use]
    pub fn duplicate(&self, filters: &[&str]) -> Self {
        let mut copy = Self { values: self.values.copy(filters), topic: None, topic_overwritten: false };
        if copy.is_modified("default_topic_conf") {
            copy.set_default_topic(self.topic.as_ref().map(|t| Box::new(t.duplicate())));
        }
        copy
    }
}

#[cfg(test)]
mod tests;
