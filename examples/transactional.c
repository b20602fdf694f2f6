/*
 * Sends the lines of standard input in transactions: readers with isolation.level=read_committed see all lines of one, or none.
 *
 *   transactional BROKERS TOPIC TRANSACTIONAL_ID LINES_EACH [NAME=VALUE]... < lines.txt
 *
 * Shows what to do for each class of errors: try the call again, abort the transaction and send it once more, or give up.
 * Exit code: 0 all committed, 1 not all, 2 usage.
 */
#define _GNU_SOURCE /* getline */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL_TIMEOUT_MS 10000
#define ATTEMPTS 5

struct lines {
    char **text;
    int count;
};

enum verdict { DONE, ABORT, GIVE_UP };

/* Reports an error and says what it calls for. A call whose error is retriable is to be made once more: it goes on where it was. */
static enum verdict judge(const char *what, rd_kafka_error_t *error) {
    enum verdict verdict = rd_kafka_error_txn_requires_abort(error) ? ABORT : GIVE_UP;
    fprintf(stderr, "transactional: %s: %s\n", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return verdict;
}

typedef rd_kafka_error_t *call(rd_kafka_t *rk, int timeout_ms);

static enum verdict insist(const char *what, call *function, rd_kafka_t *rk) {
    for (int attempt = 1;; attempt++) {
        rd_kafka_error_t *error = function(rk, CALL_TIMEOUT_MS);
        if (!error)
            return DONE;
        if (!rd_kafka_error_is_retriable(error) || attempt == ATTEMPTS)
            return judge(what, error);
        rd_kafka_error_destroy(error);
    }
}

static enum verdict send_lines(rd_kafka_t *rk, const char *topic, const struct lines *lines) {
    rd_kafka_error_t *error = rd_kafka_begin_transaction(rk);
    if (error)
        return judge("begin", error);
    for (int i = 0; i < lines->count; i++) {
        rd_kafka_resp_err_t err;
        while ((err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                        RD_KAFKA_V_VALUE(lines->text[i], strlen(lines->text[i])), RD_KAFKA_V_END)) ==
               RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(rk, 100);
        if (err) /* the transaction has failed meanwhile; aborting tells whether the producer has */
            return ABORT;
    }
    /* Waits for the messages first. If one has failed, so has the transaction: delivery reports need not be looked at. */
    return insist("commit", rd_kafka_commit_transaction, rk);
}

static bool commit_lines(rd_kafka_t *rk, const char *topic, const struct lines *lines) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        enum verdict verdict = send_lines(rk, topic, lines);
        if (verdict == DONE)
            return true;
        if (verdict == GIVE_UP || insist("abort", rd_kafka_abort_transaction, rk) != DONE)
            return false;
        fprintf(stderr, "transactional: aborted, attempt %d\n", attempt);
    }
    return false;
}

/* The next lines of standard input, at most so many. */
static bool read_lines(struct lines *lines, int most) {
    size_t capacity = 0;
    ssize_t length;
    char *line = NULL;
    while (lines->count < most && (length = getline(&line, &capacity, stdin)) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        lines->text[lines->count++] = line;
        line = NULL, capacity = 0;
    }
    free(line);
    return lines->count > 0;
}

static rd_kafka_t *producer(int argc, char **argv) {
    char why[512] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int refused = rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], why, sizeof(why)) ||
                  rd_kafka_conf_set(conf, "transactional.id", argv[3], why, sizeof(why));
    for (int i = 5; i < argc && !refused; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) {
            fprintf(stderr, "transactional: not NAME=VALUE: %s\n", argv[i]);
            exit(2);
        }
        *equals = '\0';
        refused = rd_kafka_conf_set(conf, argv[i], equals + 1, why, sizeof(why));
    }
    rd_kafka_t *rk = refused ? NULL : rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (!rk) {
        rd_kafka_conf_destroy(conf); /* rd_kafka_new() takes it on success only */
        fprintf(stderr, "transactional: %s\n", why);
        exit(2);
    }
    return rk;
}

int main(int argc, char **argv) {
    int each = argc > 4 ? atoi(argv[4]) : 0;
    if (each < 1) {
        fprintf(stderr, "usage: transactional BROKERS TOPIC TRANSACTIONAL_ID LINES_EACH [NAME=VALUE]... < lines.txt\n");
        return 2;
    }
    rd_kafka_t *rk = producer(argc, argv);
    struct lines lines = {malloc((size_t)each * sizeof(char *)), 0};
    long committed = 0;
    /* Fences any other producer of this id, and ends the transaction that it may have left open. */
    bool ok = lines.text && insist("init", rd_kafka_init_transactions, rk) == DONE;
    while (ok && read_lines(&lines, each)) {
        if ((ok = commit_lines(rk, argv[2], &lines)))
            committed += lines.count;
        while (lines.count > 0)
            free(lines.text[--lines.count]);
    }
    free(lines.text);
    rd_kafka_destroy(rk);
    printf("%ld lines committed\n", committed);
    return !ok;
}
