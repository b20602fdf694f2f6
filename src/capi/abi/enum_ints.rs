//! Enums as they arrive from C: plain `int`s. The header generator replaces these aliases by the enums of the
//! same name (see `tests/header_drift.rs`), so this file is not part of what cbindgen reads.

use std::ffi::c_int;

pub type rd_kafka_type_t = c_int;
pub type rd_kafka_timestamp_type_t = c_int;
pub type rd_kafka_resp_err_t = c_int;
pub type rd_kafka_vtype_t = c_int;
pub type rd_kafka_msg_status_t = c_int;
pub type rd_kafka_conf_res_t = c_int;
pub type rd_kafka_cert_type_t = c_int;
pub type rd_kafka_cert_enc_t = c_int;
pub type rd_kafka_thread_type_t = c_int;
pub type rd_kafka_consumer_group_state_t = c_int;
pub type rd_kafka_consumer_group_type_t = c_int;
pub type rd_kafka_share_AcknowledgeType_t = c_int;
pub type rd_kafka_admin_op_t = c_int;
pub type rd_kafka_IsolationLevel_t = c_int;
pub type rd_kafka_AclOperation_t = c_int;
pub type rd_kafka_ConfigSource_t = c_int;
pub type rd_kafka_ResourceType_t = c_int;
pub type rd_kafka_ResourcePatternType_t = c_int;
pub type rd_kafka_AlterConfigOpType_t = c_int;
pub type rd_kafka_OffsetSpec_t = c_int;
pub type rd_kafka_ScramMechanism_t = c_int;
pub type rd_kafka_AclPermissionType_t = c_int;
pub type rd_kafka_ElectionType_t = c_int;
