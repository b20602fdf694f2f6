/* test: differential valgrind */
/* The objects of admin requests and consumer groups, without a broker: what they take, refuse and give back, and all names. */
#include "common.h"

static const char *text(const char *s) {
    return s ? s : "(null)";
}

static void show(const char *what, rd_kafka_error_t *error) {
    printf("%s: %s %s\n", what, error ? rd_kafka_error_name(error) : "ok", error ? rd_kafka_error_string(error) : "");
    rd_kafka_error_destroy(error);
}

static void names(void) {
    for (int i = -2; i < 16; i++)
        printf("%d: %s, %s, %s, %s, %s, %s\n", i, text(rd_kafka_ResourceType_name(i)), text(rd_kafka_ResourcePatternType_name(i)),
               text(rd_kafka_AclOperation_name(i)), text(rd_kafka_AclPermissionType_name(i)),
               text(rd_kafka_consumer_group_state_name(i)), text(rd_kafka_consumer_group_type_name(i)));
    static const char *const wanted[] = {"Unknown", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead",  "Empty", "stable",
                                         "EMPTY",   "Assigning",          "Reconciling",         "",       "other", NULL};
    for (const char *const *w = wanted; *w; w++)
        printf("state %s: %d\n", *w, rd_kafka_consumer_group_state_code(*w));
    static const char *const types[] = {"Unknown", "Classic", "Consumer", "classic", "CONSUMER", "Share", "", NULL};
    for (const char *const *w = types; *w; w++)
        printf("type %s: %d\n", *w, rd_kafka_consumer_group_type_code(*w));
}

static void binding(int filter, int restype, const char *name, int pattern, const char *principal, const char *host, int operation,
                    int permission) {
    char reason[256] = "untouched";
    rd_kafka_AclBinding_t *acl =
        (filter ? rd_kafka_AclBindingFilter_new : rd_kafka_AclBinding_new)(restype, name, pattern, principal, host, operation,
                                                                           permission, reason, sizeof(reason));
    printf("%s %d %s %d %s %s %d %d: ", filter ? "filter" : "binding", restype, text(name), pattern, text(principal), text(host),
           operation, permission);
    if (!acl) {
        printf("%s\n", reason);
        return;
    }
    const rd_kafka_error_t *error = rd_kafka_AclBinding_error(acl);
    printf("%d %s %d %s %s %d %d, error %s\n", rd_kafka_AclBinding_restype(acl), text(rd_kafka_AclBinding_name(acl)),
           rd_kafka_AclBinding_resource_pattern_type(acl), text(rd_kafka_AclBinding_principal(acl)),
           text(rd_kafka_AclBinding_host(acl)), rd_kafka_AclBinding_operation(acl), rd_kafka_AclBinding_permission_type(acl),
           error ? rd_kafka_error_name(error) : "none");
    rd_kafka_AclBinding_destroy(acl);
}

static void bindings(void) {
    for (int filter = 0; filter < 2; filter++) {
        binding(filter, RD_KAFKA_RESOURCE_TOPIC, "t", RD_KAFKA_RESOURCE_PATTERN_LITERAL, "User:a", "*", RD_KAFKA_ACL_OPERATION_READ,
                RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW);
        for (int i = -1; i < 14; i++) {
            binding(filter, i, "t", RD_KAFKA_RESOURCE_PATTERN_LITERAL, "User:a", "*", RD_KAFKA_ACL_OPERATION_READ,
                    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW);
            binding(filter, RD_KAFKA_RESOURCE_TOPIC, "t", i, "User:a", "*", RD_KAFKA_ACL_OPERATION_READ,
                    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW);
            binding(filter, RD_KAFKA_RESOURCE_TOPIC, "t", RD_KAFKA_RESOURCE_PATTERN_PREFIXED, "User:a", "*", i,
                    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW);
            binding(filter, RD_KAFKA_RESOURCE_TOPIC, "t", RD_KAFKA_RESOURCE_PATTERN_PREFIXED, "User:a", "*",
                    RD_KAFKA_ACL_OPERATION_READ, i);
        }
        for (int missing = 0; missing < 3; missing++)
            binding(filter, RD_KAFKA_RESOURCE_TOPIC, missing == 0 ? NULL : "t", RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                    missing == 1 ? NULL : "User:a", missing == 2 ? NULL : "h", RD_KAFKA_ACL_OPERATION_READ,
                    RD_KAFKA_ACL_PERMISSION_TYPE_DENY);
    }
    rd_kafka_AclBinding_t *both[2];
    for (int i = 0; i < 2; i++)
        both[i] = rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_GROUP, "g", RD_KAFKA_RESOURCE_PATTERN_LITERAL, "User:a", "*",
                                          RD_KAFKA_ACL_OPERATION_READ, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, NULL, 0);
    rd_kafka_AclBinding_destroy_array(both, 2);
}

static void replicas(void) {
    char reason[256];
    int32_t ids[3] = {1, 2, 3};
    static const int fixed[] = {1, -1};
    for (int f = 0; f < 2; f++) {
        rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new("t", 3, fixed[f], NULL, 0);
        static const int order[] = {1, 0, 0, 1, 3, 2, -1, 200000}; /* 3 after 2 ends the reference */
        for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
            strcpy(reason, "untouched");
            rd_kafka_resp_err_t err = rd_kafka_NewTopic_set_replica_assignment(topic, order[i], ids, i % 4, reason, sizeof(reason));
            printf("topic, replication %d, partition %d of %d replicas: %s %s\n", fixed[f], order[i], (int)(i % 4),
                   rd_kafka_err2name(err), reason);
        }
        rd_kafka_NewTopic_destroy(topic);
    }
    static const int sizes[][2] = {{3, -1}, {3, 0}, {-1, 1}, {0, 1}, {-1, -1}, {100001, 1}, {1, 10001}, {100000, 10000}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        strcpy(reason, "untouched");
        rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new("t", sizes[i][0], sizes[i][1], reason, sizeof(reason));
        printf("topic of %d partitions, %d replicas: %s %s\n", sizes[i][0], sizes[i][1], topic ? "ok" : "refused", reason);
        if (topic)
            rd_kafka_NewTopic_destroy(topic);
    }
    rd_kafka_NewPartitions_t *more = rd_kafka_NewPartitions_new("t", 5, reason, sizeof(reason));
    static const int order[] = {1, 0, 0, 1, 2, 4, 5, -1};
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        strcpy(reason, "untouched");
        rd_kafka_resp_err_t err = rd_kafka_NewPartitions_set_replica_assignment(more, order[i], ids, i % 4, reason, sizeof(reason));
        printf("partition %d of %d replicas: %s %s\n", order[i], (int)(i % 4), rd_kafka_err2name(err), reason);
    }
    rd_kafka_NewPartitions_destroy(more);
}

static void options(rd_kafka_t *rk) {
    for (rd_kafka_admin_op_t op = RD_KAFKA_ADMIN_OP_ANY; op < RD_KAFKA_ADMIN_OP__CNT; op++) {
        char reason[256];
        rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(rk, op);
        printf("operation %d: %s\n", op, o ? "options" : "none");
        if (!o)
            continue;
        static const int times[] = {-2, -1, 0, 1, 3600 * 1000, 3600 * 1000 + 1};
        for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
            strcpy(reason, "untouched");
            rd_kafka_resp_err_t err = rd_kafka_AdminOptions_set_request_timeout(o, times[i], reason, sizeof(reason));
            printf("  request timeout %d: %s %s\n", times[i], rd_kafka_err2name(err), reason);
            strcpy(reason, "untouched");
            err = rd_kafka_AdminOptions_set_operation_timeout(o, times[i], reason, sizeof(reason));
            printf("  operation timeout %d: %s %s\n", times[i], rd_kafka_err2name(err), reason);
        }
        strcpy(reason, "untouched");
        printf("  validate: %s", rd_kafka_err2name(rd_kafka_AdminOptions_set_validate_only(o, 1, reason, sizeof(reason))));
        printf(" %s\n", reason);
        static const int ids[] = {-2, -1, 0, 7};
        for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
            strcpy(reason, "untouched");
            rd_kafka_resp_err_t err = rd_kafka_AdminOptions_set_broker(o, ids[i], reason, sizeof(reason));
            printf("  broker %d: %s %s\n", ids[i], rd_kafka_err2name(err), reason);
        }
        show("  stable offsets", rd_kafka_AdminOptions_set_require_stable_offsets(o, 1));
        show("  authorized operations", rd_kafka_AdminOptions_set_include_authorized_operations(o, 1));
        show("  isolation", rd_kafka_AdminOptions_set_isolation_level(o, RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED));
        show("  isolation 9", rd_kafka_AdminOptions_set_isolation_level(o, (rd_kafka_IsolationLevel_t)9));
        static const rd_kafka_consumer_group_state_t states[] = {RD_KAFKA_CONSUMER_GROUP_STATE_STABLE,
                                                                 RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY,
                                                                 RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY,
                                                                 (rd_kafka_consumer_group_state_t)99};
        for (size_t n = 0; n <= 4; n++)
            show("  states", rd_kafka_AdminOptions_set_match_consumer_group_states(o, states, n));
        static const rd_kafka_consumer_group_type_t types[] = {RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC,
                                                               RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER,
                                                               RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER,
                                                               (rd_kafka_consumer_group_type_t)99};
        for (size_t n = 0; n <= 4; n++)
            show("  types", rd_kafka_AdminOptions_set_match_consumer_group_types(o, types, n));
        static const rd_kafka_consumer_group_type_t unknown[] = {RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN};
        show("  type unknown", rd_kafka_AdminOptions_set_match_consumer_group_types(o, unknown, 1));
        rd_kafka_AdminOptions_destroy(o);
    }
}

static void show_group(const char *what, rd_kafka_consumer_group_metadata_t *g) {
    printf("%s: %s %d %s %s\n", what, text(rd_kafka_consumer_group_metadata_group_id(g)),
           rd_kafka_consumer_group_metadata_generation_id(g), text(rd_kafka_consumer_group_metadata_member_id(g)),
           text(rd_kafka_consumer_group_metadata_group_instance_id(g)));
}

static void groups(void) {
    rd_kafka_consumer_group_metadata_t *all[] = {
        rd_kafka_consumer_group_metadata_new("group"), rd_kafka_consumer_group_metadata_new_with_genid("group", 7, "member", "instance"),
        rd_kafka_consumer_group_metadata_new_with_genid("", 0, "", NULL),
        rd_kafka_consumer_group_metadata_new_with_genid("group", -1, "member", "")};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        void *bytes;
        size_t size;
        show_group("made", all[i]);
        show("write", rd_kafka_consumer_group_metadata_write(all[i], &bytes, &size));
        printf("%zu bytes:", size);
        for (size_t b = 0; b < size; b++)
            printf(" %02x", ((unsigned char *)bytes)[b]);
        putchar('\n');
        for (size_t cut = 0; cut <= size; cut++) {
            rd_kafka_consumer_group_metadata_t *back = NULL;
            rd_kafka_error_t *error = rd_kafka_consumer_group_metadata_read(&back, bytes, cut);
            if (!error) {
                show_group("read", back);
                rd_kafka_consumer_group_metadata_destroy(back);
            } else {
                /* Not the text: the reference looks beyond the end, and what it says hangs on what is there. */
                printf("cut: %s\n", rd_kafka_error_name(error));
                rd_kafka_error_destroy(error);
            }
        }
        rd_kafka_mem_free(NULL, bytes);
        rd_kafka_consumer_group_metadata_destroy(all[i]);
    }
}

/* Made and destroyed, one by one and in arrays; ownership is valgrind's part. */
static void requests(void) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(list, "b", 1)->offset = 5;
    rd_kafka_topic_partition_list_add(list, "a", 0)->offset = 3;
#define ONE_AND_ARRAY(TYPE, MAKE)                                                                                                  \
    do {                                                                                                                           \
        TYPE##_t *pair[2] = {MAKE, MAKE};                                                                                          \
        TYPE##_destroy(MAKE);                                                                                                      \
        TYPE##_destroy_array(pair, 2);                                                                                             \
        puts(#TYPE);                                                                                                               \
    } while (0)
    ONE_AND_ARRAY(rd_kafka_DeleteRecords, rd_kafka_DeleteRecords_new(list));
    ONE_AND_ARRAY(rd_kafka_DeleteTopic, rd_kafka_DeleteTopic_new("t"));
    ONE_AND_ARRAY(rd_kafka_DeleteGroup, rd_kafka_DeleteGroup_new("g"));
    ONE_AND_ARRAY(rd_kafka_ListConsumerGroupOffsets, rd_kafka_ListConsumerGroupOffsets_new("g", list));
    ONE_AND_ARRAY(rd_kafka_ListConsumerGroupOffsets, rd_kafka_ListConsumerGroupOffsets_new("g", NULL));
    ONE_AND_ARRAY(rd_kafka_AlterConsumerGroupOffsets, rd_kafka_AlterConsumerGroupOffsets_new("g", list));
    ONE_AND_ARRAY(rd_kafka_DeleteConsumerGroupOffsets, rd_kafka_DeleteConsumerGroupOffsets_new("g", list));
    rd_kafka_ElectLeaders_destroy(rd_kafka_ElectLeaders_new(RD_KAFKA_ELECTION_TYPE_PREFERRED, list));
    rd_kafka_ElectLeaders_destroy(rd_kafka_ElectLeaders_new(RD_KAFKA_ELECTION_TYPE_UNCLEAN, NULL));
    const unsigned char *secret = (const unsigned char *)"secret";
    ONE_AND_ARRAY(rd_kafka_UserScramCredentialAlteration,
                  rd_kafka_UserScramCredentialUpsertion_new("u", RD_KAFKA_SCRAM_MECHANISM_SHA_256, 4096, secret, 6, secret, 6));
    ONE_AND_ARRAY(rd_kafka_UserScramCredentialAlteration,
                  rd_kafka_UserScramCredentialDeletion_new("u", RD_KAFKA_SCRAM_MECHANISM_SHA_512));
    for (int i = 0; i < list->cnt; i++)
        printf("%s %d %" PRId64 "\n", list->elems[i].topic, list->elems[i].partition, list->elems[i].offset);
    rd_kafka_topic_partition_list_destroy(list);
}

int main(void) {
    names();
    bindings();
    replicas();
    rd_kafka_t *rk = new_producer(quiet_conf(NULL, NULL));
    options(rk);
    rd_kafka_destroy(rk);
    groups();
    requests();
    return 0;
}
