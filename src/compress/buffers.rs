//! Input in one piece, and output within a limit.

use super::error::Error;
use std::io::{ErrorKind, Read};

/// The segments as one, copied into `scratch` only if there are several.
pub(super) fn in_one_piece<'a>(segments: &[&'a [u8]], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    if let [one] = segments {
        return one;
    }
    scratch.clear();
    segments.iter().for_each(|s| scratch.extend_from_slice(s));
    scratch
}

/// Reads all that comes, but not more than `limit` bytes.
pub(super) fn read_bounded(reader: impl Read, limit: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    let one_more = (limit as u64).saturating_add(1);
    match reader.take(one_more).read_to_end(out) {
        Ok(n) if n > limit => {
            out.truncate(start);
            Err(Error::TooLarge)
        }
        Ok(_) => Ok(()),
        Err(e) => {
            out.truncate(start);
            Err(if e.kind() == ErrorKind::OutOfMemory { Error::OutOfMemory } else { Error::Corrupt })
        }
    }
}
