/* test: differential limit=300 engines */
/* Every error code once in answer to a request of a producer without transactions, and as the error of its topic: what becomes of
 * a message and of the one after it, and what queries say. */
#include "cases.h"

struct producer {
    rd_kafka_t *rk, *carrier; /* the second has the cluster, so that it is there before the first */
    rd_kafka_mock_cluster_t *cluster;
    FILE *out;
    int reports;
};

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    struct producer *p = opaque;
    (void)rk;
    p->reports++;
    fprintf(p->out, " %s status %d", rd_kafka_err2name(m->err), rd_kafka_message_status(m));
    /* Where a delivered message stands is each library's mock cluster's affair. */
    if (m->err || m->offset < 0)
        fprintf(p->out, " offset %" PRId64, m->offset);
}

static void start_cluster(struct producer *p, FILE *out) {
    *p = (struct producer){.out = out};
    p->carrier = new_producer(quiet_conf("test.mock.num.brokers", "1", NULL));
    p->cluster = mock_with_topic(p->carrier, "t", 2);
}

static void start(struct producer *p, const char *idempotent, const char *timeout_ms) {
    rd_kafka_conf_t *conf = quiet_conf("enable.idempotence", idempotent, "linger.ms", "0", "retries", "3", "retry.backoff.ms", "20",
                                       "retry.backoff.max.ms", "40", "topic.metadata.refresh.fast.interval.ms", "50",
                                       "message.timeout.ms", timeout_ms, NULL);
    conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(p->cluster));
    rd_kafka_conf_set_opaque(conf, p);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    p->rk = new_producer(conf);
}

static void produce(struct producer *p) {
    rd_kafka_resp_err_t err = rd_kafka_producev(p->rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("v", 1),
                                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    fputs("; message:", p->out);
    if (err) {
        fprintf(p->out, " refused: %s", rd_kafka_err2name(err));
        return;
    }
    int before = p->reports;
    AWAIT((rd_kafka_poll(p->rk, 50), p->reports > before), "no report");
    CHECK(p->reports == before + 1, "%d reports", p->reports - before);
}

/* The first message of a producer whose id is refused for good is refused as well, or fails, by who is first. */
static void produce_first(struct producer *p) {
    char *text;
    size_t length;
    FILE *out = p->out;
    p->out = open_memstream(&text, &length);
    CHECK(p->out, "open_memstream");
    produce(p);
    fclose(p->out);
    p->out = out;
    fputs(rd_kafka_fatal_error(p->rk, NULL, 0) ? "; message: not sent" : text, out);
    free(text);
}

static void stop(struct producer *p) {
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(p->rk, NULL, 0);
    fprintf(p->out, "; fatal error: %s\n", fatal ? rd_kafka_err2name(fatal) : "none");
    rd_kafka_destroy(p->rk);
    rd_kafka_destroy(p->carrier);
}

static void in_answer_to(FILE *out, int16_t api, const char *idempotent, rd_kafka_resp_err_t code) {
    struct producer p;
    start_cluster(&p, out);
    if (api == 22)
        rd_kafka_mock_push_request_errors(p.cluster, api, 1, code);
    start(&p, idempotent, "300000");
    if (api != 22) {
        produce(&p);
        fputs(" (before it)", out);
        rd_kafka_mock_push_request_errors(p.cluster, api, 1, code);
    }
    if (api == 2) {
        /* Watermarks take two requests; of the error of one alone, the reference may say nothing. */
        rd_kafka_mock_push_request_errors(p.cluster, api, 1, code);
        int64_t low = -1, high = -1;
        rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(p.rk, "t", 0, &low, &high, hang_ms());
        fprintf(out, "; watermarks: %s %" PRId64 " %" PRId64, rd_kafka_err2name(err), low, high);
    }
    produce_first(&p);
    produce(&p);
    stop(&p);
}

static void of_topic(FILE *out, rd_kafka_resp_err_t code) {
    struct producer p;
    start_cluster(&p, out);
    start(&p, "false", "1500");
    rd_kafka_mock_topic_set_error(p.cluster, "t", code);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(p.rk, "t", NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t err = rd_kafka_metadata(p.rk, 0, rkt, &metadata, hang_ms());
    fprintf(out, "; metadata: %s", rd_kafka_err2name(err));
    if (!err) {
        CHECK(metadata->topic_cnt == 1, "%d topics", metadata->topic_cnt);
        fprintf(out, " %s", rd_kafka_err2name(metadata->topics[0].err));
        rd_kafka_metadata_destroy(metadata);
    }
    produce(&p);
    rd_kafka_mock_topic_set_error(p.cluster, "t", RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_destroy(rkt);
    stop(&p);
}

static const struct {
    const char *name, *idempotent;
    int16_t api;
} REQUESTS[] = {{"Produce", "false", 0},
                {"Produce, idempotent", "true", 0},
                {"InitProducerId", "true", 22},
                {"ListOffsets", "false", 2},
                {"the topic", NULL, -1}};

static void one(FILE *out, int number) {
    rd_kafka_resp_err_t code = (rd_kafka_resp_err_t)(FIRST_CODE + number % CODES);
    int request = number / CODES;
    fprintf(out, "%s: %s", REQUESTS[request].name, rd_kafka_err2name(code));
    /* TOPIC_AUTHORIZATION_FAILED becomes the topic's error, with ours a moment after the report, and until metadata says otherwise
     * (broker_errors_diff.c has it last). From OUT_OF_ORDER_SEQUENCE_NUMBER ours recovers (idempotence.c). */
    if (REQUESTS[request].api == 0 && (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
                                       (request == 1 && code == RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER)))
        fputs(" left out\n", out);
    else if (REQUESTS[request].idempotent)
        in_answer_to(out, REQUESTS[request].api, REQUESTS[request].idempotent, code);
    else
        of_topic(out, code);
}

int main(void) {
    run_cases(CODES * (int)(sizeof(REQUESTS) / sizeof(*REQUESTS)), one);
    return 0;
}
