/* test: alone valgrind engines on-mock=--sasl=user:secret limit=120 */
/*
 * What rd_kafka_message_errstr() says of messages that were not delivered in time, for every cause: behind the words of
 * rd_kafka_err2str(), which stay what they are, as the code does. Plain, idempotent and transactional producers.
 */
#include "common.h"

#define TIMEOUT "1200"
#define MESSAGES 3

enum kind { PLAIN, IDEMPOTENT, TRANSACTIONAL };

static const char *const kinds[] = {"plain", "idempotent", "transactional"};

struct producer {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *cluster;
    enum kind kind;
};

static int failed, delivered;
static char said[512];

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk, (void)opaque;
    if (!m->err) {
        CHECK(!rd_kafka_message_errstr(m), "a text without an error: %s", rd_kafka_message_errstr(m));
        delivered++;
        return;
    }
    if (m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT || m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE) {
        CHECK(!strcmp(rd_kafka_message_errstr(m), rd_kafka_err2str(m->err)), "purged: %s", rd_kafka_message_errstr(m));
        return;
    }
    CHECK(m->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, "%s: %s", rd_kafka_err2name(m->err), rd_kafka_message_errstr(m));
    CHECK(!rd_kafka_message_produce_errstr(m), "the broker's own text: %s", rd_kafka_message_produce_errstr(m));
    const char *text = rd_kafka_message_errstr(m), *of_code = rd_kafka_err2str(m->err);
    CHECK(!strcmp(of_code, "Local: Message timed out"), "err2str: %s", of_code);
    CHECK(!strncmp(text, of_code, strlen(of_code)), "%s", text);
    snprintf(said, sizeof(said), "%s", text);
    failed++;
}

/* The last message's text has these parts in this order; NULL ends the list. */
static void check_said(const char *cause, enum kind kind, ...) {
    va_list parts;
    va_start(parts, kind);
    const char *rest = said;
    for (const char *part; (part = va_arg(parts, const char *));) {
        const char *at = strstr(rest, part);
        CHECK(at, "%s, %s producer: no '%s' in '%s'", cause, kinds[kind], part, said);
        rest = at + strlen(part);
    }
    va_end(parts);
    printf("%s, %s producer: %s\n", cause, kinds[kind], said);
}

static rd_kafka_conf_t *hasty_conf(void) {
    rd_kafka_conf_t *conf = quiet_conf("message.timeout.ms", TIMEOUT, "linger.ms", "0", "retry.backoff.ms", "20", "retry.backoff.max.ms", "20",
                                       "socket.connection.setup.timeout.ms", "1000", NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return conf;
}

static void produce(rd_kafka_t *rk, const char *topic) {
    rd_kafka_resp_err_t err =
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("value", 5), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_END);
    CHECK(!err, "producev: %s", rd_kafka_err2name(err));
}

/* Some messages, until their time is over. */
static void produce_in_vain(rd_kafka_t *rk, const char *topic) {
    failed = 0;
    for (int i = 0; i < MESSAGES; i++)
        produce(rk, topic);
    AWAIT((rd_kafka_poll(rk, 10), failed == MESSAGES), "%d of %d messages have failed", failed, MESSAGES);
}

/* A producer that has delivered a message to the topic `t` of a cluster of one broker. */
static struct producer connected(enum kind kind, const char *max_in_flight) {
    struct producer p = {.kind = kind};
    rd_kafka_conf_t *conf = hasty_conf();
    conf_set(conf, "test.mock.num.brokers", "1");
    conf_set(conf, "max.in.flight", max_in_flight);
    if (kind == IDEMPOTENT)
        conf_set(conf, "enable.idempotence", "true");
    if (kind == TRANSACTIONAL) {
        conf_set(conf, "transactional.id", "id");
        conf_set(conf, "transaction.timeout.ms", "60000");
    }
    p.rk = new_producer(conf);
    p.cluster = rd_kafka_handle_mock_cluster(p.rk);
    rd_kafka_mock_topic_create(p.cluster, "t", 1, 1);
    if (kind == TRANSACTIONAL) {
        CHECK(!rd_kafka_init_transactions(p.rk, hang_ms()), "init_transactions");
        CHECK(!rd_kafka_begin_transaction(p.rk), "begin_transaction");
    }
    delivered = 0;
    produce(p.rk, "t");
    AWAIT((rd_kafka_poll(p.rk, 10), delivered), "nothing is delivered");
    return p;
}

static void end(struct producer p) {
    rd_kafka_purge(p.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(p.rk);
}

static void on_a_cluster(enum kind kind) {
    struct producer p = connected(kind, "5");
    rd_kafka_mock_push_request_errors(p.cluster, 0, 5, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    for (int i = 0; i < 200; i++)
        rd_kafka_mock_push_request_errors(p.cluster, 0, 1, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    produce_in_vain(p.rk, "t");
    check_said("refused again and again", kind, "; broker 1 answered ", " s ago: Broker: Not enough in-sync replicas", NULL);
    end(p);

    p = connected(kind, "5");
    rd_kafka_mock_broker_set_rtt(p.cluster, 1, 60000);
    produce_in_vain(p.rk, "t");
    check_said("no answer", kind, "Local: Message timed out: 1.", " s in flight to broker 127.0.0.1:", "/1 without an answer", NULL);
    end(p);

    p = connected(kind, "5");
    rd_kafka_mock_broker_set_down(p.cluster, 1);
    produce_in_vain(p.rk, "t");
    check_said("the broker is down", kind, "broker 127.0.0.1:", "/1 down for ", " s: ", NULL);
    end(p);

    p = connected(kind, "5");
    rd_kafka_mock_partition_set_leader(p.cluster, "t", 0, -1);
    rd_kafka_mock_push_request_errors(p.cluster, 0, 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    produce_in_vain(p.rk, "t");
    check_said("no leader", kind, "no leader for ", " s", NULL);
    end(p);

    p = connected(kind, "5");
    rd_kafka_mock_topic_set_error(p.cluster, "nowhere", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    produce_in_vain(p.rk, "nowhere");
    check_said("an unknown topic", kind, "topic unknown for ", " s (Broker: Unknown topic or partition)", NULL);
    end(p);
}

static void behind_another_request(void) {
    struct producer p = connected(PLAIN, "1");
    rd_kafka_topic_conf_t *patient = rd_kafka_topic_conf_new();
    char text[256];
    CHECK(rd_kafka_topic_conf_set(patient, "message.timeout.ms", "60000", text, sizeof(text)) == RD_KAFKA_CONF_OK, "%s", text);
    rd_kafka_topic_t *long_lived = rd_kafka_topic_new(p.rk, "patient", patient);
    delivered = 0;
    produce(p.rk, "patient");
    AWAIT((rd_kafka_poll(p.rk, 10), delivered), "nothing is delivered");
    rd_kafka_mock_broker_set_rtt(p.cluster, 1, 60000);
    rd_kafka_mock_start_request_tracking(p.cluster);
    produce(p.rk, "patient");
    AWAIT((rd_kafka_poll(p.rk, 10), rd_kafka_outq_len(p.rk) == 1), "outq");
    sleep_ms(100); /* until it is in flight; if it is not, both wait for the same */
    produce_in_vain(p.rk, "t");
    check_said("behind another request", PLAIN, "waiting behind max.in.flight=1: broker 127.0.0.1:", " has not answered the oldest request for ", " s", NULL);
    rd_kafka_topic_destroy(long_lived);
    end(p);
}

static void nobody_is_there(void) {
    rd_kafka_conf_t *conf = hasty_conf();
    conf_set(conf, "bootstrap.servers", "127.0.0.1:1");
    rd_kafka_t *rk = new_producer(conf);
    produce_in_vain(rk, "t");
    check_said("no broker at all", PLAIN, "topic unknown for ", " s; broker 127.0.0.1:1/bootstrap down for ", " s: ", "Connection refused", NULL);
    rd_kafka_destroy(rk);
}

static void refused(const char *bootstrap) {
    rd_kafka_conf_t *conf = hasty_conf();
    conf_set(conf, "bootstrap.servers", bootstrap);
    conf_set(conf, "security.protocol", "sasl_plaintext");
    conf_set(conf, "sasl.mechanism", "PLAIN");
    conf_set(conf, "sasl.username", "user");
    conf_set(conf, "sasl.password", "wrong");
    rd_kafka_t *rk = new_producer(conf);
    produce_in_vain(rk, "t");
    check_said("a wrong password", PLAIN, "topic unknown for ", " has refused authentication for ", " s: SASL authentication error: ", NULL);
    rd_kafka_destroy(rk);
}

/* Reports as events: the text is the message's, and so lives as long as its event. */
static void as_an_event(void) {
    rd_kafka_conf_t *conf = quiet_conf("message.timeout.ms", TIMEOUT, "bootstrap.servers", "127.0.0.1:1", NULL);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    produce(rk, "t");
    produce(rk, "t");
    rd_kafka_event_t *event = NULL;
    AWAIT((rd_kafka_event_destroy(event), event = rd_kafka_queue_poll(queue, 10), rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR), "no report");
    const rd_kafka_message_t *m[2];
    size_t n = rd_kafka_event_message_array(event, m, 2);
    CHECK(n >= 1, "no message");
    const char *text = rd_kafka_message_errstr(m[0]);
    for (size_t i = 1; i < n; i++)
        CHECK(rd_kafka_message_errstr(m[i]) == text, "messages that expired together have one text");
    CHECK(strstr(text, "topic unknown for "), "%s", text);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "usage: %s BOOTSTRAP", argv[0]);
    for (enum kind kind = PLAIN; kind <= TRANSACTIONAL; kind++)
        on_a_cluster(kind);
    behind_another_request();
    nobody_is_there();
    refused(argv[1]);
    as_an_event();
    CHECK(rd_kafka_wait_destroyed(hang_ms()) == 0, "instances are left");
    return 0;
}
