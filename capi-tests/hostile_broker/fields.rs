//! The numbers in an answer, found by encoding it once more: every length, count, id, time, version and
//! error code is one.

use rdkafka::protocol::ApiKey;
use rdkafka::protocol::header;
use rdkafka::protocol::primitives::{Reader, Sink};
use rdkafka::protocol::{
    add_offsets_to_txn, add_partitions_to_txn, alter_configs, api_versions, create_partitions, create_topics,
    delete_topics, describe_cluster, describe_configs, end_txn, find_coordinator, incremental_alter_configs,
    init_producer_id, list_offsets, metadata, produce, txn_offset_commit,
};

/// A number's bytes in the answer.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    at: usize,
    len: usize,
    varint: bool,
}

/// Takes an answer and remembers where its numbers are.
#[derive(Default)]
struct Recorder {
    out: Vec<u8>,
    fields: Vec<Field>,
}

impl Recorder {
    fn number(&mut self, bytes: &[u8]) {
        self.fields.push(Field { at: self.out.len(), len: bytes.len(), varint: false });
        self.out.extend_from_slice(bytes);
    }
}

impl Sink for Recorder {
    fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn put_i8(&mut self, value: i8) {
        self.number(&value.to_be_bytes());
    }

    fn put_bool(&mut self, value: bool) {
        self.number(&[u8::from(value)]);
    }

    fn put_i16(&mut self, value: i16) {
        self.number(&value.to_be_bytes());
    }

    fn put_i32(&mut self, value: i32) {
        self.number(&value.to_be_bytes());
    }

    fn put_i64(&mut self, value: i64) {
        self.number(&value.to_be_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.number(&value.to_be_bytes());
    }

    fn put_base128(&mut self, value: u64) {
        let mut bytes = Vec::new();
        bytes.put_base128(value);
        self.fields.push(Field { at: self.out.len(), len: bytes.len(), varint: true });
        self.out.extend_from_slice(&bytes);
    }
}

/// What a length or a count of variable width is replaced by. The last one never ends.
const VARINTS: [&[u8]; 7] = [
    &[0],
    &[1],
    &[2],
    &[0x92, 0x4e],
    &[0xff, 0xff, 0xff, 0xff, 0x07],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff; 11],
];

impl Field {
    /// The field's extremes, as bytes.
    pub fn extremes(self) -> Vec<Vec<u8>> {
        let wide = |values: &[i64]| -> Vec<Vec<u8>> {
            values.iter().map(|v| v.to_be_bytes()[8 - self.len..].to_vec()).collect()
        };
        match self.len {
            _ if self.varint => VARINTS.iter().map(|v| v.to_vec()).collect(),
            1 => wide(&[0x7f, 0x80, 0xff, 0, 1]),
            2 => wide(&[0x7fff, 0x8000, -1, 0, 1, 29]),
            4 => wide(&[i64::from(i32::MAX), i64::from(i32::MIN), -1, 0, 1, 10_001]),
            _ => wide(&[i64::MAX, i64::MIN, -1, 0, 1 << 31]),
        }
    }

    /// The answer with these bytes in place of the field's.
    pub fn replaced(self, body: &[u8], by: &[u8]) -> Vec<u8> {
        [&body[..self.at], by, &body[self.at + self.len..]].concat()
    }
}

/// A sound answer's body, its numbers, and the same with its lists doubled and turned round.
#[derive(Default)]
pub struct Anatomy {
    pub body: Vec<u8>,
    pub fields: Vec<Field>,
    pub disorders: Vec<Vec<u8>>,
}

/// Each element twice, and all in reverse.
fn twice<T: Clone>(list: &mut Vec<T>) {
    *list = list.iter().flat_map(|e| [e.clone(), e.clone()]).collect();
}

/// Takes the body of an answer apart; `None` for an API that is not attacked.
pub fn anatomy(key: ApiKey, version: i16, body: &[u8]) -> Option<Anatomy> {
    macro_rules! apart {
        ($($api:ident => $module:ident $($list:ident)* ;)*) => {
            match key {
                $(ApiKey::$api => {
                    let response = $module::Response::decode(version, &mut Reader::new(body)).ok()?;
                    let mut recorder = Recorder::default();
                    response.encode(version, &mut recorder);
                    #[allow(unused_mut)] // Some answers have no lists.
                    let mut disorders = Vec::new();
                    $({
                        let mut other = response.clone();
                        twice(&mut other.$list);
                        let mut doubled = Vec::new();
                        other.encode(version, &mut doubled);
                        other.$list.reverse();
                        let mut turned = Vec::new();
                        other.encode(version, &mut turned);
                        disorders.extend([doubled, turned]);
                    })*
                    Some(Anatomy { body: recorder.out, fields: recorder.fields, disorders })
                })*
                _ => None,
            }
        };
    }
    let mut anatomy = apart! {
        Produce => produce topics;
        ListOffsets => list_offsets topics;
        Metadata => metadata brokers topics;
        ApiVersions => api_versions api_keys;
        FindCoordinator => find_coordinator coordinators;
        InitProducerId => init_producer_id;
        AddPartitionsToTxn => add_partitions_to_txn topics;
        AddOffsetsToTxn => add_offsets_to_txn;
        EndTxn => end_txn;
        TxnOffsetCommit => txn_offset_commit topics;
        CreateTopics => create_topics topics;
        DeleteTopics => delete_topics topics;
        CreatePartitions => create_partitions topics;
        DescribeConfigs => describe_configs resources;
        AlterConfigs => alter_configs resources;
        IncrementalAlterConfigs => incremental_alter_configs resources;
        DescribeCluster => describe_cluster brokers;
    }?;
    anatomy.disorders.extend(inner_disorders(key, version, body));
    Some(anatomy)
}

/// The partitions of a topic doubled and turned round.
fn inner_disorders(key: ApiKey, version: i16, body: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let r = &mut Reader::new(body);
    if key == ApiKey::Metadata
        && let Ok(mut response) = metadata::Response::decode(version, r)
    {
        response.topics.iter_mut().for_each(|t| twice(&mut t.partitions));
        out.push(Vec::new());
        response.encode(version, &mut out[0]);
        response.topics.iter_mut().for_each(|t| t.partitions.reverse());
        out.push(Vec::new());
        response.encode(version, &mut out[1]);
    }
    out
}

/// The header of an answer and its body, as one frame.
pub fn framed(key: ApiKey, version: i16, correlation_id: i32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    header::frame(&mut out, |out| {
        header::write_response_header(key, version, correlation_id, out);
        out.put(body);
    });
    out
}
