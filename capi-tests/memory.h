/* What the programs that measure memory share: the process's RSS, and a count of what was delivered. */
#ifndef CAPI_TESTS_MEMORY_H
#define CAPI_TESTS_MEMORY_H

#include "common.h"

#include <limits.h>

__attribute__((unused)) static size_t delivered;

static long rss_kib(void) {
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "VmRSS: %ld kB", &kib) == 1)
            break;
    CHECK(file && kib > 0, "no VmRSS");
    fclose(file);
    return kib;
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
