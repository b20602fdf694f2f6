//! The topic handles of an instance by name: read by every produce call that names its topic, written when
//! one is new.
//!
//! Topics are only ever added, until the instance ends. So the handles whose names have the same place are a
//! chain that grows at its head: readers follow what they have found without a lock, and a new topic copies
//! and touches nothing of the others, however many there are.

use crate::base::sync::{Arc, Mutex, MutexGuard, Rank};
use arc_swap::{ArcSwapOption, Guard};
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// Chains. With ten thousand topics each has ten of them.
const CHAINS: usize = 1024;

pub(crate) struct TopicTable<T> {
    /// On the heap: an instance is made on the stack of whoever calls rd_kafka_new(), which may be a small
    /// one.
    heads: Box<[ArcSwapOption<Link<T>>]>,
    /// Held while a topic is created.
    creating: Mutex<()>,
}

struct Link<T> {
    /// Of the name. Nobody attacks this table with names, so the fastest hash will do.
    hash: u64,
    handle: Arc<T>,
    next: Option<Arc<Link<T>>>,
}

/// The handles among which the one of a name is, if there is one, as they were when they were looked for.
pub(crate) struct Candidates<'a, T> {
    head: Option<Guard<Option<Arc<Link<T>>>>>,
    name: &'a [u8],
    hash: u64,
}

impl<T: AsRef<[u8]>> Candidates<'_, T> {
    /// The handle of the name.
    #[inline]
    pub(crate) fn find(&self) -> Option<&Arc<T>> {
        let mut next = self.head.as_ref()?.as_deref();
        while let Some(link) = next {
            if link.hash == self.hash && (*link.handle).as_ref() == self.name {
                return Some(&link.handle);
            }
            next = link.next.as_deref();
        }
        None
    }
}

#[inline]
fn place_of(hash: u64) -> usize {
    // The middle of the hash: its lowest bits are those that names that differ in a number have in common.
    usize::try_from(hash >> 32).unwrap_or(0) % CHAINS
}

impl<T> TopicTable<T> {
    pub(crate) fn new() -> Self {
        Self {
            heads: std::iter::repeat_with(ArcSwapOption::empty).take(CHAINS).collect(),
            creating: Mutex::new(Rank::Instance, ()),
        }
    }

    #[inline]
    fn chain(&self, hash: u64) -> Option<&ArcSwapOption<Link<T>>> {
        self.heads.get(place_of(hash))
    }

    /// Begins to look for the handle of this name.
    #[inline]
    pub(crate) fn look_up<'a>(&self, name: &'a [u8]) -> Candidates<'a, T> {
        let hash = FxBuildHasher.hash_one(name);
        Candidates { head: self.chain(hash).map(ArcSwapOption::load), name, hash }
    }

    /// Keeps others from creating topics.
    pub(crate) fn lock(&self) -> MutexGuard<'_, ()> {
        self.creating.lock()
    }

    /// Adds the handle of a name that has none. The caller holds the lock.
    pub(crate) fn insert(&self, name: &[u8], handle: Arc<T>) {
        let hash = FxBuildHasher.hash_one(name);
        if let Some(chain) = self.chain(hash) {
            let next = chain.load_full();
            chain.store(Some(Arc::new(Link { hash, handle, next })));
        }
    }

    /// Lets go of all handles; those that the application holds live on.
    pub(crate) fn clear(&self) {
        let _creating = self.creating.lock();
        self.heads.iter().filter(|head| head.load().is_some()).for_each(|head| head.store(None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_a_number_are_spread_over_the_chains() {
        for (prefix, suffix) in [("", ""), ("topic-", ""), ("tenant.", ".events.v1")] {
            let mut sizes = [0; CHAINS];
            for i in 0..10_000 {
                let name = format!("{prefix}{i}{suffix}");
                sizes[place_of(FxBuildHasher.hash_one(name.as_bytes()))] += 1;
            }
            let largest = sizes.iter().max();
            assert!(largest < Some(&40), "{prefix}N{suffix}: {largest:?} of 10,000");
        }
    }

    #[test]
    fn each_name_has_its_own_handle_until_all_go() {
        let table = TopicTable::<String>::new();
        let find = |name: &str| table.look_up(name.as_bytes()).find().cloned();
        let names: Vec<String> = (0..5_000).map(|i| format!("t{i}")).collect();
        let before = table.look_up(b"t0");
        for name in &names {
            assert_eq!(find(name), None);
            table.insert(name.as_bytes(), Arc::new(name.clone()));
        }
        assert!(before.find().is_none(), "what was looked for before stays as it was");
        let kept = find("t7").unwrap();
        for name in &names {
            assert_eq!(find(name).as_deref(), Some(name));
        }
        assert_eq!(find("t"), None);
        table.clear();
        assert!(names.iter().all(|name| find(name).is_none()));
        assert_eq!((kept.as_str(), Arc::strong_count(&kept)), ("t7", 1));
    }
}
