/* test: tool */
/*
 * Transactions by producers that take the transactional.id from each other: fenced_twins BROKERS TRANSACTIONS LEVEL
 * (LEVEL: the cluster's transaction.version.)
 *
 * Each twin runs transactions, every third of them aborted, until the next one has called init_transactions(), at any
 * moment of a transaction. From then on the first must meet a fatal _FENCED, soon and in a call or a delivery report,
 * and the next goes on where the last committed transaction ended. Prints how many messages were committed, and the
 * last position that was committed with them.
 */
#include "common.h"
#include <stdatomic.h>
#include "content.h"
#include <pthread.h>

#define TWINS 5
/* Nothing is to run into a limit because the machine is busy. */
#define LIMIT_MS 600000
#define TRANSACTION_MS "900000"

/* The twin that was started last. */
static atomic_int newest;

typedef struct {
    rd_kafka_t *rk;
    int number, end_round;
    /* It has come so far that the next one may take over. */
    int until;
    size_t delivered, failed, fenced;
    rd_kafka_resp_err_t last_failure;
    /* What it was fenced with. */
    rd_kafka_resp_err_t fatal;
    /* Its transaction was not committed, and it may go on: once. */
    bool aborted_instead;
    int reprieves;
} twin_t;

static int level;

/* What the twins have committed; only one of them runs at a time. */
static size_t next_message, aborted_messages;
static int64_t committed_position = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int rounds;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    twin_t *twin = opaque;
    (void)rk;
    twin->delivered += !m->err;
    twin->failed += !!m->err;
    twin->fenced += m->err == RD_KAFKA_RESP_ERR__FENCED;
    if (m->err)
        twin->last_failure = m->err;
}

static twin_t *new_twin(const char *brokers, int number) {
    twin_t *twin = calloc(1, sizeof(*twin));
    char reason[512];
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", brokers, "transactional.id", "twins", "linger.ms", "1",
                                       "transaction.timeout.ms", TRANSACTION_MS, NULL);
    conf_from_environment(conf);
    rd_kafka_conf_set_opaque(conf, twin);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    twin->number = number;
    twin->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    CHECK(twin->rk, "%s", reason);
    atomic_store(&newest, number);
    rd_kafka_error_t *error = rd_kafka_init_transactions(twin->rk, LIMIT_MS);
    CHECK(!error, "twin %d: init_transactions: %s", number, rd_kafka_error_string(error));
    return twin;
}

/* Whether an error says that another twin has taken over: _FENCED, with one exception. Since KIP-890 every transaction has an
 * epoch of its own, and EndTxn with the epoch before the present one may be a request that is made again. When the
 * coordinator has fenced a twin and aborted its transaction, the twin's commit looks like one, of a transaction that ended
 * in another way: Kafka says INVALID_TXN_STATE (seen in the logs of 4.4.0: "state is COMPLETE_ABORT, but received
 * transaction marker result to send: COMMIT"). */
static bool is_fencing(const twin_t *twin, rd_kafka_resp_err_t code, bool commits) {
    return code == RD_KAFKA_RESP_ERR__FENCED || (twin->fatal && code == twin->fatal) ||
           (code == RD_KAFKA_RESP_ERR_INVALID_TXN_STATE && level >= 2 && commits && atomic_load(&newest) > twin->number);
}

/* Whether the call did what it should. Nothing but being fenced may keep it from that. */
static bool did(twin_t *twin, rd_kafka_error_t *error, const char *what) {
    if (!error)
        return true;
    char text[256];
    bool commits = !strcmp(what, "commit_transaction");
    if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_UNKNOWN && rd_kafka_error_txn_requires_abort(error) &&
        (commits || !strcmp(what, "abort_transaction"))) {
        /* Kafka's coordinator stumbles over EndTxn while it fences ("Preparing transaction state transition to ONGOING while
         * it already a pending state PREPARE_EPOCH_FENCE"); asked again, it says so. Unless it has fenced and aborted meanwhile, and
         * not yet given the next twin its epoch. Since KIP-890 an abort with the epoch before the present one then counts as
         * repeated, and as done (`retryOnEpochBump` of Kafka's TransactionCoordinator); the next transaction is refused. */
        rd_kafka_error_destroy(error);
        error = rd_kafka_abort_transaction(twin->rk, LIMIT_MS);
        if (!error) {
            CHECK(level >= 2 && atomic_load(&newest) > twin->number && !twin->reprieves++, "twin %d: %s failed for no reason",
                  twin->number, what);
            twin->aborted_instead = commits;
            return !commits;
        }
        commits = false;
    }
    rd_kafka_resp_err_t code = rd_kafka_error_code(error), fatal = rd_kafka_fatal_error(twin->rk, text, sizeof(text));
    CHECK(rd_kafka_error_is_fatal(error) && is_fencing(twin, code, commits),
          "twin %d: transaction %d: %s: %s (%s)%s; last failed delivery: %s", twin->number, rounds, what,
          rd_kafka_error_name(error), rd_kafka_error_string(error), rd_kafka_error_is_fatal(error) ? "" : ", not fatal",
          rd_kafka_err2name(twin->last_failure));
    CHECK(fatal == code, "the producer's fatal error is %s, the call's %s", rd_kafka_err2name(fatal), rd_kafka_err2name(code));
    twin->fatal = fatal;
    rd_kafka_error_destroy(error);
    return false;
}

static bool produce(twin_t *twin, size_t n, bool abort) {
    unsigned char value[MAX_VALUE];
    size_t length = content(n, value);
    rd_kafka_resp_err_t err =
        rd_kafka_producev(twin->rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION((int32_t)(n % PARTITIONS)),
                          RD_KAFKA_V_KEY(abort ? "aborted" : "good", abort ? 7 : 4), RD_KAFKA_V_VALUE(value, length),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (err) {
        char text[256];
        rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(twin->rk, text, sizeof(text));
        CHECK(is_fencing(twin, fatal, false), "message %zu: %s, fatal error %s", n, rd_kafka_err2name(err),
              rd_kafka_err2name(fatal));
    }
    return !err;
}

static bool send_position(twin_t *twin, int64_t position) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = position;
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new("g");
    rd_kafka_error_t *error = rd_kafka_send_offsets_to_transaction(twin->rk, list, group, LIMIT_MS);
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(list);
    return did(twin, error, "send_offsets_to_transaction");
}

/* One transaction; whether the twin may go on. */
static bool transaction(twin_t *twin, int round) {
    bool abort = round % 3 == 2, positions = round % 10 >= 8;
    size_t messages = 1 + (size_t)round % 7;
    if (!did(twin, rd_kafka_begin_transaction(twin->rk), "begin_transaction"))
        return false;
    for (size_t i = 0; i < messages; i++)
        if (!produce(twin, next_message + i, abort)) {
            /* The call that ends the transaction says why. */
            CHECK(!did(twin, rd_kafka_commit_transaction(twin->rk, LIMIT_MS), "commit_transaction"), "committed");
            return false;
        }
    if (positions && !send_position(twin, round))
        return false;
    if (abort) {
        /* Some lie in the log, others are purged. */
        if (round % 2)
            rd_kafka_flush(twin->rk, LIMIT_MS);
        aborted_messages += messages;
        return did(twin, rd_kafka_abort_transaction(twin->rk, LIMIT_MS), "abort_transaction");
    }
    if (!did(twin, rd_kafka_commit_transaction(twin->rk, LIMIT_MS), "commit_transaction"))
        return false;
    next_message += messages;
    if (positions)
        committed_position = round;
    return true;
}

static void *run(void *argument) {
    twin_t *twin = argument;
    bool last = twin->number == TWINS - 1;
    for (;;) {
        pthread_mutex_lock(&lock);
        int round = rounds;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
        if (last && round >= twin->end_round)
            return NULL;
        twin->aborted_instead = false;
        if (!transaction(twin, round) && !twin->aborted_instead)
            break;
        pthread_mutex_lock(&lock);
        rounds++;
        pthread_mutex_unlock(&lock);
    }
    CHECK(!last, "the last twin was fenced");
    /* It stays so. */
    CHECK(!did(twin, rd_kafka_begin_transaction(twin->rk), "begin_transaction"), "a fenced producer began a transaction");
    CHECK(!did(twin, rd_kafka_abort_transaction(twin->rk, LIMIT_MS), "abort_transaction"), "a fenced producer aborted");
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 4, "usage: fenced_twins BROKERS TRANSACTIONS LEVEL");
    level = atoi(argv[3]);
    int transactions = atoi(argv[2]), each = transactions / TWINS;
    double began = now_s();
    twin_t *twin = new_twin(argv[1], 0);

    for (int number = 0; number < TWINS; number++) {
        twin_t *next = NULL;
        pthread_t thread;
        twin->end_round = transactions;
        twin->until = (number + 1) * each;
        CHECK(!pthread_create(&thread, NULL, run, twin), "pthread_create");
        pthread_mutex_lock(&lock);
        while (rounds < twin->until)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
        if (number + 1 < TWINS)
            next = new_twin(argv[1], number + 1);
        double fenced_at = pace_s();
        pthread_join(thread, NULL);
        double since = pace_s() - fenced_at;
        CHECK(!next || since < 5, "twin %d needed %.1f s to see that it was fenced", number, since);
        rd_kafka_flush(twin->rk, LIMIT_MS);
        rd_kafka_destroy(twin->rk);
        CHECK(pace_s() - fenced_at - since < 5, "twin %d did not end within 5 s", number);
        fprintf(stderr, "twin %d: %zu delivered, %zu not, %zu of them fenced; %d transactions\n", number, twin->delivered,
                twin->failed, twin->fenced, rounds);
        free(twin);
        twin = next;
    }
    double seconds = now_s() - began;
    /* A coordinator gives a new epoch only when the last transaction is in its partitions to the end. */
    twin = new_twin(argv[1], TWINS);
    rd_kafka_destroy(twin->rk);
    free(twin);
    printf("committed %zu aborted %zu offset %" PRId64 " seconds %.2f\n", next_message, aborted_messages, committed_position,
           seconds);
    return 0;
}
