//! From raw pointers to references and back, with one kind of ownership per type: a type is either created and
//! destroyed as a Box ([`BoxHandle`]) or shared and counted (topics, in their own module), never both.

/// Borrows what a pointer from C points to; `None` for NULL.
///
/// # Safety
/// A non-null `ptr` points to a live `T` which nobody mutates for `'a`.
#[inline]
pub(crate) unsafe fn borrow<'a, T>(ptr: *const T) -> Option<&'a T> {
    // SAFETY: by this function's own contract.
    unsafe { ptr.as_ref() }
}

/// Borrows for modification what a pointer from C points to; `None` for NULL.
///
/// # Safety
/// A non-null `ptr` points to a live `T` to which nobody else has access for `'a`.
#[inline]
pub(crate) unsafe fn borrow_mut<'a, T>(ptr: *mut T) -> Option<&'a mut T> {
    // SAFETY: by this function's own contract.
    unsafe { ptr.as_mut() }
}

/// Writes through an out-parameter unless it is NULL.
///
/// # Safety
/// A non-null `out` is valid for writing a `T`.
#[inline]
pub(crate) unsafe fn write_out<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: by this function's own contract; `write` does not read what was there.
        unsafe { out.write(value) }
    }
}

/// A type whose C handle is a Box: made by `new`/`copy`, released by `destroy`.
pub(crate) trait BoxHandle: Sized {
    /// Gives the object to C.
    fn into_handle(self) -> *mut Self {
        Box::into_raw(Box::new(self))
    }

    /// Takes the object back from C; `None` for NULL.
    ///
    /// # Safety
    /// A non-null `ptr` came from [`BoxHandle::into_handle`] and is not used afterwards.
    unsafe fn take_handle(ptr: *mut Self) -> Option<Box<Self>> {
        if ptr.is_null() {
            return None;
        }
        // SAFETY: by this function's own contract.
        Some(unsafe { Box::from_raw(ptr) })
    }
}
