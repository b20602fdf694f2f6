//! Why something cannot be had in this build, or has no effect. What gets built loses its mark in the table.

/// Why properties have no effect that librdkafka only accepts, too.
pub(super) const UNUSED: &str = "librdkafka does not read it any more either";

pub(super) const REGEX: &str = "regular expressions not available at build time";
