//! Statistics.

mod part;

pub(super) use part::Emission;
