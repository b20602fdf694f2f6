/* test: alone */
/*
 * Who already waits for the ids when metadata without them comes gets an answer, too. The reference lets such a call wait
 * until its time is up. Without an end: a call that does not return is found by the time limit of the test.
 */
#include "common.h"

int main(void) {
    for (int controller = 0; controller < 2; controller++) {
        rd_kafka_t *rk = new_producer(quiet_conf("test.mock.num.brokers", "1", "api.version.request", "false",
                                                 "broker.version.fallback", "0.9.0", NULL));
        if (controller)
            CHECK(rd_kafka_controllerid(rk, -1) == -1, "a controller");
        else
            CHECK(!rd_kafka_clusterid(rk, -1), "a cluster id");
        rd_kafka_destroy(rk);
    }
    return 0;
}
