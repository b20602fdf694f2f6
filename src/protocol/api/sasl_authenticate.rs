//! SaslAuthenticate (key 36), versions 0 to 2.

use crate::protocol::ApiKey;
use crate::protocol::wire::{wire_message, wire_struct};
use std::ops::RangeInclusive;

pub const VERSIONS: RangeInclusive<i16> = 0..=2;

wire_struct! {
    pub struct Request<'a> {
        auth_bytes: &'a [u8],
    }
}

wire_struct! {
    pub struct Response<'a> {
        error_code: i16,
        error_message: Option<String>,
        auth_bytes: &'a [u8],
        /// After so long the client has to authenticate again (KIP-368); 0: never.
        session_lifetime_ms: i64 [1..],
    }
}

wire_message!(Request<'a>, ApiKey::SaslAuthenticate, VERSIONS);
wire_message!(Response<'a>, ApiKey::SaslAuthenticate, VERSIONS);
