//! Whatever arrives, a decoder answers: random bytes, and sound messages with bytes changed, cut or added.
//! The answer may be a message, but then it must be one that can be written again.

use crate::Message;
use crate::samples::Sample;
use fastrand::Rng;
use rdkafka::protocol::record_batch::{RecordIter, batches, headers, validate};
use rdkafka::protocol::{
    ApiKey, Reader, api_versions, describe_groups, fetch, find_coordinator, header, heartbeat,
    init_producer_id, join_group, leave_group, list_groups, list_offsets, metadata, offset_commit,
    offset_fetch, offset_for_leader_epoch, produce, sync_group,
};

const INPUTS: u64 = 20_000;

fn random(rng: &mut Rng) -> Vec<u8> {
    let len = rng.usize(..200);
    // Bytes near zero make plausible lengths and counts, so that decoders get deeper.
    let small = rng.bool();
    (0..len).map(|_| if small && rng.u8(..8) != 0 { rng.u8(..6) } else { rng.u8(..) }).collect()
}

fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.u8(..)),
            _ if at < bytes.len() => bytes[at] = if rng.bool() { 0xff } else { rng.u8(..) },
            _ => {}
        }
    }
}

pub fn throw_at<M: Message<'static> + Sample>() {
    let versions = M::versions();
    for seed in 0..INPUTS {
        let rng = &mut Rng::with_seed(seed);
        let version = rng.i16(versions.clone());
        let mut bytes = if rng.bool() {
            random(rng)
        } else {
            let mut bytes = M::sample(rng).encode(version);
            damage(&mut bytes, rng);
            bytes
        };
        bytes.shrink_to_fit();
        let bytes: &'static [u8] = bytes.leak();
        if let Ok(message) = M::decode(version, &mut Reader::new(bytes)) {
            // Texts that were no UTF-8 may have grown, so this is no round trip of bytes.
            let again: &'static [u8] = message.encode(version).leak();
            let place = format!("{} version {version} seed {seed}", M::NAME);
            assert_eq!(M::decode(version, &mut Reader::new(again)).expect(&place), message, "{place}");
        }
    }
}

macro_rules! throw {
    ($($test:ident: $($message:ty),*;)*) => {$(
        #[test]
        fn $test() {
            $(throw_at::<$message>();)*
        }
    )*};
}

throw! {
    api_versions_takes_anything: api_versions::Request, api_versions::Response;
    fetch_takes_anything: fetch::Request, fetch::Response<'static>;
    epochs_take_anything: offset_for_leader_epoch::Request, offset_for_leader_epoch::Response;
    find_coordinator_takes_anything: find_coordinator::Request, find_coordinator::Response;
    init_producer_id_takes_anything: init_producer_id::Request, init_producer_id::Response;
    list_offsets_takes_anything: list_offsets::Request, list_offsets::Response;
    metadata_takes_anything: metadata::Request, metadata::Response;
    produce_takes_anything: produce::Request<'static>, produce::Response;
    offsets_take_anything: offset_commit::Request, offset_commit::Response, offset_fetch::Request,
        offset_fetch::Response;
    joining_takes_anything: join_group::Request<'static>, join_group::Response<'static>,
        sync_group::Request<'static>, sync_group::Response<'static>;
    members_take_anything: heartbeat::Request, heartbeat::Response, leave_group::Request, leave_group::Response;
    groups_take_anything: list_groups::Request, list_groups::Response, describe_groups::Request,
        describe_groups::Response<'static>;
}

#[test]
fn headers_records_and_batches_take_anything() {
    let sound = crate::batches::batch(5);
    for seed in 0..INPUTS {
        let rng = &mut Rng::with_seed(seed);
        let bytes = random(rng);
        let _ = header::RequestHeader::decode(&mut Reader::new(&bytes));
        let _ = header::read_response_header_rest(ApiKey::Produce, 9, &mut Reader::new(&bytes));
        let _ = headers::iter(&bytes).count();
        let _ = headers::check(&bytes);
        let mut r = Reader::new(&bytes);
        while r.varlong().is_ok() {}
        let records = RecordIter::new(&bytes).count();
        assert!(records <= bytes.len());
        assert!(validate(&bytes).is_err(), "seed {seed}");
        // With a fitting checksum the damage gets past the first gate.
        let mut batch = sound.clone();
        damage(&mut batch, rng);
        assert!(batches(&batch).count() <= 1, "seed {seed}");
        if batch.len() > 21 {
            let crc = crc32c::crc32c(&batch[21..]).to_be_bytes();
            batch[17..21].copy_from_slice(&crc);
        }
        let _ = validate(&batch);
    }
}
