/* test: tool */
/*
 * What a consumer takes for what it was sent, as RSS in KiB beyond what it has at first:
 *
 *   hoard BROKERS SECONDS MESSAGES [NAME=VALUE...]
 *
 * `peak` is the most in so many seconds in which nobody polls, `idle` what is left of it then, and `read` what there is after so
 * many messages have been taken and released. `reserved` is how much larger the address space has been than at first.
 */
#include "consumed.h"
#include "memory.h"

#include <unistd.h>

int main(int argc, char **argv) {
    CHECK(argc > 3, "arguments");
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "log_level", "0");
    for (int i = 4; i < argc; i++)
        conf_set_pair(conf, argv[i]);
    rd_kafka_t *rk = new_consumer(conf);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", NULL);
    long before = rss_kib(), size = status_kib("VmSize");
    reset_peak();
    CHECK(!rd_kafka_consume_start(rkt, 0, 0), "start");
    sleep((unsigned)atoi(argv[2]));
    say("idle", rss_kib() - before);
    say("peak", status_kib("VmHWM") - before);
    say("reserved", status_kib("VmPeak") - size);
    for (int left = atoi(argv[3]); left > 0;) {
        rd_kafka_message_t *m = rd_kafka_consume(rkt, 0, hang_ms());
        CHECK(m, "nothing comes");
        left -= !m->err;
        rd_kafka_message_destroy(m);
    }
    say("read", rss_kib() - before);
    rd_kafka_consume_stop(rkt, 0);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
