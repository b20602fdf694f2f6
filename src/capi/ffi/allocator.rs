//! The allocator of this library's own memory, which lives beside the host's in one process.
//!
//! Large pieces (request buffers, tables of slots) are anonymous mappings of their own. glibc's malloc would
//! put them into its arenas once a first mapped piece has been freed (its threshold moves up), where anything
//! small that comes to lie above keeps them resident: after a backlog has drained, megabytes stayed with the
//! process, now and then. Trimming the arenas instead (`malloc_trim`) would walk and lock the host's whole
//! heap.
//!
//! A process has one Rust allocator, so this is for the libraries that C programs load (feature
//! `own-allocator`, set by `make`); a Rust program that uses the crate keeps the choice.

use rustix::mm::{MapFlags, MremapFlags, ProtFlags, mmap_anonymous, mremap, munmap};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;

/// From this size on, a mapping costs little beside what its memory is used for.
const LARGE: usize = 128 << 10;
/// Mappings begin at a page.
const MAX_ALIGN: usize = 4096;

struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn is_large(size: usize, align: usize) -> bool {
    size >= LARGE && align <= MAX_ALIGN
}

fn map(size: usize) -> *mut u8 {
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: an anonymous private mapping at an address of the kernel's choice touches nothing else.
    unsafe { mmap_anonymous(null_mut(), size, access, MapFlags::PRIVATE) }.map_or(null_mut(), <*mut _>::cast)
}

// SAFETY: a layout's size and alignment alone decide who allocates, so whoever allocated a piece also grows
// and frees it; both keep the contract. Mappings are page-aligned and the kernel zeroes them. Nothing here
// unwinds.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(layout.size(), layout.align()) {
            return map(layout.size());
        }
        // SAFETY: the caller's layout, unchanged.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout.size(), layout.align()) {
            return map(layout.size());
        }
        // SAFETY: the caller's layout, unchanged.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        if is_large(layout.size(), layout.align()) {
            // SAFETY: mapped by this allocator with this size, and nobody uses it any more.
            let _ = unsafe { munmap(ptr.cast(), layout.size()) };
            return;
        }
        // SAFETY: allocated by `System` with this layout.
        unsafe { System.dealloc(ptr, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let align = layout.align();
        match (is_large(layout.size(), align), is_large(new_size, align)) {
            // SAFETY: allocated by `System` with this layout; the new size is the caller's.
            (false, false) => unsafe { System.realloc(ptr, layout, new_size) },
            (true, true) => {
                // SAFETY: a mapping of this allocator, of this size; its user expects it to move.
                unsafe { mremap(ptr.cast(), layout.size(), new_size, MremapFlags::MAYMOVE) }
                    .map_or(null_mut(), <*mut _>::cast)
            }
            // SAFETY: the caller's layout with the size that it asks for; both pieces hold the bytes that are
            // copied; the old one is given up only after the new one is there.
            _ => unsafe {
                let moved = self.alloc(Layout::from_size_align_unchecked(new_size, align));
                if !moved.is_null() {
                    std::ptr::copy_nonoverlapping(ptr, moved, layout.size().min(new_size));
                    self.dealloc(ptr, layout);
                }
                moved
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_bytes_across_the_border() {
        let mut bytes: Vec<u8> = Vec::new();
        for i in 0..3 * LARGE {
            bytes.push((i % 251) as u8);
        }
        bytes.truncate(10);
        bytes.shrink_to_fit();
        assert_eq!(bytes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        bytes.resize(LARGE, 7);
        bytes.resize(LARGE * 20, 8);
        assert_eq!((bytes[9], bytes[LARGE - 1], bytes[LARGE * 20 - 1]), (9, 7, 8));
        bytes.truncate(LARGE);
        bytes.shrink_to_fit();
        assert_eq!((bytes[9], bytes[LARGE - 1]), (9, 7));
    }

    #[test]
    fn zeroed_and_aligned() {
        let zeroes = vec![0_u64; LARGE];
        assert!(zeroes.iter().all(|z| *z == 0));
        for align in [1, 64, 4096, 8192] {
            let layout = Layout::from_size_align(LARGE + 1, align).unwrap();
            // SAFETY: the size is not zero; freed with the same layout.
            unsafe {
                let p = std::alloc::alloc(layout);
                assert!(!p.is_null() && p.addr().is_multiple_of(align), "align {align}");
                std::alloc::dealloc(p, layout);
            }
        }
    }
}
