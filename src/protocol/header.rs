//! The headers of requests and responses, and the frame around both.

use super::api_key::{ApiKey, flexible};
use super::primitives::{Malformed, Reader, Sink};

/// The version of the request header that goes with a request.
pub const fn request_header_version(api: ApiKey, version: i16) -> i16 {
    if flexible(api, version) {
        2
    } else if api.0 == ApiKey::ControlledShutdown.0 && version == 0 {
        0
    } else {
        1
    }
}

/// The version of the response header that goes with a request. ApiVersions always answers with version 0:
/// the client cannot know yet what the broker speaks.
pub const fn response_header_version(api: ApiKey, version: i16) -> i16 {
    if flexible(api, version) && api.0 != ApiKey::ApiVersions.0 { 1 } else { 0 }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHeader {
    pub api: ApiKey,
    pub version: i16,
    pub correlation_id: i32,
    pub client_id: Option<String>,
}

impl RequestHeader {
    pub fn encode<S: Sink>(&self, out: &mut S) {
        write_request_header(self.api, self.version, self.correlation_id, self.client_id.as_deref(), out);
    }

    /// Reads the header and finds its version from the API and version it announces.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let api = ApiKey(r.i16()?);
        let version = r.i16()?;
        let correlation_id = r.i32()?;
        let header_version = request_header_version(api, version);
        // The client id stays in the legacy spelling even in the flexible header.
        let client_id = if header_version >= 1 { r.nullable_string(false)?.map(Into::into) } else { None };
        if header_version >= 2 {
            r.skip_tagged_fields()?;
        }
        Ok(Self { api, version, correlation_id, client_id })
    }
}

/// Appends a request header without building a `RequestHeader`.
pub fn write_request_header<S: Sink>(
    api: ApiKey,
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
    out: &mut S,
) {
    let header_version = request_header_version(api, version);
    out.put_i16(api.0);
    out.put_i16(version);
    out.put_i32(correlation_id);
    if header_version >= 1 {
        out.put_nullable_string(client_id, false);
    }
    if header_version >= 2 {
        out.put_uvarint(0);
    }
}

pub fn write_response_header<S: Sink>(api: ApiKey, version: i16, correlation_id: i32, out: &mut S) {
    out.put_i32(correlation_id);
    if response_header_version(api, version) >= 1 {
        out.put_uvarint(0);
    }
}

/// The correlation id at the start of a response: enough to find the request, which says how to read the
/// rest.
pub fn read_correlation_id(r: &mut Reader<'_>) -> Result<i32, Malformed> {
    r.i32()
}

/// What follows the correlation id in the response header.
pub fn read_response_header_rest(api: ApiKey, version: i16, r: &mut Reader<'_>) -> Result<(), Malformed> {
    if response_header_version(api, version) >= 1 { r.skip_tagged_fields() } else { Ok(()) }
}

/// Appends a frame: its length in four bytes, then what `content` writes.
pub fn frame(out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.put_i32(0);
    content(out);
    let len = (out.len() - start - 4) as u32;
    if let Some(place) = out.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<4>) {
        *place = len.to_be_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_versions() {
        assert_eq!(request_header_version(ApiKey::ApiVersions, 2), 1);
        assert_eq!(request_header_version(ApiKey::ApiVersions, 3), 2);
        assert_eq!(response_header_version(ApiKey::ApiVersions, 4), 0);
        assert_eq!(response_header_version(ApiKey::Produce, 8), 0);
        assert_eq!(response_header_version(ApiKey::Produce, 9), 1);
        assert_eq!(request_header_version(ApiKey::SaslHandshake, 1), 1);
        assert_eq!(request_header_version(ApiKey::ControlledShutdown, 0), 0);
    }

    #[test]
    fn request_headers_round_trip() {
        for (api, version, len) in [
            (ApiKey::Produce, 8, 8 + 2 + 4),
            (ApiKey::Produce, 9, 8 + 2 + 4 + 1),
            (ApiKey::ControlledShutdown, 0, 8),
        ] {
            let client_id = (api == ApiKey::Produce).then(|| "rdka".to_owned());
            let header = RequestHeader { api, version, correlation_id: -7, client_id };
            let mut out = Vec::new();
            header.encode(&mut out);
            assert_eq!(out.len(), len);
            assert_eq!(RequestHeader::decode(&mut Reader::new(&out)), Ok(header));
        }
    }

    #[test]
    fn frames_carry_their_length() {
        let mut out = vec![9];
        frame(&mut out, |out| out.put_i16(258));
        assert_eq!(out, [9, 0, 0, 0, 2, 1, 2]);
    }
}
