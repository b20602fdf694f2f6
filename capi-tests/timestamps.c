/* test: alone valgrind engines */
/* A timestamp that was given comes back as it was given; one that was not is the time of producing. */
#include "deliveries.h"

#include <sys/time.h>

static int64_t wall_ms(void) {
    struct timeval t;
    gettimeofday(&t, NULL);
    return (int64_t)t.tv_sec * 1000 + t.tv_usec / 1000;
}

int main(void) {
    static const int64_t given[] = {0, 1, 1234567890123, 4102444800000, 1500000000000};
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("linger.ms", "20", NULL), &rkt);
    int64_t before = wall_ms();
    for (int i = 0; i < 5; i++) {
        rd_kafka_resp_err_t err = rd_kafka_producev(
            rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_TIMESTAMP(given[i]),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE((void *)(intptr_t)i), RD_KAFKA_V_END);
        CHECK(!err, "producev: %s", rd_kafka_err2name(err));
    }
    int64_t after = wall_ms();
    await_deliveries(rk, 5);
    for (int i = 0; i < 5; i++) {
        const struct delivery *d = &deliveries[i];
        CHECK(!d->err && d->timestamp_type == RD_KAFKA_TIMESTAMP_CREATE_TIME, "message %d: type %d", i, d->timestamp_type);
        if (given[i])
            CHECK(d->timestamp == given[i], "message %d: %" PRId64 ", not %" PRId64, i, d->timestamp, given[i]);
        else /* 0 stands for: not given */
            CHECK(d->timestamp >= before && d->timestamp <= after, "message %d: %" PRId64 " is not within %" PRId64 " and %" PRId64, i, d->timestamp, before, after);
    }
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
