/* test: differential valgrind engines */
/* What an application hears about brokers that are not there: error_cb codes and texts, and the log. */
#include "common.h"

#include <ctype.h>

static char seen[64][600];
static int seen_count;

/* Numbers that differ from run to run (times, repetitions) become N. */
static void normalise(char *to, size_t size, const char *from) {
    size_t used = 0;
    while (*from && used + 2 < size) {
        if (isdigit((unsigned char)*from)) {
            const char *start = from;
            while (isdigit((unsigned char)*from))
                from++;
            if (!strncmp(from, "ms in state", 11)) {
                to[used++] = 'N';
                continue;
            }
            while (start < from && used + 2 < size)
                to[used++] = *start++;
            continue;
        }
        if (!strncmp(from, ", ", 2) && strstr(from, "identical error(s) suppressed") == from + 2 + strspn(from + 2, "0123456789 ")) {
            from = strstr(from, "suppressed") + strlen("suppressed");
            continue;
        }
        to[used++] = *from++;
    }
    to[used] = '\0';
}

static void remember(const char *kind, int code, const char *text) {
    char line[600], clean[500];
    int down, all;
    normalise(clean, sizeof(clean), text);
    if (sscanf(clean, "%d/%d brokers are down", &down, &all) == 2) /* how many at that moment hangs on timing */
        snprintf(clean, sizeof(clean), "N/N brokers are down");
    snprintf(line, sizeof(line), "%s %d %s", kind, code, clean);
    for (int i = 0; i < seen_count; i++)
        if (!strcmp(seen[i], line))
            return;
    if (seen_count < 64)
        strcpy(seen[seen_count++], line);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk;
    CHECK(opaque == seen, "wrong opaque");
    remember("error", err, reason);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    char line[1200];
    (void)rk;
    snprintf(line, sizeof(line), "%s %s", facility, text);
    remember("log", level, line);
}

static int compare(const void *a, const void *b) { return strcmp(a, b); }

/* How many of what was seen begins like this. */
static int seen_like(const char *beginning) {
    int count = 0;
    for (int i = 0; i < seen_count; i++)
        count += !strncmp(seen[i], beginning, strlen(beginning));
    return count;
}

/* Until as many errors of the kind `code` and one that all are down were seen, and some time longer for what should not be. */
static void watch(const char *name, const char *brokers, rd_kafka_resp_err_t code, int count) {
    char error[32], all_down[32];
    snprintf(error, sizeof(error), "error %d ", code);
    snprintf(all_down, sizeof(all_down), "error %d ", RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", brokers);
    conf_set(conf, "log.queue", "false");
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_opaque(conf, seen);
    seen_count = 0;
    rd_kafka_t *rk = new_producer(conf);
    AWAIT((rd_kafka_poll(rk, 50), seen_like(error) >= count && seen_like(all_down)), "%d errors", seen_like(error));
    for (double since = pace_s(); pace_s() - since < 1;)
        rd_kafka_poll(rk, 50);
    rd_kafka_destroy(rk);
    qsort(seen, (size_t)seen_count, sizeof(seen[0]), compare);
    printf("%s\n", name);
    for (int i = 0; i < seen_count; i++)
        if (!strstr(seen[i], "identical error")) /* how many were suppressed hangs on timing */
            printf("  %s\n", seen[i]);
}

int main(void) {
    watch("refused", "127.0.0.1:1", RD_KAFKA_RESP_ERR__TRANSPORT, 1);
    watch("two refused", "127.0.0.1:1,127.0.0.1:2", RD_KAFKA_RESP_ERR__TRANSPORT, 2);
    watch("name that does not exist", "no-such-host.invalid:9092", RD_KAFKA_RESP_ERR__RESOLVE, 1);
    return 0;
}
