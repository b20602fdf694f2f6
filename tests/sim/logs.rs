//! Reads the records out of a partition's log. Shares no code with the encoder.

use rdkafka::protocol::primitives::{Malformed, Reader};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub offset: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Marks the end of a transaction.
    pub marker: bool,
}

const HEADER_LEN: usize = 61;

/// The records of one stored batch. `decompress` is asked with the codec's number when there is one.
pub fn records(batch: &[u8], decompress: fn(i16, &[u8]) -> Vec<u8>) -> Result<Vec<Record>, Malformed> {
    let mut header = Reader::new(batch);
    let base_offset = header.i64()?;
    let mut header = Reader::new(batch.get(21..HEADER_LEN).ok_or(Malformed("batch"))?);
    let attributes = header.i16()?;
    let (codec, marker) = (attributes & 7, attributes & 0x20 != 0);
    let mut count = Reader::new(batch.get(57..61).ok_or(Malformed("batch"))?);
    let count = count.i32()?;
    let body = &batch[HEADER_LEN..];
    let unpacked = if codec == 0 { body.to_vec() } else { decompress(codec, body) };
    let mut r = Reader::new(&unpacked);
    let found = (0..count).map(|_| record(&mut r, base_offset, marker)).collect::<Result<Vec<_>, _>>()?;
    assert!(r.is_empty(), "{} bytes after the last record", r.remaining());
    Ok(found)
}

fn record(r: &mut Reader<'_>, base_offset: i64, marker: bool) -> Result<Record, Malformed> {
    let len = usize::try_from(r.varint()?).map_err(|_| Malformed("record length"))?;
    let mut r = Reader::new(r.take(len)?);
    r.i8()?;
    r.varlong()?;
    let offset = base_offset + i64::from(r.varint()?);
    let key = bytes(&mut r)?;
    let value = bytes(&mut r)?;
    let mut headers = Vec::new();
    for _ in 0..r.varint()? {
        let name = bytes(&mut r)?.ok_or(Malformed("header name"))?;
        headers.push((String::from_utf8_lossy(&name).into_owned(), bytes(&mut r)?));
    }
    assert!(r.is_empty(), "record is longer than its contents");
    Ok(Record { offset, key, value, headers, marker })
}

fn bytes(r: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Malformed> {
    match usize::try_from(r.varint()?) {
        Err(_) => Ok(None),
        Ok(n) => Ok(Some(r.take(n)?.to_vec())),
    }
}
