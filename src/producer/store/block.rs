//! Uninitialised pieces of memory for the message store.
#![allow(unsafe_code)] // part of the message store

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::null_mut;

/// Alignment of every block, a cache line.
const ALIGN: usize = 64;

/// Who gets a block's memory back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// There is no memory.
    Nowhere,
    /// A slab of the pool, by its number in its size class.
    Slab(u32),
    /// The operating system.
    Mapping,
    Malloc,
}

/// Asks for the cache line to be there for writing.
#[inline(always)]
#[cfg_attr(not(target_arch = "x86_64"), allow(unused_variables))]
pub(super) fn prefetch(p: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which accesses nothing: any address will do.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_ET0>(p.cast());
    }
}

/// One piece of memory, with one owner. Blocks of a slab must go back to their pool.
pub struct Block {
    ptr: *mut u8,
    len: usize,
    source: Source,
}

// SAFETY: a block is plain memory with one owner.
unsafe impl Send for Block {}

impl Block {
    /// No memory at all.
    pub const EMPTY: Self = Self { ptr: null_mut(), len: 0, source: Source::Nowhere };

    /// An anonymous mapping of its own. Aborts when there is no memory, as every failed allocation does.
    pub(super) fn mapped(len: usize) -> Self {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: an anonymous private mapping at an address of the kernel's choice touches nothing else.
        let ptr = unsafe { mmap_anonymous(null_mut(), len, access, MapFlags::PRIVATE) };
        let Ok(ptr) = ptr else { handle_alloc_error(Self::layout(len)) };
        Self { ptr: ptr.cast(), len, source: Source::Mapping }
    }

    /// Memory from the process's allocator.
    pub(super) fn malloced(len: usize) -> Self {
        let len = len.max(1);
        // SAFETY: the layout has a size above zero.
        let ptr = unsafe { alloc(Self::layout(len)) };
        if ptr.is_null() {
            handle_alloc_error(Self::layout(len));
        }
        Self { ptr, len, source: Source::Malloc }
    }

    /// A part of a slab, which the slab gave out and gives to nobody else meanwhile.
    pub(super) fn in_slab(slab: u32, ptr: *mut u8, len: usize) -> Self {
        Self { ptr, len, source: Source::Slab(slab) }
    }

    fn layout(len: usize) -> Layout {
        Layout::from_size_align(len, ALIGN).unwrap_or(Layout::new::<[u8; ALIGN]>())
    }

    pub(super) fn source(&self) -> Source {
        self.source
    }

    #[inline]
    #[must_use]
    pub fn as_ptr(&self) -> *mut u8 {
        self.ptr
    }

    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        match self.source {
            Source::Nowhere | Source::Slab(_) => {}
            Source::Mapping => {
                // SAFETY: mapped by `mapped` with this length, and nobody else has the block.
                let _ = unsafe { munmap(self.ptr.cast(), self.len) };
            }
            Source::Malloc => {
                // SAFETY: allocated by `malloced` with this layout.
                unsafe { dealloc(self.ptr, Self::layout(self.len)) };
            }
        }
    }
}
