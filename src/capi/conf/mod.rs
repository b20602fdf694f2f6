//! Configuration objects: properties, callbacks, interceptors and plug-ins.

pub mod callbacks;
pub mod certificates;
pub mod hooks;
pub mod object;
pub mod plugin;
pub mod properties;
mod results;
pub mod topic;
pub mod typed_callbacks;
