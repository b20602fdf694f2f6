//! Tables by the names of topics.

use super::sync::Arc;
use rustc_hash::FxBuildHasher;
use std::collections::{HashMap, HashSet};

/// The names are those that the application uses. Nobody attacks these tables with them, so the fastest hash
/// will do: a topic is looked up some ten times before its first message leaves. A topic has its name once
/// and shares it with the tables.
pub type ByName<T> = HashMap<Arc<str>, T, FxBuildHasher>;
pub type Names<K = Arc<str>> = HashSet<K, FxBuildHasher>;
