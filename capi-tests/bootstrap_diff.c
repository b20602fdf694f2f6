/* test: differential valgrind limit=90 */
/* How bootstrap.servers is read: which brokers a list adds, and what is told of a list with mistakes or without brokers. */
#include "heard.h"

#include <dlfcn.h>

#define ADDED "/bootstrap: Added new broker"

/* Whether the list has added a broker. The reference counts its brokers once more after that, and on rare occasions finds none; ours
 * must not. */
static bool added;

/* The reference does not have this function. */
static bool is_ours(void) { return dlsym(RTLD_DEFAULT, "rd_kafka_conf_set_stats_cb_typed") != NULL; }

/* Brokers by host and port; failures to connect are not the subject. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    char line[600];
    const char *end = strstr(text, ADDED);
    (void)rk;
    if (!strcmp(facility, "BROKER") && end) {
        const char *colon = end;
        while (colon > text && *colon != ':')
            colon--;
        snprintf(line, sizeof(line), "host \"%.*s\"", (int)(colon - text), text);
        hear("port", atoi(colon + 1), line);
        added = true;
    } else if (added && !strcmp(facility, "CONFWARN")) {
        CHECK(!is_ours(), "a broker was added, and yet: %s", text);
    } else if (level < 7 && (!strcmp(facility, "BROKER") || !strcmp(facility, "CONFWARN"))) {
        hear("log", level, text);
    }
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    if (!strstr(reason, "/bootstrap: ") && !strstr(reason, "brokers are down"))
        hear("error", err, reason);
}

static const char *const lists[] = {
    "h:1", "h: 1", "h:+1", "h:  +1", "h:-1", "h:1x", "h:", "h:99999", "h:4294967297", "h:-70000", "h:\t5", "h:\n5", "h:\v5",
    "h:0x10", "h:1.5", "h:18446744073709551617", "h:-", "h:+", "h:+-1",
    "a:1, b:2 ,  c", "a:1\n,b:2", "\na:1", "a:1,,b:2", "a:1, ,b:2", "h;g", " h :5", "a b:3",
    "   ", ",", ", ,", "foo://x", "foo://x,a:1", "a:1,foo://x", "://h", "ssl://h",
    "PLAINTEXT://h:5/p", "plaintext:// h:5", "plaintext://", "plaintext:///x", "a//b:1", "/x", ":5", ":",
    "::1", "[::1]", "[::1]:7", "fe80::1", "::1:9093", "h:1:2", "[::1", "::1]", "[h]:5", "[h]", "]:5", "plaintext://[::1]:5",
    "plaintext://::1", "::", ":::", "[]:1", "[]",
};

int main(void) {
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        added = false;
        conf_set(conf, "debug", "broker");
        conf_set(conf, "log.thread.name", "false");
        conf_set(conf, "bootstrap.servers", lists[i]);
        rd_kafka_conf_set_log_cb(conf, on_log);
        rd_kafka_conf_set_error_cb(conf, on_error);
        rd_kafka_t *rk = new_producer(conf);
        rd_kafka_poll(rk, 0);
        rd_kafka_destroy(rk);
        printf("%zu: \"%s\"\n", i, lists[i]);
        print_heard();
    }
    return 0;
}
