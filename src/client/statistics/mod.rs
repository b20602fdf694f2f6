//! Statistics: a picture of the client for the application.

mod part;
mod snapshot;

pub(super) use part::Statistics;
