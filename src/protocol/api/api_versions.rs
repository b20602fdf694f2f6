//! ApiVersions (key 18), versions 0 to 4.

use crate::protocol::api_key::{self, ApiKey};
use crate::protocol::primitives::{Malformed, Reader, Sink};
use crate::protocol::wire::{Wire, wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=4;
/// The newest version the client asks in; it falls back on what the broker answers with UNSUPPORTED_VERSION.
pub const CLIENT_MAX_VERSION: i16 = 3;

wire_struct! {
    pub struct Request {
        client_software_name: String [3..],
        client_software_version: String [3..],
    }
}

wire_struct! {
    /// The versions of one API that the broker speaks.
    pub struct ApiRange {
        api_key: i16,
        min_version: i16,
        max_version: i16,
    }
}

wire_struct! {
    pub struct SupportedFeature {
        name: String,
        min_version: i16,
        max_version: i16,
    }
}

wire_struct! {
    pub struct FinalizedFeature {
        name: String,
        max_version_level: i16,
        min_version_level: i16,
    }
}

wire_struct! {
    pub struct Response {
        error_code: i16,
        api_keys: Vec<ApiRange>,
        throttle_time_ms: i32 [1..],
    }
    tagged {
        0 => supported_features: Vec<SupportedFeature> [3..],
        1 => finalized_features_epoch: i64 [3.., -1],
        2 => finalized_features: Vec<FinalizedFeature> [3..],
        3 => zk_migration_ready: bool [3..],
    }
}

wire_message!(Request, ApiKey::ApiVersions, VERSIONS);

impl Response {
    pub fn encode<S: Sink>(&self, version: i16, out: &mut S) {
        self.write(out, api_key::version(ApiKey::ApiVersions, version));
    }

    /// Reads the answer to a request of `version`. A broker that does not know that version answers in
    /// version 0 with UNSUPPORTED_VERSION: of an answer with an error that is not in the version asked for,
    /// the error is all that counts, as it is for librdkafka, which then asks in version 0.
    pub fn decode(version: i16, r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if !VERSIONS.contains(&version) {
            return Err(Malformed("ApiVersions: version not known here"));
        }
        let error_code = r.clone().i16()?;
        let mut whole = r.clone();
        let response = Self::read(&mut whole, api_key::version(ApiKey::ApiVersions, version));
        if error_code == 0 {
            *r = whole;
            return response;
        }
        r.take(r.remaining())?;
        let in_this_version = response.ok().filter(|_| whole.is_empty());
        Ok(in_this_version.unwrap_or_else(|| Self { error_code, ..Default::default() }))
    }

    /// The versions of `api` that the broker speaks.
    pub fn range(&self, api: ApiKey) -> Option<RangeInclusive<i16>> {
        self.api_keys
            .iter()
            .find(|range| range.api_key == api.0)
            .map(|range| range.min_version..=range.max_version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorCode;

    #[test]
    fn of_an_error_in_version_0_the_error_counts() {
        let refusal = Response {
            error_code: ErrorCode::UNSUPPORTED_VERSION.0 as i16,
            api_keys: vec![ApiRange { api_key: 18, min_version: 0, max_version: 2 }],
            ..Default::default()
        };
        let mut out = Vec::new();
        refusal.encode(0, &mut out);
        for version in 0..=4 {
            let mut r = Reader::new(&out);
            let response = Response::decode(version, &mut r).unwrap();
            assert_eq!(response.error_code, 35);
            assert_eq!(response.range(ApiKey::ApiVersions), (version == 0).then_some(0..=2), "{version}");
            assert!(r.is_empty());
        }
        // Before 2.4 there was nothing but the error, with an empty list.
        let bare = [0, 35, 0, 0, 0, 0];
        assert_eq!(Response::decode(3, &mut Reader::new(&bare)).unwrap().error_code, 35);
    }

    #[test]
    fn an_unsupported_version_answer_in_the_asked_version_is_understood_too() {
        let refusal = Response { error_code: 35, ..Default::default() };
        let mut out = Vec::new();
        refusal.encode(3, &mut out);
        assert_eq!(Response::decode(3, &mut Reader::new(&out)), Ok(refusal));
    }

    #[test]
    fn an_unsupported_version_answer_in_no_version_still_tells_the_error() {
        // As the mock cluster of librdkafka 2.15.1 answers version 3.
        let bytes = [0, 35, 1, 0, 18, 0, 0, 0, 2, 0, 0, 0, 0];
        let mut r = Reader::new(&bytes);
        let bare = Response { error_code: 35, ..Default::default() };
        assert_eq!(Response::decode(3, &mut r), Ok(bare));
        assert!(r.is_empty());
    }
}
