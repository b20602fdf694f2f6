/* test: alone valgrind */
/* What is not built says so: by code, error object or event, and once in the log for each function. */
#include "common.h"

static int logged;

static void count_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf) {
    (void)rk;
    if (strcmp(fac, "NOTIMPL"))
        return;
    CHECK(level == 4 && strstr(buf, "is not implemented by this library"), "level %d: %s", level, buf);
    logged++;
}

int main(void) {
    char reason[300];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, count_log);
    CHECK(!rd_kafka_new(2, conf, reason, sizeof(reason)) && strstr(reason, "RD_KAFKA_PRODUCER"), "%s", reason);
    rd_kafka_t *rk = new_producer(conf);
    for (int i = 0; i < 3; i++) {
        rd_kafka_resp_err_t err = rd_kafka_subscribe(rk, NULL);
        CHECK(err == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, "subscribe: %s", rd_kafka_err2name(err));
        rd_kafka_error_t *error = rd_kafka_share_commit_async(NULL);
        CHECK(rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, "share_commit_async: %s", rd_kafka_error_name(error));
        CHECK(strstr(rd_kafka_error_string(error), "rd_kafka_share_commit_async()"), "%s", rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        CHECK(!rd_kafka_assignment_lost(rk), "assignment_lost");
        CHECK(!rd_kafka_memberid(rk), "memberid");
        CHECK(rd_kafka_last_error() == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, "last error %s", rd_kafka_err2name(rd_kafka_last_error()));
        CHECK(logged == 3, "%d lines after %d rounds of three functions", logged, i + 1);
    }
    rd_kafka_destroy(rk);
    return 0;
}
