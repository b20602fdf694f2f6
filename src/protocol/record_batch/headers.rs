//! Record headers in their wire form: a count, then per header the name and the value or null. The message
//! store keeps them as such a blob, which goes into the record unchanged. Names may repeat and their order is
//! kept.

use crate::protocol::primitives::{Malformed, Reader, Sink, base128_len};

/// The blob of a record without headers.
pub const EMPTY: &[u8] = &[0];

/// Builds a blob.
#[derive(Clone, Debug)]
pub struct Encoder {
    /// One byte for the count, then the headers.
    blob: Vec<u8>,
    count: i32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl Encoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// With space for `len` bytes of names and values with their lengths.
    pub fn with_capacity(len: usize) -> Self {
        let mut blob = Vec::with_capacity(len + 1);
        blob.push(0);
        Self { blob, count: 0 }
    }

    pub fn push(&mut self, name: &[u8], value: Option<&[u8]>) {
        self.blob.put_varint(name.len() as i32);
        self.blob.put(name);
        self.blob.put_varint(value.map_or(-1, |value| value.len() as i32));
        self.blob.put(value.unwrap_or_default());
        self.count += 1;
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The blob of what has been pushed so far. Nothing more may be pushed until [`Encoder::clear`].
    pub fn blob(&mut self) -> &[u8] {
        // Zigzag: below 64 the count fits the byte that was kept for it.
        match (u8::try_from(self.count), self.blob.first_mut()) {
            (Ok(n @ ..64), Some(first)) => *first = n << 1,
            _ => {
                let mut count = Vec::new();
                count.put_varint(self.count);
                self.blob.splice(..1, count);
            }
        }
        &self.blob
    }

    pub fn capacity(&self) -> usize {
        self.blob.capacity()
    }

    /// Starts over, keeping the memory.
    pub fn clear(&mut self) {
        self.blob.clear();
        self.blob.push(0);
        self.count = 0;
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.blob();
        self.blob
    }
}

/// The exact length of what `Encoder::push` appends for one header.
pub const fn header_len(name_len: usize, value_len: Option<usize>) -> usize {
    let (value_bytes, value_varint) = match value_len {
        Some(len) => (len, base128_len((len as u64) << 1)),
        None => (0, 1),
    };
    base128_len((name_len as u64) << 1) + name_len + value_varint + value_bytes
}

/// One header.
pub type Header<'a> = (&'a [u8], Option<&'a [u8]>);

/// The headers of a blob in order. After an error, or at the end of the count, nothing more comes.
pub fn iter(blob: &[u8]) -> Iter<'_> {
    let mut rest = Reader::new(blob);
    let count = rest.varint();
    match count.map(u32::try_from) {
        // Two lengths: two bytes at least.
        Ok(Ok(left)) if left as usize <= rest.remaining() / 2 => Iter { rest, left, broken: false },
        _ => Iter { rest, left: 0, broken: true },
    }
}

#[derive(Clone, Debug)]
pub struct Iter<'a> {
    rest: Reader<'a>,
    left: u32,
    broken: bool,
}

impl<'a> Iter<'a> {
    /// How many headers are still to come if the blob is sound.
    pub fn len(&self) -> usize {
        self.left as usize
    }

    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    fn read(&mut self) -> Result<Header<'a>, Malformed> {
        let name_len = usize::try_from(self.rest.varint()?).map_err(|_| Malformed("header: null name"))?;
        let name = self.rest.take(name_len)?;
        let value_len = self.rest.varint()?;
        let value = usize::try_from(value_len).ok().map(|len| self.rest.take(len)).transpose()?;
        Ok((name, value))
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Result<Header<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            self.broken = false;
            return Some(Err(Malformed("headers: more than bytes")));
        }
        self.left = self.left.checked_sub(1)?;
        let header = self.read();
        if header.is_err() {
            self.left = 0;
        }
        Some(header)
    }
}

/// Whether the blob is exactly what its count says, with nothing behind it.
pub fn check(blob: &[u8]) -> Result<(), Malformed> {
    let mut headers = iter(blob);
    for header in headers.by_ref() {
        header?;
    }
    if headers.rest.is_empty() { Ok(()) } else { Err(Malformed("headers: bytes behind the last one")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_nulls_and_empties_are_kept_in_order() {
        let headers: [Header<'_>; 4] =
            [(b"a", Some(b"1")), (b"a", None), (b"", Some(b"")), (b"\xff\0", Some(&[7; 200]))];
        let mut encoder = Encoder::new();
        let mut len = 1;
        for (name, value) in headers {
            encoder.push(name, value);
            len += header_len(name.len(), value.map(<[u8]>::len));
        }
        let blob = encoder.finish();
        assert_eq!(blob.len(), len);
        assert_eq!(iter(&blob).len(), 4);
        assert_eq!(iter(&blob).collect::<Result<Vec<_>, _>>(), Ok(headers.to_vec()));
        assert_eq!(check(&blob), Ok(()));
        assert_eq!(Encoder::new().finish(), EMPTY);
    }

    #[test]
    fn a_count_of_two_bytes_finds_its_place() {
        let mut encoder = Encoder::new();
        (0..100u8).for_each(|n| encoder.push(&[n], None));
        let blob = encoder.finish();
        assert_eq!(blob[..2], [0xc8, 0x01]);
        assert_eq!(iter(&blob).map(|h| h.unwrap().0[0]).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
        assert_eq!(check(&blob), Ok(()));
    }

    #[test]
    fn rubbish_is_an_error_once() {
        for blob in [&[][..], &[1], &[2], &[4, 0, 1], &[2, 1, 0], &[2, 2, b'a', 8, 0], &[0xff; 9]] {
            assert!(check(blob).is_err(), "{blob:?}");
            assert_eq!(iter(blob).filter(Result::is_err).count(), 1, "{blob:?}");
        }
        assert!(check(&[0, 0]).is_err());
    }
}
