//! From raw pointers to references and back, with one kind of ownership per type: a type is either created
//! and destroyed as a Box (`BoxHandle`) or shared and counted (topics, in their own module), never both.

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

/// Copies an array from C.
///
/// # Safety
/// A non-null `first` points to `cnt` elements.
pub(crate) unsafe fn array<T: Copy>(first: *const T, cnt: usize) -> Vec<T> {
    if first.is_null() || cnt == 0 {
        return Vec::new();
    }
    // SAFETY: by this function's own contract.
    unsafe { std::slice::from_raw_parts(first, cnt) }.to_vec()
}

/// A type whose C handle is a Box: made by `new`/`copy`, released by `destroy`.
pub(crate) trait BoxHandle: Sized {
    /// The type that C knows it by: the type itself, or an opaque type of `abi`.
    type Handle;

    /// Gives the object to C.
    fn into_handle(self) -> *mut Self::Handle {
        Box::into_raw(Box::new(self)).cast()
    }

    /// Takes the object back from C; `None` for NULL.
    ///
    /// # Safety
    /// A non-null `ptr` came from [`BoxHandle::into_handle`] and is not used afterwards.
    unsafe fn take_handle(ptr: *mut Self::Handle) -> Option<Box<Self>> {
        if ptr.is_null() {
            return None;
        }
        // SAFETY: by this function's own contract.
        Some(unsafe { Box::from_raw(ptr.cast()) })
    }

    /// Borrows the object behind a handle; `None` for NULL.
    ///
    /// # Safety
    /// A non-null `ptr` came from [`BoxHandle::into_handle`], and nobody mutates the object for `'a`.
    #[inline]
    unsafe fn from_handle<'a>(ptr: *const Self::Handle) -> Option<&'a Self> {
        // SAFETY: by this function's own contract.
        unsafe { borrow(ptr.cast::<Self>()) }
    }

    /// Borrows the object behind a handle for modification; `None` for NULL.
    ///
    /// # Safety
    /// A non-null `ptr` came from [`BoxHandle::into_handle`], and nobody else has access to the object for
    /// `'a`.
    #[inline]
    unsafe fn from_handle_mut<'a>(ptr: *mut Self::Handle) -> Option<&'a mut Self> {
        // SAFETY: by this function's own contract.
        unsafe { borrow_mut(ptr.cast::<Self>()) }
    }
}
