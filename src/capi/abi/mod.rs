//! The types, enums and constants of the headers. Nothing here does anything.

pub mod consts;
pub mod enum_ints;
pub mod enums;
pub mod interceptor_types;
pub mod opaque;
pub mod stats_types;
pub mod types;
