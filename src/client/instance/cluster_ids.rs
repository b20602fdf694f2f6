//! The ids that a cluster has told of itself.

use crate::base::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use crate::base::sync::{Mutex, Rank};

pub struct ClusterIds {
    id: Mutex<Option<String>>,
    controller: AtomicI32,
    /// Whether the cluster has described itself, perhaps without these ids.
    known: AtomicBool,
}

impl ClusterIds {
    pub(super) fn new() -> Self {
        Self {
            id: Mutex::new(Rank::Leaf, None),
            controller: AtomicI32::new(-1),
            known: AtomicBool::new(false),
        }
    }

    /// Takes note of the ids of a Metadata response. Returns the cluster id known before, if it was another.
    pub(in crate::client) fn set(&self, id: Option<&str>, controller: i32) -> Option<String> {
        let replaced = id.and_then(|id| {
            let mut known = self.id.lock();
            if known.as_deref() == Some(id) { None } else { known.replace(id.to_owned()) }
        });
        self.controller.store(controller, Ordering::Relaxed);
        self.known.store(true, Ordering::Release);
        replaced
    }

    /// The cluster's id, once a broker has told it.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.id.lock().clone()
    }

    /// Whether a Metadata response has come: whoever waits for an id of the cluster need not wait any longer.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known.load(Ordering::Acquire)
    }

    /// The controller's broker id, -1 while it is not known.
    #[must_use]
    pub fn controller_id(&self) -> i32 {
        self.controller.load(Ordering::Relaxed)
    }
}
