/* test: tool */
/*
 * A long life: soak BROKERS plain|idempotent|transactions SEED
 *
 * Obeys lines on standard input. `wave MS` works for that long, while the caller troubles the cluster, and prints
 * `worked MESSAGES`. `settle` (the cluster is well again) waits until everything is reported, checks it, and prints
 * `settled DELIVERED FAILED RSS_KIB DESCRIPTORS THREADS`. `stall` pretends that a call waits although nothing is done for it,
 * which has to be noticed. At the end of input the producer is destroyed.
 *
 * Whatever happens to the cluster: every message is reported once, with an error only where the mode allows for one;
 * but for the plain producer, whose retries may overtake, messages of one thread lie in their partition in order; what an
 * idempotent producer delivered is there once; all of a committed transaction is delivered; nothing is fatal.
 *
 * With SOAK_SASL the producer logs in, with tokens that live for five seconds, and its connections are cut during a wave. With
 * SOAK_TLS it does so over TLS: that is the folder of ca.pem and of client.pem, which has a key, too. The caller may replace them, and
 * rotated.pem and rotated.key, which are the producer's own, at any time.
 */
#include "common.h"
#include "cuts.h"

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

#define TOPICS 3
#define PARTITIONS 32
#define WORKERS 2
#define MAX_MESSAGES 400000
#define MAX_SIZE 100000
#define CALL_MS 60000
#define STATS_MS 200
#define IDLE_LOOKS 25

enum { PLAIN, IDEMPOTENT, TRANSACTIONS };
enum { PENDING, COMMITTED, ABORTED };

typedef struct {
    atomic_uchar reports;
    bool refused;
    uint8_t topic, worker, fate;
    int16_t partition;
    rd_kafka_resp_err_t err;
    rd_kafka_msg_status_t status;
    int64_t offset;
} message_t;

static const char *const CODECS[TOPICS] = {"none", "lz4", "zstd"};
static int mode;
static bool logs_in;
static const char *certificates;
static const char *bootstrap;
static rd_kafka_t *rk;
static rd_kafka_topic_t *topics[TOPICS];
static char names[TOPICS][8];
static message_t messages[MAX_MESSAGES];
static atomic_int taken, reported, refused;
static int64_t ends[TOPICS][PARTITIONS];
static atomic_bool over;
static atomic_int in_call;
static char filling[MAX_SIZE];

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled" (2016) */
static unsigned below(uint64_t *state, unsigned limit) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (unsigned)((*state * 0x2545f4914f6cdd1dULL) >> 33) % limit;
}

static void on_delivery(rd_kafka_t *from, const rd_kafka_message_t *m, void *opaque) {
    (void)from;
    (void)opaque;
    if (!m->_private) /* of an instance that is destroyed at once */
        return;
    message_t *it = (message_t *)m->_private;
    CHECK(!it->refused, "message %td was refused, and is reported", it - messages);
    CHECK(atomic_fetch_add(&it->reports, 1) == 0, "message %td is reported twice", it - messages);
    CHECK(m->err || (m->partition == it->partition && m->rkt == topics[it->topic]), "message %td is in another partition",
          it - messages);
    it->err = m->err;
    it->status = rd_kafka_message_status(m);
    it->offset = m->offset;
    atomic_fetch_add(&reported, 1);
}

static void on_error(rd_kafka_t *from, int err, const char *reason, void *opaque) {
    (void)opaque;
    if (err == RD_KAFKA_RESP_ERR__FATAL) {
        char text[256];
        rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(from, text, sizeof(text));
        FAIL("fatal error %s: %s (%s)", rd_kafka_err2name(fatal), text, reason);
    }
}

/* The sum of all numbers of this name in a document. */
static int64_t sum(const char *json, const char *name) {
    int64_t total = 0;
    char quoted[32];
    snprintf(quoted, sizeof(quoted), "\"%s\":", name);
    for (const char *at = json; (at = strstr(at, quoted));) {
        at += strlen(quoted);
        total += strtoll(at, NULL, 10);
    }
    return total;
}

/*
 * While a message or a call waits, something is done about it: a request is in flight, a connection is being made, or one of
 * the two was the case since the last look. The longest back-off is a second. Reports that wait to be served are this program's
 * business: on a crowded machine its threads may come late.
 */
static void watch(const char *json) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* several threads serve callbacks */
    static int64_t before;
    static int idle;
    pthread_mutex_lock(&lock);
    int64_t done = sum(json, "tx") + sum(json, "connects") + sum(json, "disconnects");
    bool under_way = sum(json, "waitresp_cnt") + sum(json, "outbuf_cnt") + sum(json, "replyq") > 0 ||
                     strstr(json, "\"state\":\"CONNECT\"") || strstr(json, "\"state\":\"SSL_HANDSHAKE\"") ||
                     strstr(json, "\"state\":\"APIVERSION_QUERY\"");
    bool waits = atomic_load(&in_call) > 0 || sum(json, "msg_cnt") > 0;
    idle = !waits || under_way || done != before ? 0 : idle + 1;
    before = done;
    CHECK(idle < IDLE_LOOKS, "something has waited for %d ms with no request in flight and no connection being made: %s",
          idle * STATS_MS, json);
    pthread_mutex_unlock(&lock);
}

static int on_stats(rd_kafka_t *from, char *json, size_t length, void *opaque) {
    (void)opaque;
    CHECK(length > 2 && json[0] == '{' && json[length - 1] == '}', "statistics of %zu bytes", length);
    if (from == rk)
        watch(json);
    return 0;
}

static void conf_path(rd_kafka_conf_t *conf, const char *name, const char *file) {
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", certificates, file);
    conf_set(conf, name, path);
}

/* `whole`: in the program's mode; else one without transactions. */
static rd_kafka_t *instance(bool whole) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", bootstrap, "queue.buffering.max.messages", "20000",
                                       "queue.buffering.max.kbytes", "20000", "statistics.interval.ms", "200" /* STATS_MS */,
                                       "reconnect.backoff.max.ms", "500", NULL);
    if (mode == PLAIN)
        conf_set(conf, "message.timeout.ms", "4000");
    if (mode == IDEMPOTENT)
        conf_set(conf, "enable.idempotence", "true");
    if (mode == TRANSACTIONS && whole)
        conf_set(conf, "transactional.id", "soak");
    if (certificates) {
        conf_path(conf, "ssl.ca.location", "ca.pem");
        conf_path(conf, "ssl.certificate.location", whole ? "rotated.pem" : "client.pem");
        conf_path(conf, "ssl.key.location", whole ? "rotated.key" : "client.pem");
    }
    if (logs_in) {
        conf_set(conf, "security.protocol", certificates ? "sasl_ssl" : "sasl_plaintext");
        conf_set(conf, "sasl.mechanism", "OAUTHBEARER");
        conf_set(conf, "enable.sasl.oauthbearer.unsecure.jwt", "true");
        conf_set(conf, "sasl.oauthbearer.config", "principal=soak lifeSeconds=5");
        allow_cuts(conf);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_stats_cb(conf, on_stats);
    return new_producer(conf);
}

static rd_kafka_topic_t *topic(rd_kafka_t *of, const char *name, int number) {
    char reason[256];
    rd_kafka_topic_conf_t *conf = rd_kafka_topic_conf_new();
    CHECK(!rd_kafka_topic_conf_set(conf, "compression.codec", CODECS[number], reason, sizeof(reason)), "%s", reason);
    return rd_kafka_topic_new(of, name, conf);
}

static rd_kafka_headers_t *headers(uint64_t *random) {
    rd_kafka_headers_t *list = rd_kafka_headers_new(2);
    for (unsigned n = below(random, 3); n > 0; n--)
        rd_kafka_header_add(list, "h", -1, filling, below(random, 100));
    return list;
}

static void refuse(message_t *it, rd_kafka_resp_err_t err) {
    CHECK(err == RD_KAFKA_RESP_ERR__QUEUE_FULL || (mode == TRANSACTIONS && err == RD_KAFKA_RESP_ERR__STATE), "produce: %s",
          rd_kafka_err2name(err));
    it->refused = true;
    atomic_fetch_add(&refused, 1);
    if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        sleep_ms(2);
}

static message_t *take(uint64_t *random, int worker) {
    int n = atomic_fetch_add(&taken, 1);
    if (n >= MAX_MESSAGES) {
        atomic_fetch_sub(&taken, 1);
        return NULL;
    }
    message_t *it = &messages[n];
    *it = (message_t){.topic = (uint8_t)below(random, TOPICS), .worker = (uint8_t)worker, .offset = -1};
    it->partition = (int16_t)below(random, PARTITIONS);
    return it;
}

/* Most are small, some empty, few large. */
static size_t length(uint64_t *random) {
    unsigned kind = below(random, 1000);
    return kind < 50 ? 0 : kind < 950 ? below(random, 300) : kind < 998 ? below(random, 5000) : below(random, MAX_SIZE);
}

/* Several messages of one partition in one call. */
static bool produce_batch(uint64_t *random, int worker) {
    rd_kafka_message_t batch[8] = {0};
    int count = 1 + (int)below(random, 8), filled = 0;
    message_t *first = NULL;
    for (; filled < count; filled++) {
        message_t *it = take(random, worker);
        if (!it)
            break;
        if (!first)
            first = it;
        it->topic = first->topic;
        batch[filled].payload = filling;
        batch[filled].len = length(random);
        batch[filled].partition = it->partition;
        batch[filled]._private = it;
    }
    if (!first)
        return false;
    rd_kafka_produce_batch(topics[first->topic], 0, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION, batch, filled);
    for (int i = 0; i < filled; i++)
        if (batch[i].err)
            refuse(batch[i]._private, batch[i].err);
    return true;
}

/* One call of any kind; false when the wave's messages are used up. */
static bool produce(uint64_t *random, int worker) {
    unsigned how = below(random, 6);
    if (how == 5)
        return produce_batch(random, worker);
    message_t *it = take(random, worker);
    if (!it)
        return false;
    rd_kafka_topic_t *rkt = topics[it->topic];
    size_t size = length(random), key = below(random, 3) ? below(random, 20) : 0;
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
    int flags = below(random, 50) ? 0 : RD_KAFKA_MSG_F_BLOCK;
    switch (how) {
    case 0:
    case 1: /* copied, or the caller's memory that stays */
        if (rd_kafka_produce(rkt, it->partition, flags | (how ? 0 : RD_KAFKA_MSG_F_COPY), filling, size, filling, key, it))
            err = rd_kafka_last_error();
        break;
    case 2: {
        void *given = calloc(1, size + 1);
        if (rd_kafka_produce(rkt, it->partition, flags | RD_KAFKA_MSG_F_FREE, given, size, filling, key, it)) {
            err = rd_kafka_last_error();
            free(given);
        }
        break;
    }
    case 3:
        err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(names[it->topic]), RD_KAFKA_V_PARTITION(it->partition),
                                RD_KAFKA_V_VALUE(filling, size), RD_KAFKA_V_HEADER("h", filling, 7),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(it), RD_KAFKA_V_END);
        break;
    default: {
        rd_kafka_headers_t *list = headers(random);
        err = rd_kafka_producev(rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(it->partition), RD_KAFKA_V_KEY(filling, key),
                                RD_KAFKA_V_VALUE(filling, size), RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_OPAQUE(it), RD_KAFKA_V_END);
        if (err)
            rd_kafka_headers_destroy(list);
    }
    }
    if (err)
        refuse(it, err);
    return true;
}

typedef struct {
    int number;
    uint64_t random;
} worker_t;

static void *work(void *argument) {
    worker_t *self = argument;
    while (!atomic_load(&over)) {
        for (unsigned n = below(&self->random, 400); n > 0 && !atomic_load(&over); n--)
            if (!produce(&self->random, self->number))
                return NULL;
        sleep_ms((int)below(&self->random, 30));
        unsigned event = below(&self->random, 300);
        if (event == 0)
            rd_kafka_flush(rk, 200);
        else if (event == 1 && mode == PLAIN)
            rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        else if (event == 1)
            rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    }
    return NULL;
}

/* Calls until it is done or the transaction has to be aborted; whether it is done. */
static bool until_done(rd_kafka_error_t *(*call)(rd_kafka_t *, int), const char *what) {
    double deadline = now_s() + 120 * crowding();
    for (;;) {
        atomic_fetch_add(&in_call, 1);
        rd_kafka_error_t *error = call(rk, CALL_MS);
        atomic_fetch_sub(&in_call, 1);
        if (!error)
            return true;
        CHECK(!rd_kafka_error_is_fatal(error) && now_s() < deadline, "%s: %s", what, rd_kafka_error_string(error));
        bool retriable = rd_kafka_error_is_retriable(error), abort = rd_kafka_error_txn_requires_abort(error);
        CHECK(retriable || abort, "%s: %s", what, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        if (abort)
            return false;
    }
}

static rd_kafka_error_t *send_offsets(rd_kafka_t *of, int timeout_ms) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, names[0], 0)->offset = 1;
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new("soak");
    rd_kafka_error_t *error = rd_kafka_send_offsets_to_transaction(of, list, group, timeout_ms);
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

static void *transact(void *argument) {
    worker_t *self = argument;
    while (!atomic_load(&over)) {
        rd_kafka_error_t *error = rd_kafka_begin_transaction(rk);
        CHECK(!error, "begin_transaction: %s", rd_kafka_error_string(error));
        int first = atomic_load(&taken);
        bool space = true, good = true;
        for (unsigned n = below(&self->random, 200); n > 0 && space; n--)
            space = produce(&self->random, self->number);
        if (below(&self->random, 5) == 0)
            good = until_done(send_offsets, "send_offsets_to_transaction");
        if (good && below(&self->random, 3))
            good = until_done(rd_kafka_commit_transaction, "commit_transaction");
        else
            good = false;
        if (!good)
            CHECK(until_done(rd_kafka_abort_transaction, "abort_transaction"), "abort_transaction asks for an abort");
        for (int n = first; n < atomic_load(&taken); n++)
            messages[n].fate = good ? COMMITTED : ABORTED;
        if (!space)
            return NULL;
    }
    return NULL;
}

/* Instances that come and go with messages under way. */
static void *come_and_go(void *argument) {
    worker_t *self = argument;
    while (!atomic_load(&over)) {
        rd_kafka_t *other = instance(false);
        rd_kafka_topic_t *rkt = topic(other, "others", (int)below(&self->random, TOPICS));
        for (unsigned n = below(&self->random, 100); n > 0; n--)
            rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, filling, n, NULL, 0, NULL);
        rd_kafka_poll(other, (int)below(&self->random, 300));
        rd_kafka_topic_destroy(rkt);
        rd_kafka_destroy(other);
        sleep_ms((int)below(&self->random, 500));
    }
    return NULL;
}

static void wave(int ms, uint64_t *random) {
    pthread_t threads[WORKERS + 1];
    worker_t workers[WORKERS + 1];
    int count = mode == TRANSACTIONS ? 1 : WORKERS;
    double end = now_s() + ms / 1e3;
    atomic_store(&over, false);
    for (int i = 0; i <= count; i++) {
        workers[i] = (worker_t){i, (uint64_t)below(random, 1U << 31) + 1};
        void *(*run)(void *) = i == count ? come_and_go : mode == TRANSACTIONS ? transact : work;
        CHECK(!pthread_create(&threads[i], NULL, run, &workers[i]), "pthread_create");
    }
    while (now_s() < end) {
        rd_kafka_poll(rk, 20);
        if (logs_in && (below(random, 100) == 0 || !cuts_made)) /* at least one, however few polls a crowded machine allows */
            cut_one(below(random, 1000));
    }
    printf("worked %d\n", atomic_load(&taken));
    fflush(stdout);
    /* A transaction that is under way ends when the cluster is well again, which the caller has seen to by `settle`. */
    atomic_store(&over, true);
    for (int i = 0; i <= count; i++)
        while (pthread_tryjoin_np(threads[i], NULL))
            rd_kafka_poll(rk, 20);
}

/* Fails unless what happened to the message may happen in this mode. */
static void judge(const message_t *it) {
    const char *name = rd_kafka_err2name(it->err);
    ptrdiff_t n = it - messages;
    CHECK(atomic_load(&it->reports) == !it->refused, "message %td has %d reports", n, atomic_load(&it->reports));
    if (!it->err)
        return;
    bool purged = it->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || it->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    switch (mode) {
    case PLAIN:
        CHECK(purged || it->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, "message %td: %s", n, name);
        break;
    case IDEMPOTENT:
        CHECK(it->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE, "message %td: %s", n, name);
        break;
    default:
        CHECK(it->fate == ABORTED, "message %td of a transaction that is %s: %s", n,
              it->fate == COMMITTED ? "committed" : "open", name);
    }
}

/* Where a partition ends. A leader that nobody has sent to since it moved is found out by asking the old one. */
static int64_t end_of(int topic, int partition) {
    rd_kafka_resp_err_t err;
    int64_t low, high;
    double deadline = give_up_at();
    do {
        atomic_fetch_add(&in_call, 1);
        err = rd_kafka_query_watermark_offsets(rk, names[topic], partition, &low, &high, CALL_MS);
        atomic_fetch_sub(&in_call, 1);
    } while (err == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION && now_s() < deadline);
    CHECK(!err, "watermarks of %s/%d: %s", names[topic], partition, rd_kafka_err2name(err));
    return high;
}

/* Where messages lie: in order, and after an idempotent producer, once. */
static void judge_places(int count) {
    static int64_t last[TOPICS][PARTITIONS][WORKERS];
    static int64_t sure[TOPICS][PARTITIONS], unsure[TOPICS][PARTITIONS];
    memset(last, -1, sizeof(last));
    memset(sure, 0, sizeof(sure));
    memset(unsure, 0, sizeof(unsure));
    for (int n = 0; n < count; n++) {
        const message_t *it = &messages[n];
        int64_t *before = &last[it->topic][it->partition][it->worker];
        sure[it->topic][it->partition] += !it->refused && !it->err;
        unsure[it->topic][it->partition] += it->err && it->status == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED;
        if (it->refused || it->err || it->offset < 0 || mode == PLAIN)
            continue;
        CHECK(it->offset > *before, "message %d of worker %d: offset %" PRId64 " of %s/%d after %" PRId64, n, it->worker,
              it->offset, names[it->topic], it->partition, *before);
        *before = it->offset;
    }
    for (int t = 0; t < TOPICS && mode == IDEMPOTENT; t++)
        for (int p = 0; p < PARTITIONS; p++) {
            int64_t high = end_of(t, p), more = high - ends[t][p];
            CHECK(more >= sure[t][p] && more <= sure[t][p] + unsure[t][p],
                  "%s/%d grew by %" PRId64 ": %" PRId64 " delivered, %" PRId64 " perhaps", names[t], p, more, sure[t][p],
                  unsure[t][p]);
            ends[t][p] = high;
        }
}

static int entries(const char *folder) {
    int count = 0;
    DIR *dir = opendir(folder);
    CHECK(dir, "%s", folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

/* What malloc keeps for later goes back to the system first: how much that is depends on the order in which things were freed,
 * so on the machine's pace. What is left is in use. */
static long kept_kib(void) {
    long pages = 0;
    malloc_trim(0);
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%*d %ld", &pages) == 1, "/proc/self/statm");
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* What this program itself leaks in each wave, to see whether that is noticed. */
static void leak(void) {
    const char *kib = getenv("SOAK_LEAK_KIB");
    size_t size = kib ? strtoul(kib, NULL, 10) << 10 : 0;
    static void *volatile lost; /* volatile: or the compiler leaves it out */
    lost = malloc(size + 1);
    memset(lost, 1, size + 1);
    if (!kib)
        free(lost);
}

/* The watchdog ends the process. */
static void stall(void) {
    atomic_fetch_add(&in_call, 1);
    for (double end = give_up_at(); now_s() < end;)
        rd_kafka_poll(rk, 100);
}

static void settle(void) {
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, 2 * hang_ms());
    int count = atomic_load(&taken), delivered = 0, failed = 0;
    CHECK(!err, "flush: %s; %d of %d reported", rd_kafka_err2name(err), atomic_load(&reported), count - atomic_load(&refused));
    check_nothing_queued(rk);
    CHECK(atomic_load(&reported) == count - atomic_load(&refused), "%d of %d reported", atomic_load(&reported),
          count - atomic_load(&refused));
    for (int n = 0; n < count; n++) {
        judge(&messages[n]);
        delivered += !messages[n].refused && !messages[n].err;
        failed += !!messages[n].err;
    }
    judge_places(count);
    leak();
    atomic_store(&taken, 0);
    atomic_store(&reported, 0);
    atomic_store(&refused, 0);
    printf("settled %d %d %ld %d %d\n", delivered, failed, kept_kib(), entries("/proc/self/fd"), entries("/proc/self/task"));
    fflush(stdout);
}

int main(int argc, char **argv) {
    CHECK(argc == 4, "usage: soak BROKERS plain|idempotent|transactions SEED");
    /* What this program needs for the largest wave is in its memory from the beginning, and does not look like growth. */
    memset(messages, 1, sizeof(messages));
    memset(messages, 0, sizeof(messages));
    bootstrap = argv[1];
    certificates = getenv("SOAK_TLS");
    logs_in = certificates || getenv("SOAK_SASL");
    mode = !strcmp(argv[2], "plain") ? PLAIN : !strcmp(argv[2], "idempotent") ? IDEMPOTENT : TRANSACTIONS;
    uint64_t random = strtoull(argv[3], NULL, 10) + 1;
    memset(messages, 1, sizeof(messages)); /* counts as memory from the beginning */
    memset(filling, 'x', sizeof(filling));
    for (int t = 0; t < TOPICS; t++)
        snprintf(names[t], sizeof(names[t]), "soak%d", t);
    rk = instance(true);
    for (int t = 0; t < TOPICS; t++)
        topics[t] = topic(rk, names[t], t);
    if (mode == TRANSACTIONS)
        CHECK(until_done(rd_kafka_init_transactions, "init_transactions"), "init_transactions asks for an abort");

    char line[64], verb[16];
    int ms;
    while (fgets(line, sizeof(line), stdin)) {
        if (sscanf(line, "%15s %d", verb, &ms) == 2 && !strcmp(verb, "wave"))
            wave(ms, &random);
        else if (!strcmp(line, "settle\n"))
            settle();
        else if (!strcmp(line, "stall\n"))
            stall();
        else
            FAIL("bad command: %s", line);
    }
    for (int t = 0; t < TOPICS; t++)
        rd_kafka_topic_destroy(topics[t]);
    rd_kafka_destroy(rk);
    CHECK(!logs_in || cuts_made, "no connection was cut");
    return 0;
}
