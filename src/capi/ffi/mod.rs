//! Tools for every function of the C API: the guard against panics, pointers, strings, memory, errors.

#[cfg(any(test, feature = "own-allocator"))]
pub mod allocator;
pub mod error_object;
pub mod errors;
pub mod fork;
pub mod guard;
pub mod memory;
pub mod pointers;
pub mod strings;
pub mod variadic;
