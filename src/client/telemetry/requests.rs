//! GetTelemetrySubscriptions and PushTelemetry, from what is asked for to the wire and back.

use super::op::TelemetryOp;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::broker::{ControlRequest, ControlResult};
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::compress::Codec;
use crate::protocol::primitives::Reader;
use crate::protocol::{ApiKey, get_telemetry_subscriptions, push_telemetry};

/// `id`: what the client was called before, all zero the first time.
pub(super) fn subscriptions(client: &Arc<Client>, id: [u8; 16]) -> ControlRequest {
    use get_telemetry_subscriptions as wire;
    let request = wire::Request { client_instance_id: id };
    ControlRequest {
        api: ApiKey::GetTelemetrySubscriptions,
        versions: wire::VERSIONS,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply: client.reply_to_main(|answer| MainOp::Telemetry(TelemetryOp::Subscribed(subscribed(answer)))),
    }
}

fn subscribed(answer: ControlResult<'_>) -> Result<get_telemetry_subscriptions::Response, ErrorCode> {
    let (version, body) = answer.map_err(|e| e.code)?;
    let response = get_telemetry_subscriptions::Response::decode(version, &mut Reader::new(body));
    let response = response.map_err(|_| ErrorCode::_BAD_MSG)?;
    success(response.error_code).map(|()| response)
}

/// A push of a payload.
pub(super) struct Push {
    pub id: [u8; 16],
    pub subscription: i32,
    pub terminating: bool,
    pub codec: Codec,
    pub payload: Vec<u8>,
}

pub(super) fn push(client: &Arc<Client>, push: Push) -> ControlRequest {
    use push_telemetry as wire;
    let encode = move |version, out: &mut Vec<u8>| {
        let request = wire::Request {
            client_instance_id: push.id,
            subscription_id: push.subscription,
            terminating: push.terminating,
            compression_type: push.codec.id().cast_signed(),
            metrics: &push.payload,
        };
        request.encode(version, out);
    };
    ControlRequest {
        api: ApiKey::PushTelemetry,
        versions: wire::VERSIONS,
        encode: Box::new(encode),
        reply: client.reply_to_main(|answer| MainOp::Telemetry(TelemetryOp::Pushed(pushed(answer)))),
    }
}

fn pushed(answer: ControlResult<'_>) -> Result<(), ErrorCode> {
    let (version, body) = answer.map_err(|e| e.code)?;
    let response = push_telemetry::Response::decode(version, &mut Reader::new(body));
    success(response.map_err(|_| ErrorCode::_BAD_MSG)?.error_code)
}

fn success(code: i16) -> Result<(), ErrorCode> {
    let code = ErrorCode(i32::from(code));
    if code.is_ok() { Ok(()) } else { Err(code) }
}
