/* test: alone valgrind */
/* The configuration functions take NULL for any pointer without crashing. */
#include "common.h"

int main(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_conf_t *topic = rd_kafka_topic_conf_new();
    char text[64];
    size_t size = sizeof(text);
    const char **dump;

    CHECK(conf && topic, "no object");
    rd_kafka_conf_destroy(NULL);
    rd_kafka_topic_conf_destroy(NULL);
    CHECK(!rd_kafka_conf_dup(NULL), "copy of nothing");
    CHECK(!rd_kafka_conf_dup_filter(NULL, 1, NULL), "copy of nothing");
    CHECK(!rd_kafka_topic_conf_dup(NULL), "copy of nothing");

    CHECK(rd_kafka_conf_set(NULL, "client.id", "x", text, sizeof(text)) != RD_KAFKA_CONF_OK, "set on nothing");
    CHECK(rd_kafka_conf_set(conf, NULL, "x", text, sizeof(text)) == RD_KAFKA_CONF_UNKNOWN, "set without name");
    CHECK(rd_kafka_conf_set(conf, "nope", "x", NULL, 64) == RD_KAFKA_CONF_UNKNOWN, "no space for a reason");
    CHECK(rd_kafka_topic_conf_set(NULL, "acks", "1", text, sizeof(text)) != RD_KAFKA_CONF_OK, "set on nothing");
    CHECK(rd_kafka_topic_conf_set(topic, NULL, NULL, NULL, 0) == RD_KAFKA_CONF_UNKNOWN, "set without name");
    CHECK(rd_kafka_conf_set(conf, "client.id", "\xff", text, sizeof(text)) == RD_KAFKA_CONF_INVALID, "not UTF-8");

    CHECK(rd_kafka_conf_get(NULL, "client.id", text, &size) == RD_KAFKA_CONF_UNKNOWN, "get from nothing");
    CHECK(rd_kafka_conf_get(conf, NULL, text, &size) == RD_KAFKA_CONF_UNKNOWN, "get without name");
    text[0] = '#';
    CHECK(rd_kafka_conf_get(conf, "client.id", text, NULL) == RD_KAFKA_CONF_OK && text[0] == '#', "get without size");
    size = 0;
    CHECK(rd_kafka_conf_get(conf, "client.id", text, &size) == RD_KAFKA_CONF_OK && text[0] == '#', "get into no space");
    CHECK(rd_kafka_conf_get(conf, "client.id", NULL, NULL) == RD_KAFKA_CONF_OK, "get nowhere");
    CHECK(rd_kafka_topic_conf_get(NULL, NULL, NULL, NULL) == RD_KAFKA_CONF_UNKNOWN, "get from nothing");

    dump = rd_kafka_conf_dump(NULL, &size);
    CHECK(dump && size == 0, "dump of nothing");
    rd_kafka_conf_dump_free(dump, size);
    rd_kafka_conf_dump_free(NULL, 7);
    dump = rd_kafka_topic_conf_dump(topic, &size);
    CHECK(dump && size > 10, "dump");
    rd_kafka_conf_dump_free(dump, size);
    rd_kafka_conf_properties_show(NULL);

    rd_kafka_conf_set_dr_cb(NULL, NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, NULL);
    rd_kafka_conf_set_consume_cb(conf, NULL);
    rd_kafka_conf_set_rebalance_cb(conf, NULL);
    rd_kafka_conf_set_offset_commit_cb(conf, NULL);
    rd_kafka_conf_set_error_cb(conf, NULL);
    rd_kafka_conf_set_throttle_cb(conf, NULL);
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_conf_set_stats_cb(conf, NULL);
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, NULL);
    rd_kafka_conf_set_background_event_cb(conf, NULL);
    rd_kafka_conf_set_socket_cb(conf, NULL);
    rd_kafka_conf_set_connect_cb(conf, NULL);
    rd_kafka_conf_set_closesocket_cb(conf, NULL);
    rd_kafka_conf_set_open_cb(conf, NULL);
    rd_kafka_conf_set_resolve_cb(conf, NULL);
    rd_kafka_conf_set_opaque(NULL, NULL);
    rd_kafka_conf_set_engine_callback_data(conf, NULL);
    rd_kafka_conf_enable_sasl_queue(NULL, 1);
    rd_kafka_conf_set_events(NULL, 1);
    rd_kafka_conf_set_events(conf, -1);
    rd_kafka_topic_conf_set_opaque(NULL, NULL);
    rd_kafka_topic_conf_set_partitioner_cb(topic, NULL);
    rd_kafka_topic_conf_set_msg_order_cmp(NULL, NULL);

    CHECK(!rd_kafka_conf_get_default_topic_conf(NULL), "default of nothing");
    rd_kafka_conf_set_default_topic_conf(conf, NULL);
    CHECK(!rd_kafka_conf_get_default_topic_conf(conf), "default after it was taken away");
    rd_kafka_conf_set_default_topic_conf(conf, topic);
    /* The one that is in there already. */
    rd_kafka_conf_set_default_topic_conf(conf, rd_kafka_conf_get_default_topic_conf(conf));
    CHECK(rd_kafka_conf_get_default_topic_conf(conf) == topic, "the default is not the one set");
    rd_kafka_conf_destroy(conf);
    return 0;
}
