/* test: differential valgrind */
/* What on_conf_set interceptors are told while an instance is created: the library's own client.software.version. */
#include "common.h"

static bool creating;

static rd_kafka_conf_res_t on_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, char *errstr, size_t size,
                                       void *opaque) {
    (void)conf, (void)errstr, (void)size, (void)opaque;
    if (creating)
        printf("  %s: %s\n", name, value && *value ? "a value" : "none");
    return RD_KAFKA_CONF_UNKNOWN;
}

static void run(const char *title, const char *name, const char *value) {
    rd_kafka_conf_t *conf = quiet_conf("acks", "1", NULL);
    CHECK(!rd_kafka_conf_interceptor_add_on_conf_set(conf, "i", on_conf_set, NULL), "on_conf_set");
    if (name)
        conf_set(conf, name, value);
    printf("%s:\n", title);
    char reason[512];
    creating = true;
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    creating = false;
    CHECK(rk, "rd_kafka_new: %s", reason);
    rd_kafka_destroy(rk);
}

int main(void) {
    run("nothing of it is set", NULL, NULL);
    run("the name is set", "client.software.name", "name");
    run("the version is set", "client.software.version", "1.2.3");
    return 0;
}
