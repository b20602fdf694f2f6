/* What the programs that measure memory share: the process's RSS, and a count of what was delivered. */
#ifndef CAPI_TESTS_MEMORY_H
#define CAPI_TESTS_MEMORY_H

#include "common.h"

#include <limits.h>

__attribute__((unused)) static size_t delivered;

/* A figure of /proc/self/status, in KiB. */
static long status_kib(const char *name) {
    char line[256];
    long kib = -1;
    size_t len = strlen(name);
    FILE *file = fopen("/proc/self/status", "r");
    while (kib < 0 && file && fgets(line, sizeof(line), file))
        if (!strncmp(line, name, len) && line[len] == ':')
            kib = atol(line + len + 1);
    CHECK(file && kib > 0, "no %s", name);
    fclose(file);
    return kib;
}

__attribute__((unused)) static long rss_kib(void) { return status_kib("VmRSS"); }

/* What of it is the process's own, and no page of a library's file. */
__attribute__((unused)) static long own_kib(void) { return status_kib("RssAnon"); }

/* From now on the most that RSS comes to is counted anew: VmHWM. */
__attribute__((unused)) static void reset_peak(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    CHECK(file && fputs("5", file) >= 0 && !fclose(file), "RSS cannot be counted anew");
}

__attribute__((unused)) static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque) {
    (void)rk;
    (void)opaque;
    CHECK(!m->err, "%s", rd_kafka_err2name(m->err));
    delivered++;
}

static void say(const char *what, long kib) {
    printf("%s %ld\n", what, kib);
    fflush(stdout);
}

#endif
