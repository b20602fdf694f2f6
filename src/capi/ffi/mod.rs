//! Tools for every function of the C API: the guard against panics, pointers, strings, memory, errors.

// Not with ThreadSanitizer, which does not see its system calls and takes a mapping that is used again for
// the one before.
#[cfg(all(any(test, feature = "own-allocator"), not(tsan)))]
pub mod allocator;
pub mod error_object;
pub mod errors;
pub mod fork;
pub mod guard;
pub mod memory;
pub mod pointers;
pub mod strings;
pub mod variadic;
