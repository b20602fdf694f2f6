/* test: alone valgrind engines limit=60 */
/* Statistics as structs say the same as the document of the same event. */
#include "json.h"

static int typed_calls, json_calls;
static uint32_t brokers_seen, engine_objects;

static void on_typed(rd_kafka_t *rk, const rd_kafka_stats_t *s, void *opaque) {
    CHECK(opaque == &typed_calls, "opaque");
    CHECK(json_calls == typed_calls || json_calls == 0, "structs come first");
    CHECK(!strcmp(s->name, rd_kafka_name(rk)) && s->type == RD_KAFKA_PRODUCER, "%s, type %d", s->name, s->type);
    brokers_seen = s->broker_cnt;
    __atomic_add_fetch(&typed_calls, 1, __ATOMIC_SEQ_CST);
}

static int on_json(rd_kafka_t *rk, char *json, size_t length, void *opaque) {
    (void)rk, (void)opaque;
    CHECK(strlen(json) == length, "length");
    json_calls++;
    CHECK(json_calls == typed_calls, "structs come first");
    return 0;
}

static void same(const struct json *j, const char *path, int64_t value) {
    int64_t expected = json_int(j, "%s", path);
    CHECK(expected == value, "%s is %" PRId64 " as JSON, but %" PRId64, path, expected, value);
}

/* A member of an object, by the name that both forms have for it. */
#define SAME(base, name, value)                                                                                        \
    do {                                                                                                               \
        char path_[2100];                                                                                              \
        snprintf(path_, sizeof(path_), "%s%s%s", base, *(base) ? "|" : "", name);                                      \
        same(j, path_, (int64_t)(value));                                                                              \
    } while (0)

static void same_text(const struct json *j, const char *base, const char *name, const char *value) {
    char path[2100];
    snprintf(path, sizeof(path), "%s%s%s", base, *base ? "|" : "", name);
    const struct json_value *v = json_find(j, path);
    CHECK(v && !strcmp(v->text, value), "%s is %s, but %s", path, v ? v->text : "missing", value);
}

static void window(const struct json *j, const char *base, const char *name, const rd_kafka_avg_stats_t *w) {
    char at[700];
    snprintf(at, sizeof(at), "%s|%s", base, name);
    SAME(at, "min", w->min);
    SAME(at, "max", w->max);
    SAME(at, "avg", w->avg);
    SAME(at, "sum", w->sum);
    SAME(at, "cnt", w->cnt);
    SAME(at, "stddev", w->stddev);
    SAME(at, "p50", w->p50);
    SAME(at, "p75", w->p75);
    SAME(at, "p90", w->p90);
    SAME(at, "p95", w->p95);
    SAME(at, "p99", w->p99);
    SAME(at, "p99_99", w->p99_99);
    SAME(at, "outofrange", w->oor);
    SAME(at, "hdrsize", w->hdrsize);
    CHECK(w->cnt == 0 || (w->min <= w->avg && w->avg <= w->max && w->p50 <= w->p99), "%s makes no sense", at);
}

static void broker(const struct json *j, const rd_kafka_broker_stats_t *b) {
    static const char *const states[] = {"INIT", "DOWN", "TRY_CONNECT", "CONNECT", "", "", "UP", "APIVERSION_QUERY"};
    char at[500], path[1000];
    snprintf(at, sizeof(at), "brokers|%s", b->name);
    same_text(j, at, "name", b->name);
    same_text(j, at, "nodename", b->nodename);
    same_text(j, at, "source", b->source);
    same_text(j, at, "state", states[b->state]);
    SAME(at, "nodeid", b->nodeid);
    SAME(at, "stateage", b->stateage_us);
    SAME(at, "outbuf_cnt", b->outbuf_cnt);
    SAME(at, "outbuf_msg_cnt", b->outbuf_msg_cnt);
    SAME(at, "waitresp_cnt", b->waitresp_cnt);
    SAME(at, "waitresp_msg_cnt", b->waitresp_msg_cnt);
    SAME(at, "tx", b->tx);
    SAME(at, "txbytes", b->tx_bytes);
    SAME(at, "txerrs", b->tx_errs);
    SAME(at, "txretries", b->tx_retries);
    SAME(at, "txidle", b->tx_idle_us);
    SAME(at, "req_timeouts", b->req_timeouts);
    SAME(at, "rx", b->rx);
    SAME(at, "rxbytes", b->rx_bytes);
    SAME(at, "rxerrs", b->rx_errs);
    SAME(at, "rxidle", b->rx_idle_us);
    SAME(at, "rxcorriderrs", b->rx_corriderrs);
    SAME(at, "rxpartial", b->rx_partial);
    SAME(at, "zbuf_grow", b->zbuf_grow);
    SAME(at, "buf_grow", b->buf_grow);
    SAME(at, "wakeups", b->wakeups);
    SAME(at, "connects", b->connects);
    SAME(at, "disconnects", b->disconnects);
    window(j, at, "int_latency", &b->int_latency);
    window(j, at, "outbuf_latency", &b->outbuf_latency);
    window(j, at, "rtt", &b->rtt);
    window(j, at, "throttle", &b->throttle);
    for (uint32_t i = 0; i < b->req_cnt; i++) {
        snprintf(path, sizeof(path), "req|%s", b->reqs[i].name);
        SAME(at, path, b->reqs[i].count);
    }
    for (uint32_t i = 0; i < b->toppar_cnt; i++) {
        snprintf(path, sizeof(path), "toppars|%s-%d|partition", b->toppars[i].topic, b->toppars[i].partition);
        SAME(at, path, b->toppars[i].partition);
    }
    CHECK(b->produce_partitions.cnt == b->produce_messages.cnt && b->produce_messages.cnt == b->produce_reqsize.cnt,
          "windows of requests");
    /* The document has what an engine adds only if there is such an engine. */
    snprintf(path, sizeof(path), "%s|produce_fill", at);
    if (json_find(j, path)) {
        window(j, at, "produce_partitions", &b->produce_partitions);
        window(j, at, "produce_messages", &b->produce_messages);
        window(j, at, "produce_reqsize", &b->produce_reqsize);
        window(j, at, "produce_fill", &b->produce_fill);
        window(j, at, "batch_wait", &b->batch_wait);
        engine_objects += 6; /* and batch_triggers */
    }
    snprintf(path, sizeof(path), "%s|adaptive", at);
    CHECK(!json_find(j, path) == !b->adaptive_enabled, "adaptive is one thing here and another there");
    if (b->adaptive_enabled) {
        SAME(at, "adaptive|linger_us", b->adaptive_linger_us);
        SAME(at, "adaptive|batch_max_bytes", b->adaptive_batch_max_bytes);
        SAME(at, "adaptive|rtt_base_us", b->adaptive_rtt_base_us);
        SAME(at, "adaptive|rtt_current_us", b->adaptive_rtt_current_us);
        SAME(at, "adaptive|int_lat_base_us", b->adaptive_int_lat_base_us);
        SAME(at, "adaptive|int_lat_current_us", b->adaptive_int_lat_current_us);
        SAME(at, "adaptive|adjustments_up", b->adaptive_adjustments_up);
        SAME(at, "adaptive|adjustments_down", b->adaptive_adjustments_down);
        SAME(at, "adaptive|backlog_drain_events", b->adaptive_backlog_drain_events);
        engine_objects++;
    }
}

static void partition(const struct json *j, const char *topic, const rd_kafka_partition_stats_t *p) {
    char at[600];
    snprintf(at, sizeof(at), "topics|%s|partitions|%d", topic, p->partition);
    SAME(at, "partition", p->partition);
    SAME(at, "broker", p->broker_id);
    SAME(at, "leader", p->leader);
    same_text(j, at, "desired", p->desired ? "true" : "false");
    same_text(j, at, "unknown", p->unknown ? "true" : "false");
    SAME(at, "msgq_cnt", p->msgq_cnt);
    SAME(at, "msgq_bytes", p->msgq_bytes);
    SAME(at, "xmit_msgq_cnt", p->xmit_msgq_cnt);
    SAME(at, "xmit_msgq_bytes", p->xmit_msgq_bytes);
    SAME(at, "fetchq_cnt", p->fetchq_cnt);
    SAME(at, "fetchq_size", p->fetchq_size);
    SAME(at, "query_offset", p->query_offset);
    SAME(at, "next_offset", p->next_offset);
    SAME(at, "app_offset", p->app_offset);
    SAME(at, "stored_offset", p->stored_offset);
    SAME(at, "stored_leader_epoch", p->stored_leader_epoch);
    SAME(at, "committed_offset", p->committed_offset);
    SAME(at, "committed_leader_epoch", p->committed_leader_epoch);
    SAME(at, "eof_offset", p->eof_offset);
    SAME(at, "lo_offset", p->lo_offset);
    SAME(at, "hi_offset", p->hi_offset);
    SAME(at, "ls_offset", p->ls_offset);
    SAME(at, "consumer_lag", p->consumer_lag);
    SAME(at, "consumer_lag_stored", p->consumer_lag_stored);
    SAME(at, "leader_epoch", p->leader_epoch);
    SAME(at, "txmsgs", p->txmsgs);
    SAME(at, "txbytes", p->txbytes);
    SAME(at, "rxmsgs", p->rxmsgs);
    SAME(at, "rxbytes", p->rxbytes);
    SAME(at, "msgs", p->msgs);
    SAME(at, "rx_ver_drops", p->rx_ver_drops);
    SAME(at, "msgs_inflight", p->msgs_inflight);
    SAME(at, "next_ack_seq", p->next_ack_seq);
    SAME(at, "next_err_seq", p->next_err_seq);
    SAME(at, "acked_msgid", p->acked_msgid);
}

/* Every struct against the document; no object of the document may be missing among the structs. */
static void compare(const struct json *j, const rd_kafka_stats_t *s) {
    uint32_t objects = 0, found = 1 + 2; /* the document, brokers, topics */
    char at[600];

    engine_objects = 0;
    same_text(j, "", "name", s->name);
    same_text(j, "", "client_id", s->client_id);
    SAME("", "ts", s->ts_us);
    SAME("", "time", s->time_sec);
    SAME("", "age", s->age_us);
    SAME("", "replyq", s->replyq);
    SAME("", "msg_cnt", s->msg_cnt);
    SAME("", "msg_size", s->msg_size);
    SAME("", "msg_max", s->msg_max);
    SAME("", "msg_size_max", s->msg_size_max);
    SAME("", "simple_cnt", s->simple_cnt);
    SAME("", "metadata_cache_cnt", s->metadata_cache_cnt);
    SAME("", "tx", s->tx);
    SAME("", "tx_bytes", s->tx_bytes);
    SAME("", "rx", s->rx);
    SAME("", "rx_bytes", s->rx_bytes);
    SAME("", "txmsgs", s->txmsgs);
    SAME("", "txmsg_bytes", s->txmsg_bytes);
    SAME("", "rxmsgs", s->rxmsgs);
    SAME("", "rxmsg_bytes", s->rxmsg_bytes);
    for (uint32_t i = 0; i < s->broker_cnt; i++) {
        broker(j, &s->brokers[i]);
        found += 1 + 4 + 2 + s->brokers[i].toppar_cnt; /* windows, req, toppars */
    }
    for (uint32_t i = 0; i < s->topic_cnt; i++) {
        const rd_kafka_topic_stats_t *t = &s->topics[i];
        snprintf(at, sizeof(at), "topics|%s", t->name);
        same_text(j, at, "topic", t->name);
        SAME(at, "age", t->age_us / 1000);
        SAME(at, "metadata_age", t->metadata_age_us / 1000);
        window(j, at, "batchsize", &t->batchsize);
        window(j, at, "batchcnt", &t->batchcnt);
        for (uint32_t p = 0; p < t->partition_cnt; p++)
            partition(j, t->name, &t->partitions[p]);
        found += 1 + 2 + 1 + t->partition_cnt;
    }
    for (size_t i = 0; i < j->count; i++)
        objects += !strcmp(j->values[i].type, "object");
    found += engine_objects;
    CHECK(objects == found, "%u objects, but %u structs", objects, found);
    CHECK(!s->has_cgrp && !s->has_eos && !s->has_fatal, "parts that this producer does not have");
}

/* An event has the structs although no callback for them is set, nor any other. */
static void events(void) {
    rd_kafka_conf_t *conf = quiet_conf("test.mock.num.brokers", "2", "statistics.interval.ms", "100", "linger.ms", "1", NULL);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_STATS);
    rd_kafka_t *rk = new_producer(conf);
    mock_with_topic(rk, "t", 3);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    int64_t sent = 0, reported = 0;
    double deadline = give_up_at();
    for (int documents = 0; documents < 12 || (reported < sent && now_s() < deadline);) {
        for (int i = 0; sent < documents * 500 && sent < 3000 && i < 500; i++, sent++)
            CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC((i % 2 ? "t" : "u")), RD_KAFKA_V_VALUE("value", 5),
                                     RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
                  "producev");
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 100);
        if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_STATS) {
            const rd_kafka_stats_t *s = rd_kafka_event_stats_typed(ev);
            CHECK(s && s == rd_kafka_event_stats_typed(ev), "one set of structs per event");
            struct json *j = json_parse(rd_kafka_event_stats(ev));
            compare(j, s);
            reported = s->txmsgs;
            CHECK(s->replyq >= 0 && s->txmsgs <= sent, "%" PRId64 " of %" PRId64 " sent", s->txmsgs, sent);
            json_free(j);
            documents++;
        } else {
            CHECK(!rd_kafka_event_stats_typed(ev), "structs of another event");
        }
        rd_kafka_event_destroy(ev);
    }
    CHECK(reported == sent, "%" PRId64 " of %" PRId64 " messages are shown as sent", reported, sent);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

static void callbacks(int json_too) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", "127.0.0.1:1", "statistics.interval.ms", "50", NULL);
    rd_kafka_conf_set_opaque(conf, &typed_calls);
    rd_kafka_conf_set_stats_cb_typed(conf, on_typed);
    if (json_too)
        rd_kafka_conf_set_stats_cb(conf, on_json);
    rd_kafka_conf_t *copy = rd_kafka_conf_dup(conf);
    rd_kafka_conf_destroy(conf);
    typed_calls = json_calls = 0;
    rd_kafka_t *rk = new_producer(copy);
    while (typed_calls < 3)
        rd_kafka_poll(rk, 100);
    CHECK(brokers_seen == 1, "%u brokers", brokers_seen);
    CHECK(json_calls == (json_too ? typed_calls : 0), "%d documents for %d sets of structs", json_calls, typed_calls);
    rd_kafka_destroy(rk);
}

static void fatal(void) {
    rd_kafka_conf_t *conf = quiet_conf("statistics.interval.ms", "50", NULL);
    rd_kafka_t *rk = new_producer(conf);
    CHECK(!rd_kafka_test_fatal_error(rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "for the test"), "fatal");
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    for (;;) {
        rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 1000);
        const rd_kafka_stats_t *s = rd_kafka_event_stats_typed(ev);
        if (s) {
            struct json *j = json_parse(rd_kafka_event_stats(ev));
            CHECK(s->has_fatal && s->fatal_err == RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER && s->fatal_cnt == 1, "fatal");
            same_text(j, "fatal", "reason", s->fatal_reason);
            same_text(j, "fatal", "error", rd_kafka_err2str(s->fatal_err));
            json_free(j);
            rd_kafka_event_destroy(ev);
            break;
        }
        rd_kafka_event_destroy(ev);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

int main(void) {
    CHECK(!rd_kafka_event_stats_typed(NULL), "NULL");
    events();
    callbacks(0);
    callbacks(1);
    fatal();
    return 0;
}
