/* test: differential valgrind */
/* The ids of cluster and controller from brokers too old to tell them: once metadata has come, nobody waits for them. */
#include "common.h"

static void ask(const char *version) {
    rd_kafka_t *rk = new_producer(quiet_conf("test.mock.num.brokers", "1", "api.version.request", "false",
                                             "broker.version.fallback", version, NULL));
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 1, NULL, &metadata, hang_ms());
    CHECK(!err, "metadata: %s", rd_kafka_err2name(err));
    rd_kafka_metadata_destroy(metadata);
    /* Without an end: a call that does not return is found by the time limit of the test. */
    char *id = rd_kafka_clusterid(rk, -1);
    printf("%s: cluster id %s, controller %s\n", version, id ? "known" : "unknown",
           rd_kafka_controllerid(rk, -1) == -1 ? "unknown" : "known");
    if (id)
        rd_kafka_mem_free(rk, id);
    rd_kafka_destroy(rk);
}

int main(void) {
    ask("0.9.0");
    ask("0.8.2");
    return 0;
}
