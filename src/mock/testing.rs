//! Shorthand for the unit tests of the handlers.

use crate::base::clock::Time;
use crate::mock::cluster::{Cluster, Reply, Settings};
use crate::protocol::ApiKey;
use crate::protocol::header::{self, RequestHeader};
use crate::protocol::primitives::Reader;

pub fn cluster(brokers: i32) -> Cluster {
    Cluster::new(Settings { brokers, ..Settings::default() })
}

pub fn request(api: ApiKey, version: i16, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut frame = Vec::new();
    RequestHeader { api, version, correlation_id: 77, client_id: Some("test".into()) }.encode(&mut frame);
    body(&mut frame);
    frame
}

/// Sends a request to `broker` at time 0.
pub fn send(
    cluster: &mut Cluster,
    broker: i32,
    api: ApiKey,
    version: i16,
    body: impl FnOnce(&mut Vec<u8>),
) -> Reply {
    cluster.handle(broker, 1, &request(api, version, body), Time(0), 0)
}

/// Takes an answer apart: it must be whole, with the right correlation id, and be read to its end.
pub fn open<T>(api: ApiKey, version: i16, bytes: &[u8], decode: impl FnOnce(&mut Reader<'_>) -> T) -> T {
    let mut r = Reader::new(bytes);
    assert_eq!(r.i32().unwrap() as usize, bytes.len() - 4, "length field");
    assert_eq!(header::read_correlation_id(&mut r), Ok(77));
    header::read_response_header_rest(api, version, &mut r).unwrap();
    let decoded = decode(&mut r);
    assert!(r.is_empty(), "{} bytes left over", r.remaining());
    decoded
}

/// Sends a request to broker 1 and reads the answer.
pub fn exchange<T>(
    cluster: &mut Cluster,
    api: ApiKey,
    version: i16,
    body: impl FnOnce(&mut Vec<u8>),
    decode: impl FnOnce(&mut Reader<'_>) -> T,
) -> T {
    let reply = send(cluster, 1, api, version, body);
    open(api, version, &reply.bytes.expect("an answer"), decode)
}
