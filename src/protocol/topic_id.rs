//! Ids of topics. A topic that is deleted and made anew under its name has another.

pub type TopicId = [u8; 16];

/// Stands for an id that is not known.
pub const UNKNOWN: TopicId = [0; 16];

/// Whether these are ids of two topics. One that is not known may be any.
#[must_use]
pub fn differ(a: &TopicId, b: &TopicId) -> bool {
    a != b && ![a, b].contains(&&UNKNOWN)
}
