/* test: differential engines limit=120 */
/*
 * What a client pushes to a broker that asks for metrics (KIP-714): requests, names, kinds, attributes and values, codecs, what follows
 * from errors, the last push of a client that ends, and the log. The broker is in this program and reads what it is sent.
 */
#include "odd_broker.h"

#define SUBSCRIPTIONS 71
#define PUSH 72
#define HASTY 100     /* ms, a step of the pauses between pushes where a case waits for several */
#define PATIENT 60000 /* where nothing but the last push is to come */

/* What the broker wants and answers. */
static struct script {
    const char *metrics[4];
    int8_t codecs[4];
    int codec_count;
    bool cumulative;
    int interval_ms, max_bytes;
    int push_error; /* of the second push */
    bool silent;    /* there is no answer to pushes */
    int shown;      /* pushes that are shown */
    bool measured;  /* whether there is a value is shown of each metric */
} script;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int asked, pushed, last_pushes; /* requests of each kind so far */
static char next_request[100];         /* what has come behind the push that failed */
static double failed_at;
static int64_t begun, last_time; /* of metrics, in ns */

/* Protocol buffers, as far as they are needed. */

struct bytes {
    const unsigned char *at, *end;
};

struct field {
    unsigned number, type;
    uint64_t value;
    struct bytes inside;
};

static uint64_t varint(struct bytes *in) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        CHECK(in->at < in->end && shift < 64, "a number that does not end");
        value |= (uint64_t)(*in->at & 127) << shift;
        if (!(*in->at++ & 128))
            return value;
    }
}

static bool next_field(struct bytes *in, struct field *f) {
    if (in->at == in->end)
        return false;
    uint64_t tag = varint(in);
    f->number = (unsigned)(tag >> 3), f->type = tag & 7, f->value = 0;
    if (f->type == 0) {
        f->value = varint(in);
    } else if (f->type == 1) {
        CHECK(in->end - in->at >= 8, "half a number");
        for (int i = 7; i >= 0; i--)
            f->value = f->value << 8 | in->at[i];
        in->at += 8;
    } else {
        CHECK(f->type == 2, "field %u of type %u", f->number, f->type);
        uint64_t length = varint(in);
        CHECK(length <= (uint64_t)(in->end - in->at), "a field that is longer than all");
        f->inside = (struct bytes){in->at, in->at + length};
        in->at += length;
    }
    return true;
}

/* A text of ours, with the version of whichever library this is left out. */
static void show_text(struct bytes text) { printf("%.*s", (int)(text.end - text.at), (const char *)text.at); }

static bool begins(struct bytes text, const char *with) {
    return (size_t)(text.end - text.at) >= strlen(with) && !memcmp(text.at, with, strlen(with));
}

/* Returns the number that an attribute has, and shows one that is a text. */
static int64_t attribute(struct bytes in) {
    struct field f, v;
    int64_t number = 0;
    while (next_field(&in, &f))
        if (f.number == 1)
            printf(" ["), show_text(f.inside), printf("]");
        else
            while (next_field(&f.inside, &v))
                if (v.number == 1)
                    printf(" = '"), show_text(v.inside), printf("'");
                else if (v.number == 3)
                    number = (int64_t)v.value;
                else
                    FAIL("an attribute of kind %u", v.number);
    return number;
}

struct point {
    int64_t start, time, node;
    bool has_node, is_double;
    double value;
};

static struct point read_point(struct bytes in) {
    struct point p = {0};
    struct field f, k;
    while (next_field(&in, &f)) {
        if (f.number == 2)
            p.start = (int64_t)f.value;
        else if (f.number == 3)
            p.time = (int64_t)f.value;
        else if (f.number == 4)
            p.is_double = true, memcpy(&p.value, &f.value, 8);
        else if (f.number == 6)
            p.value = (double)(int64_t)f.value;
        else if (f.number == 7) {
            p.has_node = true;
            while (next_field(&f.inside, &k))
                if (k.number == 1)
                    CHECK(begins(k.inside, "node.id"), "another attribute than the node's id");
                else
                    while (next_field(&k.inside, &f))
                        p.node = (int64_t)f.value;
        } else
            FAIL("field %u of a point", f.number);
    }
    return p;
}

/* What hangs on neither time nor the number of connections is shown as it is. */
static void show_value(struct bytes name, const struct point *p) {
    bool exact = memmem(name.at, (size_t)(name.end - name.at), "throttle", 8) || memmem(name.at, (size_t)(name.end - name.at), "assigned", 8) ||
                 memmem(name.at, (size_t)(name.end - name.at), "rebalance", 9);
    bool positive = memmem(name.at, (size_t)(name.end - name.at), "producer.request.latency", 24) != NULL || script.measured;
    printf(" %s", p->is_double ? "double" : "int");
    if (exact)
        printf(" %g", p->value);
    else if (positive)
        printf(" %s", p->value > 0 ? "positive" : "zero");
    else
        CHECK(p->value >= 0 && p->value < 1e7, "a value of %g", p->value);
}

static void show_metric(struct bytes in) {
    struct field f, d;
    struct bytes name = {0}, description = {0}, data = {0};
    unsigned kind = 0;
    while (next_field(&in, &f))
        if (f.number == 1)
            name = f.inside;
        else if (f.number == 2)
            description = f.inside;
        else
            kind = f.number, data = f.inside;
    if (!begins(name, "org.apache.kafka."))
        return; /* of the engine v2 */
    struct point p = {0};
    int points = 0, temporality = 0, monotonic = 0;
    while (next_field(&data, &d))
        if (d.number == 1)
            p = read_point(d.inside), points++;
        else if (d.number == 2)
            temporality = (int)d.value;
        else
            monotonic = (int)d.value;
    CHECK(points == 1, "%d points", points);
    printf("    "), show_text(name), printf(": "), show_text(description);
    printf("\n      %s", kind == 5 ? "gauge" : kind == 7 ? "sum" : "?");
    if (kind == 7)
        printf(" %s%s", temporality == 1 ? "delta" : temporality == 2 ? "cumulative" : "?", monotonic ? " monotonic" : "");
    show_value(name, &p);
    if (p.has_node)
        printf(" of node %d", (int)p.node);
    int64_t since = kind == 7 && temporality == 2 ? begun : last_time;
    if (!begun)
        begun = p.start;
    printf(" %s\n", p.start >= p.time ? "no time" : !since || p.start == since ? "since then" : "since another time");
    last_time = last_time ? last_time : p.start;
    if (kind != 7 || temporality == 1)
        last_time = p.start;
}

static int64_t time_of(struct bytes in) {
    /* Of the first point that there is: all have the same. */
    struct field f;
    static const unsigned char path[] = {1, 2, 2};
    for (size_t i = 0; i < sizeof(path); i++) {
        do
            if (!next_field(&in, &f))
                return 0;
        while (f.number != path[i]);
        in = f.inside;
    }
    struct field d;
    while (next_field(&in, &f))
        while ((f.number == 5 || f.number == 7) && next_field(&f.inside, &d))
            if (d.number == 1)
                return read_point(d.inside).time;
    return 0;
}

static void show_payload(struct bytes in) {
    struct bytes all = in;
    struct field r, s, m;
    if (in.at == in.end)
        printf("    nothing\n");
    while (next_field(&in, &r))
        while (next_field(&r.inside, &s))
            if (s.number == 1) {
                while (next_field(&s.inside, &m))
                    printf("    label"), attribute(m.inside), printf("\n");
            } else
                while (next_field(&s.inside, &m))
                    if (m.number == 1) {
                        struct field n;
                        while (next_field(&m.inside, &n))
                            if (n.number == 1)
                                printf("    scope "), show_text(n.inside), printf("\n");
                            else
                                CHECK(n.number == 2 && n.inside.end > n.inside.at, "no version");
                    } else
                        show_metric(m.inside);
    last_time = time_of(all);
}

/* The broker. */

static int64_t number(const unsigned char *at, int bytes) {
    int64_t n = 0;
    for (int i = 0; i < bytes; i++)
        n = n << 8 | at[i];
    return n;
}

static void put_compact(const char *text) {
    put((int64_t)strlen(text) + 1, 1);
    memcpy(odd_out + odd_used, text, strlen(text));
    odd_used += strlen(text);
}

static void answer_subscriptions(const unsigned char *body) {
    static const unsigned char given[16] = "an id of 16 byte";
    static const unsigned char none[16];
    CHECK(!memcmp(body, asked ? given : none, 16), "an id that nobody has given");
    asked++;
    put(0, 4), put(0, 2);
    memcpy(odd_out + odd_used, given, 16), odd_used += 16;
    put(77, 4), put(script.codec_count + 1, 1);
    for (int i = 0; i < script.codec_count; i++)
        put(script.codecs[i], 1);
    put(script.interval_ms, 4), put(script.max_bytes, 4), put(!script.cumulative, 1);
    int count = 0;
    while (script.metrics[count])
        count++;
    put(count + 1, 1);
    for (int i = 0; i < count; i++)
        put_compact(script.metrics[i]);
    put(0, 1);
}

static bool answer_push(const unsigned char *body, size_t length) {
    int terminating = body[20], codec = body[21];
    struct bytes payload = {body + 22, body + length};
    uint64_t size = varint(&payload) - 1;
    CHECK((size_t)(payload.end - payload.at) == size + 1, "a length that is wrong");
    payload.end = payload.at + size;
    pushed++, last_pushes += terminating;
    CHECK(!memcmp(body, "an id of 16 byte", 16) && number(body + 16, 4) == 77, "a push of somebody else");
    if (pushed <= script.shown) {
        printf("  push %d%s, codec %d\n", pushed, terminating ? ", the last" : "", codec);
        if (!codec)
            show_payload(payload);
    }
    bool fails = script.push_error && pushed == 2;
    if (fails)
        failed_at = now_s();
    put(0, 4), put(fails ? script.push_error : 0, 2), put(0, 1);
    return !script.silent;
}

static bool answer(int api, const unsigned char *body, size_t length) {
    pthread_mutex_lock(&lock);
    if (failed_at && !*next_request)
        snprintf(next_request, sizeof(next_request), "%s", api == PUSH ? body[20] ? "the last push" : "a push" : "a question");
    bool answered = true;
    if (api == SUBSCRIPTIONS)
        answer_subscriptions(body);
    else
        answered = answer_push(body, length);
    pthread_mutex_unlock(&lock);
    return answered;
}

static void throttled_produce(int version) {
    put(1, 4), put_text("t"), put(1, 4), put_produced(version, 0, 0), put(0, 4), put(-1, 2), put(40, 4);
}

/* The client. */

static char lines[200][300];
static int line_count;
static atomic_int handled; /* answers that say what is wanted */
static atomic_bool stopped;

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    static const char *const ours[] = {"SETBROKER", "GETSUBSCRIPTIONS", "PUSH", "TERM", "TELEMETRY"};
    char line[300];
    size_t n = 0;
    (void)rk;
    bool is_ours = false;
    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
        is_ours |= !strcmp(facility, ours[i]);
    if (!is_ours || strstr(text, "Awaiting") || strstr(text, "Ended waiting"))
        return; /* on the application's own thread: these come in between */
    const char *colon = strstr(text, "]: ");
    n = (size_t)snprintf(line, sizeof(line), "%d %s ", level, facility);
    for (text = colon ? colon + 3 : text; *text && n + 2 < sizeof(line); text++)
        if (*text >= '0' && *text <= '9') {
            line[n++] = 'N';
            while (text[1] >= '0' && text[1] <= '9')
                text++;
        } else if (*text != '\n')
            line[n++] = *text;
    line[n] = '\0';
    handled += strstr(line, "Handled GetTelemetrySubscriptions") != NULL;
    stopped = stopped || strstr(line, "Setting state to TERMINATED");
    pthread_mutex_lock(&lock);
    if (line_count < 200)
        strcpy(lines[line_count++], line);
    pthread_mutex_unlock(&lock);
}

static void begin(struct script s) {
    script = s;
    asked = pushed = last_pushes = line_count = 0;
    handled = 0;
    stopped = false;
    *next_request = '\0', failed_at = 0, begun = last_time = 0;
    odd.telemetry = answer;
    odd.produce = NULL;
    start_odd_broker();
}

static rd_kafka_conf_t *conf_of(void) {
    rd_kafka_conf_t *conf = quiet_conf("client.id", "c", NULL);
    odd_bootstrap(conf);
    conf_set(conf, "debug", "telemetry");
    rd_kafka_conf_set_log_cb(conf, on_log);
    return conf;
}

static void produce(rd_kafka_t *rk, int messages) {
    for (int i = 0; i < messages; i++)
        CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END),
              "produce");
    CHECK(!rd_kafka_flush(rk, hang_ms()), "flush");
}

/* A producer that has been told what is wanted. */
static rd_kafka_t *told_producer(rd_kafka_conf_t *conf) {
    rd_kafka_t *rk = new_producer(conf);
    produce(rk, 1);
    AWAIT(handled, "nobody asks what is wanted");
    return rk;
}

static void end(rd_kafka_t *rk) {
    rd_kafka_destroy(rk);
    stop_odd_broker();
}

static void all_of_a_producer(void) {
    printf("producer, everything\n");
    begin((struct script){.metrics = {"*"}, .interval_ms = PATIENT, .max_bytes = 1 << 20, .shown = 1});
    odd.produce = throttled_produce;
    rd_kafka_conf_t *conf = conf_of();
    conf_set(conf, "client.rack", "the rack");
    conf_set(conf, "transactional.id", "");
    /* A second address, which no broker answers to by the time that the cluster is known, is no node. */
    char servers[100];
    snprintf(servers, sizeof(servers), "127.0.0.1:%d,localhost:%d", odd.port, odd.port);
    conf_set(conf, "bootstrap.servers", servers);
    rd_kafka_t *rk = told_producer(conf);
    produce(rk, 1);
    end(rk);
}

static void later_pushes(bool cumulative) {
    printf("several pushes, %s\n", cumulative ? "cumulative" : "delta");
    begin((struct script){.metrics = {"org.apache.kafka.producer.connection", "org.apache.kafka.producer.produce"},
                          .interval_ms = HASTY * 5,
                          .max_bytes = 1 << 20,
                          .cumulative = cumulative,
                          .shown = 2});
    rd_kafka_t *rk = told_producer(conf_of());
    AWAIT(pushed >= 2, "nothing is pushed");
    end(rk);
    printf("  questions: %d\n", asked);
}

static void of_a_consumer(void) {
    printf("consumer, everything\n");
    begin((struct script){.metrics = {""}, .interval_ms = PATIENT, .max_bytes = 1 << 20, .shown = 1});
    char reason[512];
    rd_kafka_conf_t *conf = conf_of();
    conf_set(conf, "client.rack", "the rack");
    conf_set(conf, "group.id", "the group");
    conf_set(conf, "group.instance.id", "the instance");
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    CHECK(rk, "%s", reason);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 5;
    CHECK(!rd_kafka_assign(rk, list), "assign");
    rd_kafka_topic_partition_list_destroy(list);
    AWAIT((rd_kafka_consumer_poll(rk, 10), handled), "nobody asks what is wanted");
    end(rk);
}

static void ignore(rd_kafka_message_t *m, void *opaque) { (void)m, (void)opaque; }

/* What comes meanwhile is of no interest. */
static void poll_by(int way, rd_kafka_t *rk, rd_kafka_topic_t *topic, rd_kafka_queue_t *queue) {
    rd_kafka_message_t *message = NULL;
    rd_kafka_event_t *event = NULL;
    ssize_t count = 0;
    switch (way) {
    case 0: message = rd_kafka_consumer_poll(rk, 5); break;
    case 2: rd_kafka_queue_poll_callback(queue, 5); break;
    case 3: message = rd_kafka_consume(topic, 0, 5); break;
    case 4: count = rd_kafka_consume_batch(topic, 0, 5, &message, 1); break;
    case 5: rd_kafka_consume_callback(topic, 0, 5, ignore, NULL); break;
    case 6:
    case 17: message = rd_kafka_consume_queue(queue, 5); break;
    case 7: count = rd_kafka_consume_batch_queue(queue, 5, &message, 1); break;
    case 8: rd_kafka_consume_callback_queue(queue, 5, ignore, NULL); break;
    case 9:
    case 10: rd_kafka_poll(rk, 5); break;
    default: event = rd_kafka_queue_poll(queue, 5); break;
    }
    CHECK(count >= 0 && count <= 1, "%d messages", (int)count);
    if (message)
        rd_kafka_message_destroy(message);
    if (event)
        rd_kafka_event_destroy(event);
}

/* Which calls count as polls of a consumer: there is nothing to read, so that all of their time is one of waiting. */
static void polls(void) {
    static const char *const ways[] = {
        "consumer_poll", "queue_poll", "queue_poll_callback", "consume", "consume_batch", "consume_callback", "consume_queue",
        "consume_batch_queue", "consume_callback_queue", "poll", "poll, poll_set_consumer", "queue_poll of the main queue",
        "queue_poll of the main queue, poll_set_consumer", "queue_poll of another queue", "queue_poll of a queue that leads there",
        "queue_poll of a queue to which it leads", "queue_poll of a partition's queue", "consume_queue of another queue",
    };
    for (int way = 0; way < (int)(sizeof(ways) / sizeof(*ways)); way++) {
        char reason[512];
        printf("%s\n", ways[way]);
        begin((struct script){.metrics = {"org.apache.kafka.consumer.poll"}, .interval_ms = PATIENT, .max_bytes = 1 << 20, .shown = 1, .measured = true});
        rd_kafka_conf_t *conf = conf_of();
        conf_set(conf, "group.id", "the group");
        rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
        CHECK(rk, "%s", reason);
        rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, "t", NULL);
        rd_kafka_queue_t *of_consumer = rd_kafka_queue_get_consumer(rk), *of_main = rd_kafka_queue_get_main(rk);
        rd_kafka_queue_t *other = rd_kafka_queue_new(rk), *of_partition = NULL;
        bool legacy = way >= 3 && way <= 5;
        if (legacy) {
            CHECK(!rd_kafka_consume_start(topic, 0, 5), "consume_start");
        } else {
            rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
            rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 5;
            CHECK(!rd_kafka_assign(rk, list), "assign");
            rd_kafka_topic_partition_list_destroy(list);
        }
        AWAIT(handled, "nobody asks what is wanted");
        if (way == 10 || way == 12)
            rd_kafka_poll_set_consumer(rk);
        if (way == 14)
            rd_kafka_queue_forward(other, of_consumer);
        if (way == 15)
            rd_kafka_queue_forward(of_consumer, other);
        if (way == 16) {
            of_partition = rd_kafka_queue_get_partition(rk, "t", 0);
            rd_kafka_queue_forward(of_partition, NULL);
        }
        for (int i = 0; i < 3; i++)
            poll_by(way, rk, topic, way == 11 || way == 12 ? of_main : way == 16 ? of_partition : way >= 13 ? other : of_consumer);
        if (legacy)
            rd_kafka_consume_stop(topic, 0);
        if (of_partition)
            rd_kafka_queue_destroy(of_partition);
        rd_kafka_queue_destroy(other), rd_kafka_queue_destroy(of_main), rd_kafka_queue_destroy(of_consumer);
        rd_kafka_topic_destroy(topic);
        end(rk);
    }
}

static void codecs(void) {
    static const struct {
        int8_t list[4];
        int count;
    } cases[] = {{{0}, 0}, {{0}, 1}, {{9}, 1}, {{1}, 1}, {{2}, 1}, {{3}, 1}, {{4}, 1}, {{4, 3, 1, 2}, 4}, {{0, 9, 3}, 3}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct script s = {.metrics = {"org.apache.kafka.producer.connection.creation.total"},
                           .interval_ms = PATIENT,
                           .max_bytes = 1 << 20,
                           .shown = 1};
        memcpy(s.codecs, cases[i].list, 4);
        s.codec_count = cases[i].count;
        printf("codecs");
        for (int c = 0; c < s.codec_count; c++)
            printf(" %d", s.codecs[c]);
        printf("\n");
        begin(s);
        end(told_producer(conf_of()));
    }
}

static void errors(void) {
    static const int codes[] = {117, 118, 76, 42, 87, 89, 29, 999};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        begin((struct script){.metrics = {"non-existent"}, .interval_ms = HASTY * 3, .max_bytes = 1 << 20, .push_error = codes[i]});
        rd_kafka_t *rk = told_producer(conf_of());
        AWAIT(pushed >= 2, "nothing is pushed");
        bool stops = codes[i] == 42 || codes[i] == 87;
        if (stops)
            AWAIT(stopped, "error %d does not stop it", codes[i]);
        else
            AWAIT(*next_request, "nothing comes after error %d", codes[i]);
        double after = now_s() - failed_at;
        if (stops)
            sleep_ms(HASTY * 4);
        printf("after error %d: %s%s\n", codes[i], *next_request ? next_request : "nothing",
               codes[i] != 117 && !stops && after < HASTY * 2 / 1000. ? " too early" : "");
        end(rk);
        if (stops)
            printf("  last pushes: %d\n", last_pushes);
    }
}

static void ends(void) {
    printf("the last push is not answered\n");
    begin((struct script){.metrics = {"non-existent"}, .interval_ms = PATIENT, .max_bytes = 1 << 20, .silent = true, .shown = 1});
    rd_kafka_t *rk = told_producer(conf_of());
    struct stopwatch watch = start_watch();
    rd_kafka_destroy(rk);
    printf("  destroy: %s\n", in_time(watch, 0.9, 2.5));
    stop_odd_broker();
    printf("nothing is wanted\n");
    begin((struct script){.interval_ms = HASTY * 3, .max_bytes = 1 << 20});
    rk = told_producer(conf_of());
    AWAIT(asked >= 3, "nobody asks again");
    end(rk);
    printf("  pushes: %d\n", pushed);
    printf("metrics are not pushed\n");
    begin((struct script){.metrics = {"*"}, .interval_ms = HASTY, .max_bytes = 1 << 20});
    rd_kafka_conf_t *conf = conf_of();
    conf_set(conf, "enable.metrics.push", "false");
    rk = new_producer(conf);
    produce(rk, 1);
    sleep_ms(300);
    end(rk);
    printf("  questions: %d, pushes: %d\n", asked, pushed);
}

static void logs(void) {
    static const char *const wanted[] = {"*", "non-existent", NULL};
    for (int i = 0; i < 3; i++) {
        printf("log, %s\n", wanted[i] ? wanted[i] : "nothing is wanted");
        begin((struct script){.metrics = {wanted[i]}, .interval_ms = PATIENT, .max_bytes = i ? 1 << 20 : 10, .codecs = {4}, .codec_count = 1});
        rd_kafka_t *rk = told_producer(conf_of());
        end(rk);
        for (int n = 0; n < line_count; n++)
            printf("  %s\n", lines[n]);
    }
    printf("log, errors\n");
    begin((struct script){.metrics = {"non-existent"}, .interval_ms = HASTY, .max_bytes = 1 << 20, .push_error = 42});
    rd_kafka_t *rk = told_producer(conf_of());
    AWAIT(pushed >= 2, "nothing is pushed");
    AWAIT(stopped, "an error does not stop it");
    end(rk);
    for (int n = 0; n < line_count; n++)
        printf("  %s\n", lines[n]);
}

int main(void) {
    all_of_a_producer();
    later_pushes(false);
    later_pushes(true);
    of_a_consumer();
    polls();
    codecs();
    errors();
    ends();
    logs();
    return 0;
}
