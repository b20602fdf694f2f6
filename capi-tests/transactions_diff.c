/* test: differential limit=150 engines */
/* The transactional API: which call is allowed when, and what errors of brokers come to. Texts are compared but for what
 * differs from run to run: names of brokers and times. */
#include "transactional.h"

static rd_kafka_resp_err_t show(const char *what, rd_kafka_error_t *error) {
    return show_on(stdout, what, error);
}

static void show_fatal(rd_kafka_t *rk) {
    show_fatal_on(stdout, rk);
}

static void show_produce(rd_kafka_t *rk) {
    show_produce_on(stdout, rk);
}

static void not_transactional(void) {
    rd_kafka_t *rk = new_producer(quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL));
    puts("# not transactional");
    show("init", rd_kafka_init_transactions(rk, 100));
    show("begin", rd_kafka_begin_transaction(rk));
    show("send_offsets", send_offsets(rk, 1));
    show("send_offsets without arguments", rd_kafka_send_offsets_to_transaction(rk, NULL, NULL, 100));
    show("commit", rd_kafka_commit_transaction(rk, 100));
    show("abort", rd_kafka_abort_transaction(rk, 100));
    rd_kafka_destroy(rk);
}

static void no_broker(void) {
    rd_kafka_t *rk = new_producer(quiet_conf("bootstrap.servers", "127.0.0.1:1", "transactional.id", "id", NULL));
    double start = pace_s();
    puts("# no broker");
    show("begin", rd_kafka_begin_transaction(rk));
    show("init", rd_kafka_init_transactions(rk, 300));
    CHECK(pace_s() - start < 2, "init took %.1f s", pace_s() - start);
    show("begin", rd_kafka_begin_transaction(rk));
    show("init", rd_kafka_init_transactions(rk, 100));
    show_produce(rk);
    show_fatal(rk);
    rd_kafka_destroy(rk);
}

static void order_of_calls(void) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *holder = transaction_cluster(&cluster), *rk = transactional(cluster);
    puts("# order of calls");
    show("begin", rd_kafka_begin_transaction(rk));
    show("commit", rd_kafka_commit_transaction(rk, hang_ms()));
    show("abort", rd_kafka_abort_transaction(rk, hang_ms()));
    show_produce(rk);
    show("init", rd_kafka_init_transactions(rk, hang_ms()));
    show("init", rd_kafka_init_transactions(rk, hang_ms()));
    show_produce(rk);
    show("send_offsets", send_offsets(rk, 1));
    show("begin", rd_kafka_begin_transaction(rk));
    show("begin", rd_kafka_begin_transaction(rk));
    show("commit empty", rd_kafka_commit_transaction(rk, hang_ms()));
    show("commit", rd_kafka_commit_transaction(rk, hang_ms()));
    show("begin", rd_kafka_begin_transaction(rk));
    show("abort empty", rd_kafka_abort_transaction(rk, hang_ms()));
    show("abort", rd_kafka_abort_transaction(rk, hang_ms()));
    for (int i = 0; i < 3; i++) {
        show("begin", rd_kafka_begin_transaction(rk));
        show_produce(rk);
        show("send_offsets", send_offsets(rk, i != 1));
        show(i == 2 ? "abort" : "commit", i == 2 ? rd_kafka_abort_transaction(rk, hang_ms()) : rd_kafka_commit_transaction(rk, hang_ms()));
        show_produce(rk);
    }
    printf("outq_len %d\n", rd_kafka_outq_len(rk));
    show_fatal(rk);
    rd_kafka_destroy(rk);
    rd_kafka_destroy(holder);
}

/* One error of one request in one transaction, and what can be done after it. */
static void broker_error(int16_t api, const char *name, rd_kafka_resp_err_t code, int times) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *holder = transaction_cluster(&cluster);
    rd_kafka_resp_err_t codes[4] = {code, code, code, code};
    printf("# %d x %s to %s\n", times, rd_kafka_err2name(code), name);
    if (api == 22)
        rd_kafka_mock_push_request_errors_array(cluster, api, (size_t)times, codes);
    rd_kafka_t *rk = transactional(cluster);
    if (show("init", rd_kafka_init_transactions(rk, hang_ms())))
        goto done;
    show("begin", rd_kafka_begin_transaction(rk));
    if (api != 22)
        rd_kafka_mock_push_request_errors_array(cluster, api, (size_t)times, codes);
    show_produce(rk);
    if ((api == 25 || api == 28) && show("send_offsets", send_offsets(rk, 1)) && rd_kafka_fatal_error(rk, NULL, 0))
        goto done;
    if (show("commit", rd_kafka_commit_transaction(rk, hang_ms()))) {
        if (rd_kafka_fatal_error(rk, NULL, 0))
            goto done;
        show("begin", rd_kafka_begin_transaction(rk));
        show("abort", rd_kafka_abort_transaction(rk, hang_ms()));
    }
    show("begin", rd_kafka_begin_transaction(rk));
    show_produce(rk);
    show("commit", rd_kafka_commit_transaction(rk, hang_ms()));
done:
    show_fatal(rk);
    rd_kafka_destroy(rk);
    rd_kafka_destroy(holder);
}

int main(void) {
    static const rd_kafka_resp_err_t common[] = {
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
        RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RD_KAFKA_RESP_ERR_INVALID_TXN_STATE,
        RD_KAFKA_RESP_ERR_UNKNOWN,
    };
    static const struct {
        int16_t api;
        const char *name;
    } apis[] = {{24, "AddPartitionsToTxn"}, {25, "AddOffsetsToTxn"}, {28, "TxnOffsetCommit"}, {26, "EndTxn"}};

    not_transactional();
    no_broker();
    order_of_calls();
    for (size_t a = 0; a < sizeof(apis) / sizeof(*apis); a++)
        for (size_t c = 0; c < sizeof(common) / sizeof(*common); c++)
            broker_error(apis[a].api, apis[a].name, common[c], 1);
    broker_error(24, "AddPartitionsToTxn", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1);
    broker_error(24, "AddPartitionsToTxn", RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1);
    broker_error(24, "AddPartitionsToTxn", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, 2);
    broker_error(25, "AddOffsetsToTxn", RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, 1);
    broker_error(28, "TxnOffsetCommit", RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, 1);
    broker_error(28, "TxnOffsetCommit", RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, 1);
    broker_error(26, "EndTxn", RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1);
    broker_error(22, "InitProducerId", RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 2);
    broker_error(22, "InitProducerId", RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 2);
    broker_error(22, "InitProducerId", RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1);
    broker_error(22, "InitProducerId", RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, 1);
    return 0;
}
