/* test: differential valgrind engines */
/* Instances and topics: what new refuses, names, configuration of a live instance, destroy with messages queued. */
#include "deliveries.h"

static void refused(const char *what, rd_kafka_type_t type, const char *name, const char *value, const char *name2,
                    const char *value2) {
    char reason[512] = "";
    rd_kafka_conf_t *conf = quiet_conf(NULL, NULL);
    conf_set(conf, name, value);
    if (name2)
        conf_set(conf, name2, value2);
    rd_kafka_t *rk = rd_kafka_new(type, conf, reason, sizeof(reason));
    printf("%s: %s %s\n", what, rk ? "accepted" : rd_kafka_err2name(rd_kafka_last_error()), reason);
    if (rk)
        rd_kafka_destroy(rk);
    else
        rd_kafka_conf_destroy(conf); /* still the caller's */
}

static void topics(void) {
    rd_kafka_t *rk = new_producer(quiet_conf("client.id", "me", NULL));
    const char *name = rd_kafka_name(rk);
    printf("type %d, name %s\n", rd_kafka_type(rk), !strncmp(name, "me#producer-", 12) ? "me#producer-N" : name);
    rd_kafka_topic_t *a = rd_kafka_topic_new(rk, "same", NULL), *b = rd_kafka_topic_new(rk, "same", NULL);
    printf("names %s %s\n", rd_kafka_topic_name(a), rd_kafka_topic_name(b));
    char long_name[700];
    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    rd_kafka_topic_t *c = rd_kafka_topic_new(rk, long_name, NULL);
    printf("name of 699: %s\n", c ? "accepted" : rd_kafka_err2name(rd_kafka_last_error()));
    if (c)
        rd_kafka_topic_destroy(c);
    c = rd_kafka_topic_new(rk, "", NULL);
    printf("no name: %s\n", c ? "accepted" : rd_kafka_err2name(rd_kafka_last_error()));
    if (c)
        rd_kafka_topic_destroy(c);

    const rd_kafka_conf_t *live = rd_kafka_conf(rk);
    char value[64];
    size_t size = sizeof(value);
    printf("live client.id: %d", rd_kafka_conf_get(live, "client.id", value, &size));
    printf(" %s\n", value);
    rd_kafka_topic_destroy(a);
    rd_kafka_topic_destroy(b);
    printf("outq_len %d, fatal %s, poll %d\n", rd_kafka_outq_len(rk), rd_kafka_err2name(rd_kafka_fatal_error(rk, NULL, 0)),
           rd_kafka_poll(rk, 0));
    rd_kafka_destroy(rk);
}

/* Messages that are still queued go without a report: nobody polls any more. */
static void destroy_with_messages(void) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    for (int i = 0; i < 100; i++) {
        const char *name = i % 2 ? "a" : "b";
        char *value = malloc(10);
        memset(value, 'v', 10);
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_FREE),
                                 RD_KAFKA_V_VALUE(value, 10), RD_KAFKA_V_HEADER("h", "v", 1), RD_KAFKA_V_END),
              "producev");
    }
    struct stopwatch began = start_watch();
    rd_kafka_destroy(rk);
    printf("destroy with messages: %s, %d reports\n", in_time(began, 0, 5), delivery_count);
}

static void many(void) {
    for (int i = 0; i < 20; i++) {
        rd_kafka_t *rk = new_producer(quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL));
        if (i % 2)
            rd_kafka_poll(rk, 1);
        rd_kafka_destroy(rk);
    }
    printf("instances left %d\n", rd_kafka_wait_destroyed(hang_ms()));
}

int main(void) {
    refused("linger above timeout", RD_KAFKA_PRODUCER, "linger.ms", "5000", "message.timeout.ms", "1000");
    refused("acks of 2", RD_KAFKA_PRODUCER, "acks", "2", NULL, NULL);
    refused("unusable brokers", RD_KAFKA_PRODUCER, "bootstrap.servers", "::::", NULL, NULL);
    refused("linger equal to timeout", RD_KAFKA_PRODUCER, "linger.ms", "1000", "message.timeout.ms", "1000");
    topics();
    destroy_with_messages();
    many();
    return 0;
}
