/* test: differential valgrind */
/* Configuration objects: every property with good and bad values, reading, dumping and copying. Prints what the library
 * says; what our build does not have yet is left out of the output. */
#include "common.h"

/* All property names of librdkafka 2.16.0. */
static const char *const names[] = {
    "builtin.features", "client.id", "client.software.name", "client.software.version",
    "metadata.broker.list", "bootstrap.servers", "message.max.bytes", "message.copy.max.bytes",
    "receive.message.max.bytes", "max.in.flight.requests.per.connection", "max.in.flight",
    "metadata.recovery.strategy", "metadata.recovery.rebootstrap.trigger.ms", "metadata.request.timeout.ms",
    "topic.metadata.refresh.interval.ms", "metadata.max.age.ms", "topic.metadata.refresh.fast.interval.ms",
    "topic.metadata.refresh.fast.cnt", "topic.metadata.refresh.sparse", "topic.metadata.propagation.max.ms",
    "topic.blacklist", "debug", "socket.timeout.ms", "socket.blocking.max.ms", "socket.send.buffer.bytes",
    "socket.receive.buffer.bytes", "socket.keepalive.enable", "socket.nagle.disable", "socket.max.fails",
    "broker.address.ttl", "broker.address.family", "socket.connection.setup.timeout.ms",
    "connections.max.idle.ms", "enable.sparse.connections", "reconnect.backoff.jitter.ms",
    "reconnect.backoff.ms", "reconnect.backoff.max.ms", "statistics.interval.ms", "enabled_events",
    "error_cb", "throttle_cb", "stats_cb", "log_cb", "log_level", "log.queue", "log.thread.name",
    "enable.random.seed", "log.connection.close", "background_event_cb", "socket_cb", "connect_cb",
    "closesocket_cb", "open_cb", "resolve_cb", "opaque", "default_topic_conf",
    "internal.termination.signal", "api.version.request", "api.version.request.timeout.ms",
    "api.version.fallback.ms", "broker.version.fallback", "allow.auto.create.topics", "security.protocol",
    "ssl.cipher.suites", "ssl.curves.list", "ssl.sigalgs.list", "ssl.key.location", "ssl.key.password",
    "ssl.key.pem", "ssl_key", "ssl.certificate.location", "ssl.certificate.pem", "ssl_certificate",
    "ssl.ca.location", "https.ca.location", "https.ca.pem", "ssl.ca.pem", "ssl_ca",
    "ssl.ca.certificate.stores", "ssl.crl.location", "ssl.keystore.location", "ssl.keystore.password",
    "ssl.providers", "ssl.engine.location", "ssl.engine.id", "ssl_engine_callback_data",
    "enable.ssl.certificate.verification", "ssl.endpoint.identification.algorithm",
    "ssl.certificate.verify_cb", "ssl.truststore.location", "sasl.jaas.config", "sasl.mechanisms",
    "sasl.mechanism", "sasl.kerberos.service.name", "sasl.kerberos.principal", "sasl.kerberos.kinit.cmd",
    "sasl.kerberos.keytab", "sasl.kerberos.min.time.before.relogin", "sasl.username", "sasl.password",
    "sasl.oauthbearer.config", "enable.sasl.oauthbearer.unsecure.jwt", "oauthbearer_token_refresh_cb",
    "enable_sasl_queue", "sasl.oauthbearer.method", "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.credentials.client.id", "sasl.oauthbearer.client.credentials.client.secret",
    "sasl.oauthbearer.client.secret", "sasl.oauthbearer.scope", "sasl.oauthbearer.extensions",
    "sasl.oauthbearer.token.endpoint.url", "sasl.oauthbearer.sub.claim.name", "sasl.oauthbearer.grant.type",
    "sasl.oauthbearer.assertion.algorithm", "sasl.oauthbearer.assertion.private.key.file",
    "sasl.oauthbearer.assertion.private.key.passphrase", "sasl.oauthbearer.assertion.private.key.pem",
    "sasl.oauthbearer.assertion.file", "sasl.oauthbearer.assertion.claim.aud",
    "sasl.oauthbearer.assertion.claim.exp.seconds", "sasl.oauthbearer.assertion.claim.iss",
    "sasl.oauthbearer.assertion.claim.jti.include", "sasl.oauthbearer.assertion.claim.nbf.seconds",
    "sasl.oauthbearer.assertion.claim.sub", "sasl.oauthbearer.assertion.jwt.template.file",
    "sasl.oauthbearer.metadata.authentication.type", "plugin.library.paths", "interceptors",
    "test.mock.num.brokers", "test.mock.broker.rtt", "ut_handle_ProduceResponse", "group.id",
    "group.instance.id", "partition.assignment.strategy", "session.timeout.ms", "heartbeat.interval.ms",
    "group.protocol.type", "group.protocol", "group.remote.assignor", "coordinator.query.interval.ms",
    "max.poll.interval.ms", "enable.auto.commit", "auto.commit.interval.ms", "enable.auto.offset.store",
    "queued.min.messages", "queued.max.messages.kbytes", "fetch.wait.max.ms", "fetch.queue.backoff.ms",
    "fetch.message.max.bytes", "max.partition.fetch.bytes", "fetch.max.bytes", "fetch.min.bytes",
    "fetch.error.backoff.ms", "offset.store.method", "isolation.level", "consume_cb", "rebalance_cb",
    "offset_commit_cb", "enable.partition.eof", "check.crcs", "client.rack", "max.poll.records",
    "share.acknowledgement.mode", "transactional.id", "transaction.timeout.ms", "enable.idempotence",
    "enable.gapless.guarantee", "queue.buffering.max.messages", "queue.buffering.max.kbytes",
    "queue.buffering.max.ms", "linger.ms", "message.send.max.retries", "retries", "retry.backoff.ms",
    "retry.backoff.max.ms", "queue.buffering.backpressure.threshold", "compression.codec",
    "compression.type", "batch.num.messages", "batch.size", "delivery.report.only.error", "dr_cb",
    "dr_msg_cb", "sticky.partitioning.linger.ms", "client.dns.lookup", "enable.metrics.push",
    "request.required.acks", "acks", "request.timeout.ms", "message.timeout.ms", "delivery.timeout.ms",
    "queuing.strategy", "produce.offset.report", "partitioner", "partitioner_cb", "msg_order_cmp",
    "compression.level", "auto.commit.enable", "auto.offset.reset", "offset.store.path",
    "offset.store.sync.interval.ms", "consume.callback.max.messages",
    "no.such.property", "topic.acks", "topic.no.such.property", "", " acks", "ACKS",
};

/* Tried on every property. */
static const char *const values[] = {
    NULL,           "",         " ",       "0",       "1",         "-1",          "5",          "6",
    "1000",         "1001",     "0x20",    "010",     "10ms",      " 7",          "+8",         "2147483647",
    "2147483648",   "-99",      "1e3",     "0.5",     ".25s",      "900001",      "1e-3",       "1234567.8",
    "true",         "FALSE",    "t",       "f",       "yes",       "none",        "lz4",        "LZ4",
    "inherit",      "v4",       "V6",      "any",     "plaintext", "rebootstrap", "fifo",       "lifo",
    "file",         "broker",   "classic", "all",     "ALL",       "earliest",    "end",        "error",
    "random",       "murmur2",  "fnv1a_random",       "murmur2,",  "consistent ", "read_committed",
    "read_uncommitted",         "use_all_dns_ips",    "  host1:9092,host2",       "broker,topic, msg",
    "broker,topic,-broker",     "+cgrp,,eos",         "broker ,topic",            "0.9.0.1", "0.7.2", "1.0.0",
    "99999999999999999999999",  "legacy",
};

/* Refused here until they are built, or with another default: not compared. */
static const char *const not_built[] = {
    "ssl.",         "https.",   "enable.ssl.",        "sasl.",     "enable.sasl.", "plugin.library.paths",
    "transactional.id",         "enable.idempotence", "enable.gapless.guarantee",  "builtin.features",
    "produce.engine",           "multibatch",         "queuing.strategy",      "queue.buffering.max.broker.percent",
    "compression.threads",      "client.io.threads",
    "produce.request.",         "broker.linger.ms",   "broker.batch.",             "adaptive.",
    "log.queue",
    /* Hooks of librdkafka's own tests and pointers that only show an address. */
    "ut_handle_ProduceResponse",
    /* A list of regular expressions, which the reference compiles when it is set. */
    "topic.blacklist",
    /* The address of the default differs, and one of them may be NULL. */
    "log_cb",
};

static bool is_compared(const char *name) {
    for (size_t i = 0; i < sizeof(not_built) / sizeof(*not_built); i++)
        if (!strncmp(name, not_built[i], strlen(not_built[i])))
            return false;
    return true;
}

/* Addresses differ from run to run. */
static const char *shown(const char *value) {
    return strncmp(value, "0x", 2) ? value : "(address)";
}

static void print_get(rd_kafka_conf_res_t res, const char *value, size_t size) {
    if (res == RD_KAFKA_CONF_OK && strncmp(value, "0x", 2))
        printf(" -> \"%s\" (%zu)\n", value, size);
    else
        printf(" -> %d\n", res);
}

static void set_global(const char *name, const char *value) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[512] = "";
    char read[512] = "";
    size_t size = sizeof(read);
    int res = rd_kafka_conf_set(conf, name, value, reason, sizeof(reason));

    /* The reference leaves the text of its first attempt behind when the second one succeeds. */
    printf("conf %s=%s: %d %s", name, value ? value : "NULL", res, res == RD_KAFKA_CONF_OK ? "" : reason);
    print_get(rd_kafka_conf_get(conf, name, read, &size), read, size);
    rd_kafka_conf_destroy(conf);
}

static void set_topic(const char *name, const char *value) {
    rd_kafka_topic_conf_t *conf = rd_kafka_topic_conf_new();
    char reason[512] = "";
    char read[512] = "";
    size_t size = sizeof(read);
    int res = rd_kafka_topic_conf_set(conf, name, value, reason, sizeof(reason));

    /* The reference leaves the text of its first attempt behind when the second one succeeds. */
    printf("topic %s=%s: %d %s", name, value ? value : "NULL", res, res == RD_KAFKA_CONF_OK ? "" : reason);
    print_get(rd_kafka_topic_conf_get(conf, name, read, &size), read, size);
    rd_kafka_topic_conf_destroy(conf);
}

static void set_all(void) {
    for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++) {
        if (!is_compared(names[n]))
            continue;
        for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
            /* Half of such a list takes effect in the reference, none of it here. */
            if (!strcmp(names[n], "debug") && values[v] && strstr(values[v], " ,"))
                continue;
            set_global(names[n], values[v]);
            set_topic(names[n], values[v]);
        }
    }
}

static void print_dump(const char *title, const char **dump, size_t count) {
    for (size_t i = 0; i + 1 < count; i += 2)
        if (is_compared(dump[i]))
            printf("%s: %s = %s\n", title, dump[i], shown(dump[i + 1]));
    rd_kafka_conf_dump_free(dump, count);
}

static void dump_both(const char *title, rd_kafka_conf_t *conf) {
    rd_kafka_topic_conf_t *topic = rd_kafka_conf_get_default_topic_conf(conf);
    size_t count;
    const char **dump = rd_kafka_conf_dump(conf, &count);

    print_dump(title, dump, count);
    if (!topic) {
        printf("%s: no default topic configuration\n", title);
        return;
    }
    dump = rd_kafka_topic_conf_dump(topic, &count);
    print_dump(title, dump, count);
}

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk, (void)message, (void)opaque;
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)err, (void)reason, (void)opaque;
}

static int on_connect(int fd, const struct sockaddr *addr, int len, const char *id, void *opaque) {
    (void)fd, (void)addr, (void)len, (void)id, (void)opaque;
    return 0;
}

static int32_t on_partition(const rd_kafka_topic_t *rkt, const void *key, size_t keylen, int32_t count, void *rkt_opaque,
                            void *msg_opaque) {
    (void)rkt, (void)key, (void)keylen, (void)count, (void)rkt_opaque, (void)msg_opaque;
    return 0;
}

static void copy(void) {
    static const char *filter[] = {"client.", "dr_", "queue.buffering.max.k"};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_t *copy;
    rd_kafka_topic_conf_t *topic;

    conf_set(conf, "client.id", "copied");
    conf_set(conf, "debug", "broker,msg");
    conf_set(conf, "debug", "+topic,-msg");
    conf_set(conf, "linger.ms", "1.25");
    conf_set(conf, "queue.buffering.max.kbytes", "77");
    conf_set(conf, "queue.buffering.max.messages", "88");
    conf_set(conf, "compression.type", "lz4");
    conf_set(conf, "acks", "all");
    conf_set(conf, "topic.partitioner", "fnv1a");
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_connect_cb(conf, on_connect);
    rd_kafka_conf_set_opaque(conf, conf);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    rd_kafka_conf_enable_sasl_queue(conf, 1);
    dump_both("original", conf);

    copy = rd_kafka_conf_dup(conf);
    dump_both("copy", copy);
    conf_set(copy, "client.id", "changed");
    conf_set(copy, "acks", "1");
    dump_both("changed copy", copy);
    rd_kafka_conf_destroy(copy);

    copy = rd_kafka_conf_dup_filter(conf, 3, filter);
    dump_both("filtered copy", copy);
    rd_kafka_conf_destroy(copy);
    dump_both("original again", conf);

    topic = rd_kafka_topic_conf_dup(rd_kafka_conf_get_default_topic_conf(conf));
    rd_kafka_topic_conf_set_opaque(topic, conf);
    rd_kafka_topic_conf_set_partitioner_cb(topic, on_partition);
    CHECK(rd_kafka_topic_conf_set(topic, "message.timeout.ms", "1234", NULL, 0) == RD_KAFKA_CONF_OK, "set");
    rd_kafka_conf_set_default_topic_conf(conf, topic);
    dump_both("replaced topic configuration", conf);
    rd_kafka_conf_destroy(conf);
}

/* Reading into buffers of all sizes. */
static void read_into_buffers(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char buffer[16];
    size_t size = 0;

    printf("size query: %d", rd_kafka_conf_get(conf, "client.id", NULL, &size));
    printf(" %zu\n", size);
    for (size_t space = 1; space <= 9; space++) {
        memset(buffer, '#', sizeof(buffer));
        size = space;
        printf("space %zu: %d", space, rd_kafka_conf_get(conf, "client.id", buffer, &size));
        printf(" \"%s\" needs %zu, next byte %c\n", buffer, size, buffer[space]);
    }
    /* Cut reasons. */
    for (size_t space = 0; space <= 8; space++) {
        memset(buffer, '#', sizeof(buffer));
        buffer[sizeof(buffer) - 1] = '\0';
        printf("reason in %zu: %d", space, rd_kafka_conf_set(conf, "nope", "x", buffer, space));
        printf(" \"%s\"\n", buffer);
    }
    printf("no reason wanted: %d\n", rd_kafka_conf_set(conf, "nope", "x", NULL, 0));
    rd_kafka_conf_destroy(conf);
}

/* What stands before a wrong item is set. */
static void lists_of_flags(void) {
    static const char *values[] = {"broker,nonsense,msg", "topic,-topic,xx", "-broker,,+queue", ","};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char reason[200] = "", text[300] = "";
        size_t size = sizeof(text);
        int res = rd_kafka_conf_set(conf, "debug", values[i], reason, sizeof(reason));
        rd_kafka_conf_get(conf, "debug", text, &size);
        printf("debug=%s: %d %s, then %s\n", values[i], res, reason, text);
    }
    rd_kafka_conf_destroy(conf);
}

int main(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    dump_both("default", conf);
    rd_kafka_conf_destroy(conf);
    read_into_buffers();
    copy();
    set_all();
    lists_of_flags();
    return 0;
}
