//! Statistics: a picture of the client for the application.

mod part;
mod sink;
mod snapshot;

pub(super) use part::Statistics;
