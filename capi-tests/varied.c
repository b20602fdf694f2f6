/* test: tool */
/*
 * Produces messages of every shape, the same as clients/Varied.java for the same numbers:
 *
 *   varied BROKERS TOPIC CODEC FIRST COUNT [NAME=VALUE...]
 *
 * Message n goes to partition n % 3. With a transactional.id there is a transaction for each fifty, and every second is aborted.
 */
#include "common.h"

enum { PARTITIONS = 3, IN_A_TRANSACTION = 50, LONG = 3000 };

static void header(rd_kafka_headers_t *headers, const char *name, const char *value, ssize_t len) {
    CHECK(!rd_kafka_header_add(headers, name, -1, value, len), "header");
}

static rd_kafka_headers_t *headers_of(int n) {
    char number[16];
    snprintf(number, sizeof(number), "%d", n);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(4);
    if (n % 4 == 1)
        header(headers, "number", number, -1);
    if (n % 4 == 2) {
        header(headers, "a", "1", 1);
        header(headers, "a", NULL, 0);
        header(headers, "a", "", 0);
        header(headers, "\xc3\xa9", "\0\xff", 2);
    }
    if (n % 4 == 3)
        header(headers, "empty", "", 0);
    return headers;
}

static size_t value_of(int n, char *value) {
    if (n % 7 != 5)
        return (size_t)sprintf(value, "value %d \xc3\xa9\xff", n);
    for (int i = 0; i < LONG; i++)
        value[i] = (char)(n * 31 + i % 97 * (i % 89));
    return LONG;
}

static void send_one(rd_kafka_t *rk, const char *topic, int n) {
    char key[32], value[LONG];
    size_t key_len = n % 5 == 1 ? 0 : (size_t)snprintf(key, sizeof(key), "key-%d", n), len = n % 7 == 4 ? 0 : value_of(n, value);
    void *no_key = n % 5 == 0 ? NULL : key, *no_value = n % 7 == 3 ? NULL : value;
    rd_kafka_resp_err_t err = rd_kafka_producev(
        rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(n % PARTITIONS), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(no_key, no_key ? key_len : 0), RD_KAFKA_V_VALUE(no_value, no_value ? len : 0),
        RD_KAFKA_V_TIMESTAMP(1600000000000 + n * 7 - n % 2 * 20), RD_KAFKA_V_HEADERS(headers_of(n)), RD_KAFKA_V_END);
    CHECK(!err, "message %d: %s", n, rd_kafka_err2str(err));
}

static void succeed(rd_kafka_error_t *error) { CHECK(!error, "%s", rd_kafka_error_string(error)); }

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    CHECK(!m->err || m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE, "%s", rd_kafka_err2str(m->err));
}

int main(int argc, char **argv) {
    CHECK(argc > 5, "arguments");
    int first = atoi(argv[4]), end = first + atoi(argv[5]), transactions = 0;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", argv[1]);
    conf_set(conf, "compression.codec", argv[3]);
    conf_set(conf, "linger.ms", "100");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    for (int i = 6; i < argc; i++) {
        transactions |= !strncmp(argv[i], "transactional.id=", 17);
        conf_set_pair(conf, argv[i]);
    }
    rd_kafka_t *rk = new_producer(conf);
    if (transactions)
        succeed(rd_kafka_init_transactions(rk, hang_ms()));
    for (int n = first; n < end; n++) {
        int at = (n - first) % IN_A_TRANSACTION;
        if (transactions && at == 0)
            succeed(rd_kafka_begin_transaction(rk));
        send_one(rk, argv[2], n);
        if (!transactions || (at != IN_A_TRANSACTION - 1 && n != end - 1))
            continue;
        CHECK(!rd_kafka_flush(rk, hang_ms()), "flush"); /* those of an aborted one are to be there, too */
        succeed((n - first) / IN_A_TRANSACTION % 2 ? rd_kafka_abort_transaction(rk, hang_ms()) : rd_kafka_commit_transaction(rk, hang_ms()));
    }
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
    rd_kafka_destroy(rk);
    return 0;
}
