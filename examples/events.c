/*
 * A producer in a program that has an event loop of its own: no callbacks, no thread that polls.
 *
 *   events BROKERS TOPIC [NAME=VALUE]... < lines.txt
 *
 * The main queue makes a descriptor readable when something arrives in it; poll(2) waits for that and for standard input.
 * Delivery reports, errors and statistics come as events. Exit code: 0 all delivered, 1 not all, 2 usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct counters {
    long sent, delivered, failed;
};

static void serve(rd_kafka_event_t *event, struct counters *counters) {
    const rd_kafka_message_t *message;
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        while ((message = rd_kafka_event_message_next(event))) {
            if (message->err)
                fprintf(stderr, "events: not delivered: %s\n", rd_kafka_err2str(message->err));
            message->err ? counters->failed++ : counters->delivered++;
        }
        break;
    case RD_KAFKA_EVENT_ERROR: /* of the cluster; the client goes on by itself */
        fprintf(stderr, "events: %s\n", rd_kafka_event_error_string(event));
        break;
    case RD_KAFKA_EVENT_STATS: /* with statistics.interval.ms */
        fprintf(stderr, "%s\n", rd_kafka_event_stats(event));
        break;
    default:
        break;
    }
    rd_kafka_event_destroy(event);
}

/* Serves what is there, without waiting. */
static void serve_all(rd_kafka_queue_t *queue, struct counters *counters) {
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(queue, 0)))
        serve(event, counters);
}

/* Sends the lines that a piece of input completes; what is left waits for the next piece. */
static void send_lines(rd_kafka_t *rk, const char *topic, char *text, size_t *length, rd_kafka_queue_t *queue,
                       struct counters *counters) {
    char *begin = text, *end;
    while ((end = memchr(begin, '\n', *length - (size_t)(begin - text)))) {
        rd_kafka_resp_err_t err;
        while ((err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                        RD_KAFKA_V_VALUE(begin, (size_t)(end - begin)), RD_KAFKA_V_END)) ==
               RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 100);
            if (event) /* reports make space */
                serve(event, counters);
        }
        if (err)
            fprintf(stderr, "events: not taken: %s\n", rd_kafka_err2str(err));
        counters->sent++;
        counters->failed += err != 0;
        begin = end + 1;
    }
    *length -= (size_t)(begin - text);
    memmove(text, begin, *length);
}

static rd_kafka_t *producer(int argc, char **argv) {
    char why[512] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int refused = rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], why, sizeof(why));
    for (int i = 3; i < argc && !refused; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) {
            fprintf(stderr, "events: not NAME=VALUE: %s\n", argv[i]);
            exit(2);
        }
        *equals = '\0';
        refused = rd_kafka_conf_set(conf, argv[i], equals + 1, why, sizeof(why));
    }
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS);
    rd_kafka_t *rk = refused ? NULL : rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (!rk) {
        rd_kafka_conf_destroy(conf); /* rd_kafka_new() takes it on success only */
        fprintf(stderr, "events: %s\n", why);
        exit(2);
    }
    return rk;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: events BROKERS TOPIC [NAME=VALUE]... < lines.txt\n");
        return 2;
    }
    rd_kafka_t *rk = producer(argc, argv);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    int wake[2];
    if (pipe(wake) || fcntl(wake[0], F_SETFL, O_NONBLOCK) || fcntl(wake[1], F_SETFL, O_NONBLOCK)) {
        perror("events");
        return 1;
    }
    /* One byte for each time that the queue was empty and is not any more. */
    rd_kafka_queue_io_event_enable(queue, wake[1], "x", 1);

    static char text[1 << 20];
    size_t length = 0;
    struct counters counters = {0, 0, 0};
    bool has_input = true;
    while (has_input || rd_kafka_outq_len(rk) > 0) {
        struct pollfd fds[] = {{wake[0], POLLIN, 0}, {has_input ? STDIN_FILENO : -1, POLLIN, 0}};
        if (poll(fds, 2, 1000) < 0 && errno != EINTR)
            break;
        char woken[64];
        while (read(wake[0], woken, sizeof(woken)) > 0)
            ;
        serve_all(queue, &counters);
        if (fds[1].revents) {
            ssize_t n = read(STDIN_FILENO, text + length, sizeof(text) - length);
            has_input = n > 0;
            length += n > 0 ? (size_t)n : 0;
            send_lines(rk, argv[2], text, &length, queue, &counters);
        }
    }
    serve_all(queue, &counters);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    printf("%ld of %ld lines delivered\n", counters.delivered, counters.sent);
    return counters.delivered != counters.sent;
}
