//! GetTelemetrySubscriptions and PushTelemetry, version 0 (KIP-714): which metrics clients are asked for.
//!
//! Deviation from Kafka: what clients push is read and counted, and the last of it kept; it may come at any
//! time.

use crate::base::error::ErrorCode;
use crate::compress::{Codec, decompress};
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::protocol::otlp::MetricsData;
use crate::protocol::primitives::{Malformed, Reader};
use crate::protocol::{get_telemetry_subscriptions, push_telemetry};
use std::time::Duration;

/// zstd, lz4, gzip, snappy, in Kafka's order.
const ACCEPTED_COMPRESSION: [i8; 4] = [4, 3, 1, 2];
const MAX_BYTES: i32 = 1 << 20;
/// What a push may become when it is decompressed.
const MAX_PLAIN_BYTES: usize = 8 << 20;
const NO_ID: [u8; 16] = [0; 16];

#[derive(Debug)]
pub struct Telemetry {
    metrics: Vec<String>,
    push_interval: Duration,
    instances: u32,
    /// How many pushes have been taken.
    pushes: usize,
    /// The client instances whose last push was taken.
    terminated: usize,
    last: MetricsData,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            metrics: Vec::new(),
            push_interval: Duration::from_secs(300),
            instances: 0,
            pushes: 0,
            terminated: 0,
            last: MetricsData::default(),
        }
    }
}

impl Telemetry {
    /// 0 while nothing is wanted, as on librdkafka's mock: with another, clients log the id that they are
    /// given.
    fn subscription_id(&self) -> i32 {
        if self.metrics.is_empty() {
            return 0;
        }
        let text = format!("{:?} {:?}", self.metrics, self.push_interval);
        crc32fast::hash(text.as_bytes()).cast_signed()
    }

    fn new_instance(&mut self) -> [u8; 16] {
        self.instances = self.instances.wrapping_add(1);
        let mut id = *b"mock-client\0\0\0\0\0";
        if let Some(tail) = id.last_chunk_mut::<4>() {
            *tail = self.instances.to_be_bytes();
        }
        id
    }
}

pub fn subscriptions(
    telemetry: &mut Telemetry,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = get_telemetry_subscriptions::Request::decode(call.version, body)?;
    let known = request.client_instance_id != NO_ID;
    let mut response = get_telemetry_subscriptions::Response {
        throttle_time_ms: call.throttle_ms,
        error_code: wire_code(call.error),
        ..Default::default()
    };
    if call.error == ErrorCode::NO_ERROR {
        response.client_instance_id =
            if known { request.client_instance_id } else { telemetry.new_instance() };
        response.subscription_id = telemetry.subscription_id();
        response.accepted_compression_types = ACCEPTED_COMPRESSION.to_vec();
        response.push_interval_ms = i32::try_from(telemetry.push_interval.as_millis()).unwrap_or(i32::MAX);
        response.telemetry_max_bytes = MAX_BYTES;
        response.delta_temporality = true;
        response.requested_metrics.clone_from(&telemetry.metrics);
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

pub fn push(
    telemetry: &mut Telemetry,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = push_telemetry::Request::decode(call.version, body)?;
    let outcome = call.pushed_error().and_then(|()| telemetry.take(&request));
    let error_code = outcome.map_or_else(wire_code, |()| wire_code(ErrorCode::NO_ERROR));
    let response = push_telemetry::Response { throttle_time_ms: call.throttle_ms, error_code };
    Ok(call.answer(|out| response.encode(call.version, out)))
}

impl Telemetry {
    fn take(&mut self, request: &push_telemetry::Request<'_>) -> Result<(), ErrorCode> {
        if request.client_instance_id == NO_ID {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        if request.subscription_id != self.subscription_id() {
            return Err(ErrorCode::UNKNOWN_SUBSCRIPTION_ID);
        }
        if request.compression_type != 0 && !ACCEPTED_COMPRESSION.contains(&request.compression_type) {
            return Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
        }
        if request.metrics.len() > usize::try_from(MAX_BYTES).unwrap_or(usize::MAX) {
            return Err(ErrorCode::TELEMETRY_TOO_LARGE);
        }
        self.last = metrics(request)?;
        self.pushes += 1;
        self.terminated += usize::from(request.terminating);
        Ok(())
    }
}

fn metrics(request: &push_telemetry::Request<'_>) -> Result<MetricsData, ErrorCode> {
    let codec = u8::try_from(request.compression_type).ok().and_then(Codec::from_id);
    let mut plain = Vec::new();
    decompress(codec.unwrap_or_default(), request.metrics, MAX_PLAIN_BYTES, &mut plain)
        .map_err(|_| ErrorCode::INVALID_RECORD)?;
    MetricsData::from_bytes(&plain).map_err(|_| ErrorCode::INVALID_RECORD)
}

impl Telemetry {
    /// Asks clients for the metrics with these prefixes: none at all for none, all of them for an empty one.
    pub fn set_requested_metrics(&mut self, metrics: Vec<String>) {
        self.metrics = metrics;
    }

    /// How often clients are to push.
    ///
    /// # Errors
    /// When it is zero or too long for the protocol.
    pub fn set_push_interval(&mut self, interval: Duration) -> Result<(), ErrorCode> {
        if !(1..=i32::MAX.unsigned_abs().into()).contains(&interval.as_millis()) {
            return Err(ErrorCode::_INVALID_ARG);
        }
        self.push_interval = interval;
        Ok(())
    }

    /// The metrics of the last push.
    #[must_use]
    pub fn last_push(&self) -> &MetricsData {
        &self.last
    }

    /// How many pushes have been taken, and how many of them were a client's last.
    #[must_use]
    pub fn pushes(&self) -> (usize, usize) {
        (self.pushes, self.terminated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;

    fn subscribe(c: &mut Cluster, id: [u8; 16]) -> get_telemetry_subscriptions::Response {
        let request = get_telemetry_subscriptions::Request { client_instance_id: id };
        exchange(
            c,
            ApiKey::GetTelemetrySubscriptions,
            0,
            |out| request.encode(0, out),
            |r| get_telemetry_subscriptions::Response::decode(0, r).unwrap(),
        )
    }

    fn push_to(c: &mut Cluster, request: &push_telemetry::Request<'_>) -> i16 {
        exchange(
            c,
            ApiKey::PushTelemetry,
            0,
            |out| request.encode(0, out),
            |r| push_telemetry::Response::decode(0, r).unwrap().error_code,
        )
    }

    #[test]
    fn subscriptions_and_pushes() {
        let mut c = cluster(1);
        assert!(subscribe(&mut c, NO_ID).requested_metrics.is_empty());
        c.set_requested_metrics(vec![String::new()]);
        c.set_push_interval(Duration::from_millis(250)).unwrap();
        assert_eq!(c.set_push_interval(Duration::ZERO), Err(ErrorCode::_INVALID_ARG));
        let s = subscribe(&mut c, NO_ID);
        assert_eq!((s.push_interval_ms, s.requested_metrics.as_slice()), (250, &[String::new()][..]));
        assert_ne!(s.client_instance_id, NO_ID);
        assert_eq!(subscribe(&mut c, s.client_instance_id).client_instance_id, s.client_instance_id);
        let mut p = push_telemetry::Request {
            client_instance_id: s.client_instance_id,
            subscription_id: s.subscription_id,
            terminating: true,
            metrics: b"",
            ..Default::default()
        };
        assert_eq!(push_to(&mut c, &p), 0);
        p.metrics = b"x";
        assert_eq!(push_to(&mut c, &p), 87, "no metrics");
        p.compression_type = 4;
        assert_eq!(push_to(&mut c, &p), 87, "and nothing that zstd has written");
        p.compression_type = 9;
        assert_eq!(push_to(&mut c, &p), 76);
        p.subscription_id ^= 1;
        assert_eq!(push_to(&mut c, &p), 117);
        assert_eq!(c.telemetry_pushes(), (1, 1));
    }
}
