//! The APIs of the Kafka protocol up to 4.1: keys, names, flexible versions, and the headers of requests and responses.

use super::primitives::{Malformed, Reader, Sink};
use super::wire::Version;
use std::fmt;

/// The number of an API. A newtype: brokers announce keys that this list does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiKey(pub i16);

/// No version of the API is flexible.
const NEVER: i16 = i16::MAX;

macro_rules! api_keys {
    ($($name:ident = $key:literal, $flexible:expr;)*) => {
        #[allow(non_upper_case_globals)]
        impl ApiKey {
            $(pub const $name: Self = Self($key);)*

            /// All keys known here.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The API's name in the Kafka protocol, `None` for a key not known here.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($key => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// The name that librdkafka has for it, in statistics and log lines.
            pub const fn short_name(self) -> &'static str {
                match (self, self.name()) {
                    (Self::ApiVersions, _) => "ApiVersion",
                    (_, Some(name)) => name,
                    (_, None) => "Unknown",
                }
            }

            /// The first flexible version of the API; for an unknown one it is taken to be flexible from the start, as
            /// every API added to Kafka lately is.
            const fn first_flexible(self) -> i16 {
                match self.0 {
                    $($key => $flexible,)*
                    _ => 0,
                }
            }
        }
    };
}

// Name = key, first flexible version.
api_keys! {
    Produce = 0, 9;
    Fetch = 1, 12;
    ListOffsets = 2, 6;
    Metadata = 3, 9;
    LeaderAndIsr = 4, 4;
    StopReplica = 5, 2;
    UpdateMetadata = 6, 6;
    ControlledShutdown = 7, 3;
    OffsetCommit = 8, 8;
    OffsetFetch = 9, 6;
    FindCoordinator = 10, 3;
    JoinGroup = 11, 6;
    Heartbeat = 12, 4;
    LeaveGroup = 13, 4;
    SyncGroup = 14, 4;
    DescribeGroups = 15, 5;
    ListGroups = 16, 3;
    SaslHandshake = 17, NEVER;
    ApiVersions = 18, 3;
    CreateTopics = 19, 5;
    DeleteTopics = 20, 4;
    DeleteRecords = 21, 2;
    InitProducerId = 22, 2;
    OffsetForLeaderEpoch = 23, 4;
    AddPartitionsToTxn = 24, 3;
    AddOffsetsToTxn = 25, 3;
    EndTxn = 26, 3;
    WriteTxnMarkers = 27, 1;
    TxnOffsetCommit = 28, 3;
    DescribeAcls = 29, 2;
    CreateAcls = 30, 2;
    DeleteAcls = 31, 2;
    DescribeConfigs = 32, 4;
    AlterConfigs = 33, 2;
    AlterReplicaLogDirs = 34, 2;
    DescribeLogDirs = 35, 2;
    SaslAuthenticate = 36, 2;
    CreatePartitions = 37, 2;
    CreateDelegationToken = 38, 2;
    RenewDelegationToken = 39, 2;
    ExpireDelegationToken = 40, 2;
    DescribeDelegationToken = 41, 2;
    DeleteGroups = 42, 2;
    ElectLeaders = 43, 2;
    IncrementalAlterConfigs = 44, 1;
    AlterPartitionReassignments = 45, 0;
    ListPartitionReassignments = 46, 0;
    OffsetDelete = 47, NEVER;
    DescribeClientQuotas = 48, 1;
    AlterClientQuotas = 49, 1;
    DescribeUserScramCredentials = 50, 0;
    AlterUserScramCredentials = 51, 0;
    Vote = 52, 0;
    BeginQuorumEpoch = 53, 1;
    EndQuorumEpoch = 54, 1;
    DescribeQuorum = 55, 0;
    AlterPartition = 56, 0;
    UpdateFeatures = 57, 0;
    Envelope = 58, 0;
    FetchSnapshot = 59, 0;
    DescribeCluster = 60, 0;
    DescribeProducers = 61, 0;
    BrokerRegistration = 62, 0;
    BrokerHeartbeat = 63, 0;
    UnregisterBroker = 64, 0;
    DescribeTransactions = 65, 0;
    ListTransactions = 66, 0;
    AllocateProducerIds = 67, 0;
    ConsumerGroupHeartbeat = 68, 0;
    ConsumerGroupDescribe = 69, 0;
    ControllerRegistration = 70, 0;
    GetTelemetrySubscriptions = 71, 0;
    PushTelemetry = 72, 0;
    AssignReplicasToDirs = 73, 0;
    ListConfigResources = 74, 0;
    DescribeTopicPartitions = 75, 0;
    ShareGroupHeartbeat = 76, 0;
    ShareGroupDescribe = 77, 0;
    ShareFetch = 78, 0;
    ShareAcknowledge = 79, 0;
    AddRaftVoter = 80, 0;
    RemoveRaftVoter = 81, 0;
    UpdateRaftVoter = 82, 0;
    InitializeShareGroupState = 83, 0;
    ReadShareGroupState = 84, 0;
    WriteShareGroupState = 85, 0;
    DeleteShareGroupState = 86, 0;
    ReadShareGroupStateSummary = 87, 0;
    StreamsGroupHeartbeat = 88, 0;
    StreamsGroupDescribe = 89, 0;
    DescribeShareGroupOffsets = 90, 0;
    AlterShareGroupOffsets = 91, 0;
    DeleteShareGroupOffsets = 92, 0;
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Unknown-{}", self.0),
        }
    }
}

/// Whether this version of the API has compact lengths and tagged fields.
pub const fn flexible(api: ApiKey, version: i16) -> bool {
    version >= api.first_flexible()
}

/// The version with what follows from it, as the encoders and decoders want it.
pub const fn version(api: ApiKey, number: i16) -> Version {
    Version { number, flexible: flexible(api, number) }
}

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

/// The version of the response header that goes with a request. ApiVersions always answers with version 0: the
/// client cannot know yet what the broker speaks.
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

/// The correlation id at the start of a response: enough to find the request, which says how to read the rest.
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
    fn names() {
        assert_eq!(ApiKey::ApiVersions.to_string(), "ApiVersions");
        assert_eq!(ApiKey(555).to_string(), "Unknown-555");
        assert!(ApiKey::ALL.is_sorted());
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
