//! What a configuration is resolved for.

/// What an instance is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conf) enum Role {
    Producer,
    Consumer,
}
