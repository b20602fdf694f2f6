//! Values that programs build and read: lists of partitions, headers, UUIDs, group metadata.

pub mod group_metadata;
pub mod headers;
pub mod message;
pub mod offset_list;
pub mod partition_list;
pub mod uuid;
