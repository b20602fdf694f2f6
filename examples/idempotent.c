/*
 * Sends the lines of standard input so that each is stored once and in order, whatever happens on the way.
 *
 *   idempotent BROKERS TOPIC [NAME=VALUE]... < lines.txt
 *
 * With enable.idempotence=true brokers drop what has been sent twice. What is left to do for the program: wait when the queue is
 * full, look at each delivery report, and stop at a fatal error, after which order or uniqueness can not be promised any more.
 * Exit code: 0 all stored, 1 not all, 2 usage.
 */
#define _GNU_SOURCE /* getline */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outcome {
    long sent, stored, failed;
};

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    struct outcome *outcome = opaque;
    (void)rk;
    if (!message->err) {
        outcome->stored++;
        return;
    }
    outcome->failed++;
    /* Whether it may be stored all the same: sending it again by hand could store it twice. */
    const char *status = rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED ? "not stored" : "perhaps stored";
    fprintf(stderr, "idempotent: %s: %.*s: %s\n", status, (int)message->len, (const char *)message->payload,
            rd_kafka_err2str(message->err));
}

static rd_kafka_t *producer(int argc, char **argv, struct outcome *outcome) {
    char why[512] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int refused = rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], why, sizeof(why)) ||
                  rd_kafka_conf_set(conf, "enable.idempotence", "true", why, sizeof(why));
    for (int i = 3; i < argc && !refused; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) {
            fprintf(stderr, "idempotent: not NAME=VALUE: %s\n", argv[i]);
            exit(2);
        }
        *equals = '\0';
        refused = rd_kafka_conf_set(conf, argv[i], equals + 1, why, sizeof(why));
    }
    rd_kafka_conf_set_opaque(conf, outcome);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = refused ? NULL : rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (!rk) {
        rd_kafka_conf_destroy(conf); /* rd_kafka_new() takes it on success only */
        fprintf(stderr, "idempotent: %s\n", why);
        exit(2);
    }
    return rk;
}

static rd_kafka_resp_err_t send_line(rd_kafka_t *rk, const char *topic, char *line, size_t length) {
    rd_kafka_resp_err_t err;
    do {
        err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                RD_KAFKA_V_VALUE(line, length), RD_KAFKA_V_END);
        /* Serves delivery reports; when the queue is full, they are what makes space. */
        rd_kafka_poll(rk, err == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 100 : 0);
    } while (err == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    return err;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: idempotent BROKERS TOPIC [NAME=VALUE]... < lines.txt\n");
        return 2;
    }
    struct outcome outcome = {0, 0, 0};
    rd_kafka_t *rk = producer(argc, argv, &outcome);
    char *line = NULL, why[512];
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) >= 0) {
        if (length > 0 && line[length - 1] == '\n')
            length--;
        rd_kafka_resp_err_t err = send_line(rk, argv[2], line, (size_t)length);
        if (err) { /* RD_KAFKA_RESP_ERR__FATAL: nothing more is taken */
            fprintf(stderr, "idempotent: line %ld: %s\n", outcome.sent + 1, rd_kafka_err2str(err));
            break;
        }
        outcome.sent++;
    }
    free(line);

    /* Every message gets its report within message.timeout.ms. */
    while (rd_kafka_outq_len(rk) > 0)
        rd_kafka_flush(rk, 1000);
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(rk, why, sizeof(why));
    if (fatal)
        fprintf(stderr, "idempotent: fatal: %s: %s\n", rd_kafka_err2name(fatal), why);
    rd_kafka_destroy(rk);
    printf("%ld of %ld lines stored once and in order\n", outcome.stored, outcome.sent);
    return fatal || outcome.failed || outcome.stored < outcome.sent || !feof(stdin);
}
