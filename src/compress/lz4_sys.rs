//! LZ4 frames through the C library.
//!
//! Why C and not the safe crate `lz4_flex`: that one has no compression levels (`compression.level` 1 to 12
//! is the high compression mode), and it sets up a new encoder per frame, which made it half as fast on the
//! batches of 1 to 10 KB that many partitions produce (measured; on par from 100 KB up).
#![allow(unsafe_code)] // Calls into C; the safe functions here are the whole surface.

use super::error::Error;
use lz4_sys::{
    BlockChecksum, BlockMode, BlockSize, ContentChecksum, FrameType, LZ4F_VERSION, LZ4F_compressBegin,
    LZ4F_compressBound, LZ4F_compressEnd, LZ4F_compressUpdate, LZ4F_createCompressionContext,
    LZ4F_createDecompressionContext, LZ4F_decompress, LZ4F_freeCompressionContext,
    LZ4F_freeDecompressionContext, LZ4F_getErrorName, LZ4F_isError, LZ4FCompressionContext,
    LZ4FDecompressionContext, LZ4FFrameInfo, LZ4FPreferences,
};
use std::cell::Cell;
use std::ffi::CStr;
use std::ptr;

/// The highest level that makes a difference.
const MAX_LEVEL: i32 = 12;
/// The longest frame header.
const MAX_HEADER: usize = 19;
/// Where a frame's header has the size of the blocks, and the number that stands for 256 KiB there.
const BLOCK_SIZE_AT: usize = 5;
const COMMON_BLOCK_SIZE: u8 = 5;
/// Output is taken in steps of a block.
const STEP: usize = 64 * 1024;

/// Frames as Kafka's own clients write them: independent blocks of 64 KiB, no checksums of the content, no
/// size.
fn preferences(level: i32) -> LZ4FPreferences {
    LZ4FPreferences {
        frame_info: LZ4FFrameInfo {
            block_size_id: BlockSize::Default,
            block_mode: BlockMode::Independent,
            content_checksum_flag: ContentChecksum::NoChecksum,
            frame_type: FrameType::Frame,
            content_size: 0,
            dict_id: 0,
            block_checksum_flag: BlockChecksum::NoBlockChecksum,
        },
        compression_level: level.clamp(0, MAX_LEVEL).cast_unsigned(),
        auto_flush: 0,
        favor_dec_speed: 0,
        reserved: [0; 3],
    }
}

/// A size returned by LZ4F, or the error that it is instead.
fn checked(result: usize) -> Result<usize, Error> {
    // SAFETY: a pure function of its number.
    if unsafe { LZ4F_isError(result) } == 0 {
        return Ok(result);
    }
    // SAFETY: returns a pointer to a static NUL-terminated string for any number.
    let name = unsafe { CStr::from_ptr(LZ4F_getErrorName(result)) };
    Err(Error::Failed(name.to_str().unwrap_or("unknown error")))
}

/// Lets `write` append at most the spare capacity of `out`, of which there is at least `space`.
fn append(out: &mut Vec<u8>, space: usize, write: impl FnOnce(*mut u8, usize) -> usize) -> Result<(), Error> {
    out.try_reserve(space).map_err(|_| Error::OutOfMemory)?;
    let spare = out.spare_capacity_mut();
    let spare_len = spare.len();
    let written = checked(write(spare.as_mut_ptr().cast(), spare_len))?;
    debug_assert!(written <= spare_len);
    // SAFETY: LZ4F reports how many bytes it has written to the spare capacity, never more than that was told
    // to be there.
    unsafe { out.set_len(out.len() + written.min(spare_len)) };
    Ok(())
}

/// A compression context, reused from frame to frame.
#[derive(Debug)]
pub(super) struct Compressor {
    context: LZ4FCompressionContext,
}

impl Compressor {
    pub(super) fn new() -> Result<Self, Error> {
        let mut context = LZ4FCompressionContext(ptr::null_mut());
        // SAFETY: writes a new context to the place given; on an error nothing is to be released.
        checked(unsafe { LZ4F_createCompressionContext(&mut context, LZ4F_VERSION) })
            .map_err(|_| Error::OutOfMemory)?;
        Ok(Self { context })
    }

    /// Appends one frame with all segments in it. After an error `out` may end in a part of a frame; the
    /// context stays usable, since every frame starts it afresh.
    pub(super) fn compress(
        &mut self,
        level: i32,
        segments: &[&[u8]],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let preferences = preferences(level);
        let context = self.context;
        let total = segments.iter().map(|segment| segment.len()).sum();
        // The bound covers the worst case including what the context holds back, so this is the only growth.
        out.try_reserve(MAX_HEADER + bound(total, &preferences)).map_err(|_| Error::OutOfMemory)?;
        append(out, MAX_HEADER, |to, space| {
            // SAFETY: the context is live, `to` has `space` writable bytes, `preferences` outlives the call.
            unsafe { LZ4F_compressBegin(context, to, space, &preferences) }
        })?;
        for segment in segments {
            append(out, bound(segment.len(), &preferences), |to, space| {
                // SAFETY: as above; the segment is readable for its length and does not overlap the spare
                // space, which is borrowed exclusively.
                unsafe {
                    LZ4F_compressUpdate(context, to, space, segment.as_ptr(), segment.len(), ptr::null())
                }
            })?;
        }
        append(out, bound(0, &preferences), |to, space| {
            // SAFETY: as above.
            unsafe { LZ4F_compressEnd(context, to, space, ptr::null()) }
        })
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: the context was created in `new` and is released only here.
        unsafe { LZ4F_freeCompressionContext(self.context) };
    }
}

// SAFETY: the context is plain memory with no tie to a thread; it is used through `&mut self` only.
unsafe impl Send for Compressor {}

/// The space that compressing `len` more bytes may take at worst.
fn bound(len: usize, preferences: &LZ4FPreferences) -> usize {
    // SAFETY: reads the preferences, nothing else.
    unsafe { LZ4F_compressBound(len, preferences) }
}

thread_local! {
    /// For the thread's next frame. A context that has met an error is in no state to be used again.
    static KEPT: Cell<Option<Decompressor>> = const { Cell::new(None) };
}

/// A decompression context, reused from frame to frame.
struct Decompressor {
    context: LZ4FDecompressionContext,
}

impl Decompressor {
    fn new() -> Result<Self, Error> {
        let mut context = LZ4FDecompressionContext(ptr::null_mut());
        // SAFETY: writes a new context to the place given; on an error nothing is to be released.
        checked(unsafe { LZ4F_createDecompressionContext(&mut context, LZ4F_VERSION) })
            .map_err(|_| Error::OutOfMemory)?;
        Ok(Self { context })
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: the context was created in `new` and is released only here.
        unsafe { LZ4F_freeDecompressionContext(self.context) };
    }
}

/// Whether the blocks of a frame are of a size that is common. A context has buffers of the size of its
/// largest blocks, up to 4 MiB.
fn has_common_blocks(frame: &[u8]) -> bool {
    frame.get(BLOCK_SIZE_AT).is_some_and(|byte| byte >> 4 & 7 <= COMMON_BLOCK_SIZE)
}

/// Appends the content of the one frame that `input` is, `limit` bytes at most.
pub(super) fn decompress(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    // A thread that is being torn down keeps nothing.
    let kept = KEPT.try_with(Cell::take).ok().flatten();
    let decompressor = kept.map_or_else(Decompressor::new, Ok)?;
    frame(&decompressor, input, limit, out)?;
    if has_common_blocks(input) {
        let _ = KEPT.try_with(|kept| kept.set(Some(decompressor)));
    }
    Ok(())
}

fn frame(
    decompressor: &Decompressor,
    mut input: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let start = out.len();
    loop {
        // One byte beyond the limit is enough to see that there is more.
        let space = (limit - (out.len() - start)).saturating_add(1).min(STEP);
        out.try_reserve(space).map_err(|_| Error::OutOfMemory)?;
        let mut written = space;
        let mut read = input.len();
        // SAFETY: the context is live, the spare capacity of `out` has at least `space` bytes, `input` is
        // readable for its length, and the two do not overlap. LZ4F lowers both lengths to what it has used.
        let hint = unsafe {
            LZ4F_decompress(
                decompressor.context,
                out.spare_capacity_mut().as_mut_ptr().cast(),
                &mut written,
                input.as_ptr(),
                &mut read,
                ptr::null(),
            )
        };
        let hint = checked(hint).map_err(|_| Error::Corrupt)?;
        debug_assert!(written <= space && read <= input.len());
        // SAFETY: that many bytes have been written to the spare capacity.
        unsafe { out.set_len(out.len() + written.min(space)) };
        input = input.get(read..).unwrap_or_default();
        if out.len() - start > limit {
            return Err(Error::TooLarge);
        }
        if hint == 0 {
            return if input.is_empty() { Ok(()) } else { Err(Error::Corrupt) };
        }
        if written == 0 && read == 0 {
            // The frame does not end where the input does.
            return Err(Error::Corrupt);
        }
    }
}
