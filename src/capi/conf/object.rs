//! The configuration object, with the interceptors and plug-ins that belong to it.
//!
//! A `rd_kafka_conf_t *` is a boxed `ConfObject`; a `rd_kafka_topic_conf_t *` is a `TopicConf`, boxed on its
//! own or inside a `ConfObject` whose default topic configuration it is.

use crate::capi::abi::interceptor_types::call::OnConfDestroy;
use crate::capi::abi::types::rd_kafka_conf_t;
use crate::capi::conf::plugin::Plugin;
use crate::capi::ffi::pointers::{BoxHandle, borrow_mut};
use crate::capi::interceptor::chain::{Chain, call_method};
use crate::conf::Conf;
use std::ffi::{CStr, CString};
use std::ops::{Deref, DerefMut};

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

/// The interceptors and plug-ins of one configuration.
#[derive(Debug, Default)]
pub(crate) struct ConfHooks {
    pub(crate) on_conf_set: Chain,
    pub(crate) on_conf_dup: Chain,
    pub(crate) on_conf_destroy: Chain,
    pub(crate) on_new: Chain,
    /// What interceptors have taken for properties of their own; copies are given it again.
    taken: Vec<(CString, Option<CString>)>,
    plugins: Vec<Plugin>,
    /// Libraries from here on were named by the present value of the property; the others are only kept
    /// loaded.
    named_from: usize,
}

impl ConfHooks {
    pub(crate) fn is_empty(&self) -> bool {
        self.on_conf_set.is_empty()
            && self.on_conf_dup.is_empty()
            && self.taken.is_empty()
            && self.plugins.is_empty()
    }

    /// Notes a property that an interceptor has taken.
    pub(crate) fn take(&mut self, name: &CStr, value: Option<&CStr>) {
        self.taken.push((name.to_owned(), value.map(CStr::to_owned)));
    }

    /// The properties that interceptors have taken.
    pub(crate) fn taken(&self) -> Vec<(CString, Option<CString>)> {
        self.taken.clone()
    }

    pub(crate) fn forget_plugin_names(&mut self) {
        self.named_from = self.plugins.len();
    }

    pub(crate) fn has_plugin(&self, path: &str) -> bool {
        self.plugins.iter().skip(self.named_from).any(|p| p.is(path))
    }

    /// Keeps a library loaded as long as the configuration lives.
    pub(crate) fn keep_plugin(&mut self, plugin: Plugin, works: bool) {
        if works {
            self.plugins.push(plugin);
        } else {
            self.plugins.insert(self.named_from, plugin);
            self.named_from += 1;
        }
    }
}

impl Drop for ConfHooks {
    fn drop(&mut self) {
        // The plug-ins go afterwards: this may be code of theirs.
        for method in self.on_conf_destroy.iter() {
            // There is nobody to tell of a failure.
            let _ = call_method!(method, OnConfDestroy, ());
        }
    }
}
