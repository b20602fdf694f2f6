/* What the tests of exactly-once produce and expect to read: each partition holds every PARTITIONS-th message in order. */
#ifndef CAPI_TESTS_CONTENT_H
#define CAPI_TESTS_CONTENT_H

#include <stdint.h>
#include <string.h>

#define PARTITIONS 4
#define MAX_VALUE 400

/* The n-th message: always the same bytes, of any value and of many lengths. */
static size_t content(size_t n, unsigned char *value) {
    uint64_t state = n * 0x9e3779b97f4a7c15u + 1;
    size_t length = 8 + n * 7 % (MAX_VALUE - 8);
    memcpy(value, &n, 8);
    for (size_t i = 8; i < length; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        value[i] = (unsigned char)state;
    }
    return length;
}

#endif
