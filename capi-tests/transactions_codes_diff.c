/* test: differential limit=300 engines */
/* Every error code once in answer to each request that transactions need: what becomes of the calls, and whether the producer
 * goes on. */
#include "cases.h"
#include "transactional.h"

static const struct request {
    int16_t api;
    const char *name;
} REQUESTS[] = {{10, "FindCoordinator"},  {22, "InitProducerId"}, {24, "AddPartitionsToTxn"}, {25, "AddOffsetsToTxn"},
                {28, "TxnOffsetCommit"}, {26, "EndTxn"},         {0, "Produce"}};

/* What is not compared, and why. */
static const char *left_out(int16_t api, rd_kafka_resp_err_t code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
        return api == 25 || api == 28 ? "the reference has the application find out by aborting; ours says at once that it is fatal" : NULL;
    case RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED:
        return api == 28 ? "the reference cuts the text" : NULL;
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
        return api == 0 ? "fatal with the reference; ours has the transaction aborted" : NULL;
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
        return api == 0 ? "ours has the transaction aborted too, with _INCONSISTENT for the code" : NULL;
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
        return api == 0 ? "brokers say it to clients that know KIP-890, which the reference does not" : NULL;
    default:
        return NULL;
    }
}

static void run(FILE *out, const struct request *request, rd_kafka_resp_err_t code) {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *holder = transaction_cluster(&cluster);
    bool early = request->api == 10 || request->api == 22;
    if (early)
        rd_kafka_mock_push_request_errors(cluster, request->api, 1, code);
    rd_kafka_t *rk = transactional(cluster);
    if (show_on(out, "init", rd_kafka_init_transactions(rk, hang_ms())))
        goto done;
    show_on(out, "begin", rd_kafka_begin_transaction(rk));
    if (!early)
        rd_kafka_mock_push_request_errors(cluster, request->api, 1, code);
    show_produce_on(out, rk);
    if ((request->api == 25 || request->api == 28) && show_on(out, "send_offsets", send_offsets(rk, 1)) &&
        rd_kafka_fatal_error(rk, NULL, 0))
        goto done;
    if (show_on(out, "commit", rd_kafka_commit_transaction(rk, hang_ms()))) {
        if (rd_kafka_fatal_error(rk, NULL, 0))
            goto done;
        show_on(out, "abort", rd_kafka_abort_transaction(rk, hang_ms()));
    }
    if (request->api == 0)
        goto done; /* the reference's mock keeps its client's next transaction from succeeding */
    show_on(out, "begin", rd_kafka_begin_transaction(rk));
    show_produce_on(out, rk);
    show_on(out, "commit", rd_kafka_commit_transaction(rk, hang_ms()));
done:
    show_fatal_on(out, rk);
    rd_kafka_destroy(rk);
    rd_kafka_destroy(holder);
}

static void one(FILE *out, int number) {
    rd_kafka_resp_err_t code = (rd_kafka_resp_err_t)(FIRST_CODE + number % CODES);
    const struct request *request = &REQUESTS[number / CODES];
    fprintf(out, "# %s to %s\n", rd_kafka_err2name(code), request->name);
    const char *reason = left_out(request->api, code);
    if (reason)
        fprintf(out, "left out: %s\n", reason);
    else
        run(out, request, code);
}

int main(void) {
    run_cases(CODES * (int)(sizeof(REQUESTS) / sizeof(*REQUESTS)), one);
    return 0;
}
