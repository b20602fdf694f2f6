//! What the events of admin results are called.

use crate::capi::abi::consts::*;
use crate::capi::abi::types::rd_kafka_event_type_t;
use std::ffi::CStr;

/// The name of the type of an outcome.
pub(crate) fn outcome_name(kind: rd_kafka_event_type_t) -> &'static CStr {
    match kind {
        RD_KAFKA_EVENT_OFFSET_COMMIT => c"OffsetCommit",
        RD_KAFKA_EVENT_CREATETOPICS_RESULT => c"CreateTopicsResult",
        RD_KAFKA_EVENT_DELETETOPICS_RESULT => c"DeleteTopicsResult",
        RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT => c"CreatePartitionsResult",
        RD_KAFKA_EVENT_ALTERCONFIGS_RESULT => c"AlterConfigsResult",
        RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT => c"IncrementalAlterConfigsResult",
        RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT => c"DescribeConfigsResult",
        RD_KAFKA_EVENT_DELETERECORDS_RESULT => c"DeleteRecordsResult",
        RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT => c"ListConsumerGroupsResult",
        RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT => c"DescribeConsumerGroupsResult",
        RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT => c"DescribeTopicsResult",
        RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT => c"DescribeClusterResult",
        RD_KAFKA_EVENT_DELETEGROUPS_RESULT => c"DeleteGroupsResult",
        RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT => c"DeleteConsumerGroupOffsetsResult",
        RD_KAFKA_EVENT_CREATEACLS_RESULT => c"CreateAclsResult",
        RD_KAFKA_EVENT_DESCRIBEACLS_RESULT => c"DescribeAclsResult",
        RD_KAFKA_EVENT_DELETEACLS_RESULT => c"DeleteAclsResult",
        RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT => c"AlterConsumerGroupOffsetsResult",
        RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT => c"ListConsumerGroupOffsetsResult",
        RD_KAFKA_EVENT_DESCRIBEUSERSCRAMCREDENTIALS_RESULT => c"DescribeUserScramCredentials",
        RD_KAFKA_EVENT_ALTERUSERSCRAMCREDENTIALS_RESULT => c"AlterUserScramCredentials",
        RD_KAFKA_EVENT_LISTOFFSETS_RESULT => c"ListOffsetsResult",
        RD_KAFKA_EVENT_ELECTLEADERS_RESULT => c"ElectLeadersResult",
        _ => c"?unknown?",
    }
}
