//! The enums of the header, with their values. Rust code takes its numbers from here (`X::Y as c_int`) but
//! never lets a value from C become one of these types. `_e` types are renamed to their C tags by
//! `cbindgen.toml`.

/// Kind of client instance.
#[repr(C)]
pub enum rd_kafka_type_e {
    /// Writes messages.
    RD_KAFKA_PRODUCER,
    /// Reads messages.
    RD_KAFKA_CONSUMER,
}

/// Where a message timestamp comes from.
#[repr(C)]
pub enum rd_kafka_timestamp_type_e {
    /// The message has no timestamp.
    RD_KAFKA_TIMESTAMP_NOT_AVAILABLE,
    /// Set by the producer when the message was created.
    RD_KAFKA_TIMESTAMP_CREATE_TIME,
    /// Set by the broker when it appended the message to its log.
    RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME,
}

/// Tags of the arguments of rd_kafka_producev() and rd_kafka_produceva(). With producev, use the
/// RD_KAFKA_V_..() macros, which put the tag and its correctly typed values into the argument list.
#[repr(C)]
pub enum rd_kafka_vtype_e {
    /// End of the argument list.
    RD_KAFKA_VTYPE_END,
    /// (const char *) Topic name.
    RD_KAFKA_VTYPE_TOPIC,
    /// (rd_kafka_topic_t *) Topic handle.
    RD_KAFKA_VTYPE_RKT,
    /// (int32_t) Partition.
    RD_KAFKA_VTYPE_PARTITION,
    /// (void *, size_t) Message value (payload).
    RD_KAFKA_VTYPE_VALUE,
    /// (void *, size_t) Message key.
    RD_KAFKA_VTYPE_KEY,
    /// (void *) Per-message opaque, returned in the delivery report.
    RD_KAFKA_VTYPE_OPAQUE,
    /// (int) RD_KAFKA_MSG_F_.. flags.
    RD_KAFKA_VTYPE_MSGFLAGS,
    /// (int64_t) Milliseconds since the epoch, UTC.
    RD_KAFKA_VTYPE_TIMESTAMP,
    /// (const char *, const void *, ssize_t) One header: name, value, value size. The size may be -1 for a
    /// NUL-terminated value. May be given several times.
    RD_KAFKA_VTYPE_HEADER,
    /// (rd_kafka_headers_t *) A whole list of headers, owned by the library once the call has succeeded.
    RD_KAFKA_VTYPE_HEADERS,
}

/// Whether a message reached the log of its partition.
#[repr(C)]
pub enum rd_kafka_msg_status_e {
    /// The message was never sent, or failed in a way that rules out that the broker wrote it. Producing it
    /// again cannot make a duplicate.
    RD_KAFKA_MSG_STATUS_NOT_PERSISTED = 0,
    /// The message was sent but no answer came: it may or may not be in the log.
    RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED = 1,
    /// The broker acknowledged the message.
    RD_KAFKA_MSG_STATUS_PERSISTED = 2,
}

/// Outcome of setting or getting a configuration property.
#[repr(C)]
pub enum rd_kafka_conf_res_e {
    /// There is no property of that name.
    RD_KAFKA_CONF_UNKNOWN = -2,
    /// The value is not valid for the property, or cannot be used in this build.
    RD_KAFKA_CONF_INVALID = -1,
    /// Done.
    RD_KAFKA_CONF_OK = 0,
}

/// What a certificate given to rd_kafka_conf_set_ssl_cert() is for.
#[repr(C)]
pub enum rd_kafka_cert_type_e {
    /// The client's public certificate.
    RD_KAFKA_CERT_PUBLIC_KEY,
    /// The client's private key.
    RD_KAFKA_CERT_PRIVATE_KEY,
    /// Certificates of the authorities to trust.
    RD_KAFKA_CERT_CA,
    /// Number of values.
    RD_KAFKA_CERT__CNT,
}

/// Encoding of a certificate or key.
#[repr(C)]
pub enum rd_kafka_cert_enc_e {
    /// PKCS#12.
    RD_KAFKA_CERT_ENC_PKCS12,
    /// DER, ASN.1 in binary.
    RD_KAFKA_CERT_ENC_DER,
    /// PEM.
    RD_KAFKA_CERT_ENC_PEM,
    /// Number of values.
    RD_KAFKA_CERT_ENC__CNT,
}

/// Threads of a client instance, as told to the thread interceptors.
#[repr(C)]
pub enum rd_kafka_thread_type_e {
    /// The one main thread.
    RD_KAFKA_THREAD_MAIN,
    /// The thread that serves background events, when enabled.
    RD_KAFKA_THREAD_BACKGROUND,
    /// A thread that serves a broker connection.
    RD_KAFKA_THREAD_BROKER,
}

/// State of a consumer group.
#[repr(C)]
pub enum rd_kafka_consumer_group_state_e {
    RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN = 0,
    RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE = 1,
    RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE = 2,
    RD_KAFKA_CONSUMER_GROUP_STATE_STABLE = 3,
    RD_KAFKA_CONSUMER_GROUP_STATE_DEAD = 4,
    RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY = 5,
    /// Number of values.
    RD_KAFKA_CONSUMER_GROUP_STATE__CNT,
}

/// Protocol that a consumer group uses.
#[repr(C)]
pub enum rd_kafka_consumer_group_type_e {
    RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN = 0,
    RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER = 1,
    RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC = 2,
    /// Number of values.
    RD_KAFKA_CONSUMER_GROUP_TYPE__CNT,
}

/// How a share consumer answers for a record.
#[repr(C)]
pub enum rd_kafka_share_AcknowledgeType_s {
    /// Processed.
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_ACCEPT = 1,
    /// Not processed; to be delivered again.
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_RELEASE = 2,
    /// Not processed; not to be delivered again.
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_REJECT = 3,
}

/// Admin operations, for options that apply to one of them only.
#[repr(C)]
pub enum rd_kafka_admin_op_e {
    RD_KAFKA_ADMIN_OP_ANY = 0,
    RD_KAFKA_ADMIN_OP_CREATETOPICS,
    RD_KAFKA_ADMIN_OP_DELETETOPICS,
    RD_KAFKA_ADMIN_OP_CREATEPARTITIONS,
    RD_KAFKA_ADMIN_OP_ALTERCONFIGS,
    RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
    RD_KAFKA_ADMIN_OP_DELETERECORDS,
    RD_KAFKA_ADMIN_OP_DELETEGROUPS,
    RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS,
    RD_KAFKA_ADMIN_OP_CREATEACLS,
    RD_KAFKA_ADMIN_OP_DESCRIBEACLS,
    RD_KAFKA_ADMIN_OP_DELETEACLS,
    RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
    RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS,
    RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
    RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
    RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
    RD_KAFKA_ADMIN_OP_DESCRIBEUSERSCRAMCREDENTIALS,
    RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS,
    RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
    RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER,
    RD_KAFKA_ADMIN_OP_LISTOFFSETS,
    RD_KAFKA_ADMIN_OP_ELECTLEADERS,
    /// Number of values.
    RD_KAFKA_ADMIN_OP__CNT,
}

/// Which messages of transactions a reader gets to see.
#[repr(C)]
pub enum rd_kafka_IsolationLevel_e {
    RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED = 0,
    RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED = 1,
}

/// Operations that an ACL allows or denies.
#[repr(C)]
pub enum rd_kafka_AclOperation_e {
    RD_KAFKA_ACL_OPERATION_UNKNOWN = 0,
    RD_KAFKA_ACL_OPERATION_ANY = 1,
    RD_KAFKA_ACL_OPERATION_ALL = 2,
    RD_KAFKA_ACL_OPERATION_READ = 3,
    RD_KAFKA_ACL_OPERATION_WRITE = 4,
    RD_KAFKA_ACL_OPERATION_CREATE = 5,
    RD_KAFKA_ACL_OPERATION_DELETE = 6,
    RD_KAFKA_ACL_OPERATION_ALTER = 7,
    RD_KAFKA_ACL_OPERATION_DESCRIBE = 8,
    RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION = 9,
    RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS = 10,
    RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS = 11,
    RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE = 12,
    /// Number of values.
    RD_KAFKA_ACL_OPERATION__CNT,
}

/// Where a configuration entry of a broker or topic comes from.
#[repr(C)]
pub enum rd_kafka_ConfigSource_e {
    RD_KAFKA_CONFIG_SOURCE_UNKNOWN_CONFIG = 0,
    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG = 1,
    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_BROKER_CONFIG = 2,
    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER_CONFIG = 3,
    RD_KAFKA_CONFIG_SOURCE_STATIC_BROKER_CONFIG = 4,
    RD_KAFKA_CONFIG_SOURCE_DEFAULT_CONFIG = 5,
    RD_KAFKA_CONFIG_SOURCE_GROUP_CONFIG = 8,
    /// Number of values.
    RD_KAFKA_CONFIG_SOURCE__CNT,
}

/// Kinds of resources of a cluster.
#[repr(C)]
pub enum rd_kafka_ResourceType_e {
    RD_KAFKA_RESOURCE_UNKNOWN = 0,
    RD_KAFKA_RESOURCE_ANY = 1,
    RD_KAFKA_RESOURCE_TOPIC = 2,
    RD_KAFKA_RESOURCE_GROUP = 3,
    RD_KAFKA_RESOURCE_BROKER = 4,
    RD_KAFKA_RESOURCE_TRANSACTIONAL_ID = 5,
    /// Number of values.
    RD_KAFKA_RESOURCE__CNT,
}

/// How a resource name is matched by an ACL.
#[repr(C)]
pub enum rd_kafka_ResourcePatternType_e {
    RD_KAFKA_RESOURCE_PATTERN_UNKNOWN = 0,
    RD_KAFKA_RESOURCE_PATTERN_ANY = 1,
    RD_KAFKA_RESOURCE_PATTERN_MATCH = 2,
    RD_KAFKA_RESOURCE_PATTERN_LITERAL = 3,
    RD_KAFKA_RESOURCE_PATTERN_PREFIXED = 4,
    /// Number of values.
    RD_KAFKA_RESOURCE_PATTERN_TYPE__CNT,
}

/// What an incremental change does to a configuration entry.
#[repr(C)]
pub enum rd_kafka_AlterConfigOpType_e {
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET = 0,
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE = 1,
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_APPEND = 2,
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_SUBTRACT = 3,
    /// Number of values.
    RD_KAFKA_ALTER_CONFIG_OP_TYPE__CNT,
}

/// Logical offsets that an offset listing asks for, besides timestamps in milliseconds.
#[repr(C)]
pub enum rd_kafka_OffsetSpec_e {
    /// The offset of the message with the greatest timestamp.
    RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP = -3,
    /// The first offset that has not been deleted.
    RD_KAFKA_OFFSET_SPEC_EARLIEST = -2,
    /// The offset after the last message.
    RD_KAFKA_OFFSET_SPEC_LATEST = -1,
}

/// Hash of a SCRAM credential.
#[repr(C)]
pub enum rd_kafka_ScramMechanism_e {
    RD_KAFKA_SCRAM_MECHANISM_UNKNOWN = 0,
    RD_KAFKA_SCRAM_MECHANISM_SHA_256 = 1,
    RD_KAFKA_SCRAM_MECHANISM_SHA_512 = 2,
    /// Number of values.
    RD_KAFKA_SCRAM_MECHANISM__CNT,
}

/// Whether an ACL allows or denies.
#[repr(C)]
pub enum rd_kafka_AclPermissionType_e {
    RD_KAFKA_ACL_PERMISSION_TYPE_UNKNOWN = 0,
    RD_KAFKA_ACL_PERMISSION_TYPE_ANY = 1,
    RD_KAFKA_ACL_PERMISSION_TYPE_DENY = 2,
    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW = 3,
    /// Number of values.
    RD_KAFKA_ACL_PERMISSION_TYPE__CNT,
}

/// Which replicas a leader election may choose.
#[repr(C)]
pub enum rd_kafka_ElectionType_e {
    /// Only the preferred replica.
    RD_KAFKA_ELECTION_TYPE_PREFERRED = 0,
    /// Any replica, even one that is out of sync: messages may be lost.
    RD_KAFKA_ELECTION_TYPE_UNCLEAN = 1,
}
