//! The APIs of the Kafka protocol up to 4.1: keys, names, flexible versions.

use super::version::Version;
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

            /// The first flexible version of the API; for an unknown one it is taken to be flexible from the
            /// start, as every API added to Kafka lately is.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(ApiKey::ApiVersions.to_string(), "ApiVersions");
        assert_eq!(ApiKey(555).to_string(), "Unknown-555");
        assert!(ApiKey::ALL.is_sorted());
    }
}
