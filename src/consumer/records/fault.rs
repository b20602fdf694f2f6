//! What is wrong with records, as the application is told it: librdkafka's codes and texts.

use crate::base::error::ErrorCode;
use crate::compress;

/// Something in the bytes of a partition that is not as it should be. What stands behind it is read all the
/// same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: ErrorCode,
    pub text: String,
    /// The offset at which the application is to see it.
    pub offset: i64,
}

impl Fault {
    fn new(code: ErrorCode, text: String, offset: i64) -> Self {
        Self { code, text, offset }
    }

    pub(super) fn batch_crc(offset: i64, len: i32, stored: u32, computed: u32) -> Self {
        let text = format!(
            "MessageSet at offset {offset} ({len} bytes) failed CRC32C check (original {stored:#x} != \
             calculated {computed:#x})"
        );
        Self::new(ErrorCode::_BAD_MSG, text, offset)
    }

    pub(super) fn message_crc(offset: i64, len: i32, stored: u32, computed: u32) -> Self {
        let text = format!(
            "Message at offset {offset} ({len} bytes) failed CRC32 check (original {stored:#x} != \
             calculated {computed:#x})"
        );
        Self::new(ErrorCode::_BAD_MSG, text, offset)
    }

    pub(super) fn magic(offset: i64, magic: i8) -> Self {
        let text = format!("Unsupported Message(Set) MagicByte {magic} at offset {offset}");
        Self::new(ErrorCode::_NOT_IMPLEMENTED, text, offset)
    }

    pub(super) fn codec(offset: i64, codec: u8, len: usize) -> Self {
        Self::decompression(ErrorCode::_NOT_IMPLEMENTED, offset, codec, len)
    }

    pub(super) fn corrupt(offset: i64, codec: u8, len: usize, error: compress::Error) -> Self {
        let code = match error {
            compress::Error::OutOfMemory => ErrorCode::_CRIT_SYS_RESOURCE,
            _ => ErrorCode::_BAD_COMPRESSION,
        };
        Self::decompression(code, offset, codec, len)
    }

    fn decompression(code: ErrorCode, offset: i64, codec: u8, len: usize) -> Self {
        let why = code.describe();
        let text =
            format!("Decompression (codec {codec:#x}) of message at {offset} of {len} bytes failed: {why}");
        Self::new(code, text, offset)
    }

    /// A record, or the header of a batch, that contradicts itself.
    pub(super) fn malformed(offset: i64, what: &str) -> Self {
        Self::new(ErrorCode::_BAD_MSG, format!("Message at offset {offset} is malformed: {what}"), offset)
    }
}
