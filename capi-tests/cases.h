/* Many small cases of one program side by side, their output in order. */
#ifndef CAPI_TESTS_CASES_H
#define CAPI_TESTS_CASES_H

#include "common.h"

#include <pthread.h>
#include <stdatomic.h>

#define CASE_THREADS 16

/* Every error code of brokers, and some that they may have one day. */
#define FIRST_CODE (-1)
#define LAST_CODE 139
#define CODES (LAST_CODE - FIRST_CODE + 1)

struct cases {
    int count;
    void (*one)(FILE *out, int number);
    char **texts;
    atomic_int next;
};

__attribute__((unused)) static void *run_some_cases(void *argument) {
    struct cases *cases = argument;
    int number;
    while ((number = atomic_fetch_add(&cases->next, 1)) < cases->count) {
        size_t length;
        FILE *out = open_memstream(&cases->texts[number], &length);
        CHECK(out, "open_memstream");
        cases->one(out, number);
        fclose(out);
    }
    return NULL;
}

/* `one` writes what is to be compared of a case; it has a thread to itself. */
__attribute__((unused)) static void run_cases(int count, void (*one)(FILE *out, int number)) {
    pthread_t threads[CASE_THREADS];
    struct cases cases = {.count = count, .one = one, .texts = calloc((size_t)count, sizeof(char *))};
    CHECK(cases.texts, "calloc");
    for (int i = 0; i < CASE_THREADS; i++)
        CHECK(!pthread_create(&threads[i], NULL, run_some_cases, &cases), "pthread_create");
    for (int i = 0; i < CASE_THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < count; i++) {
        fputs(cases.texts[i], stdout);
        free(cases.texts[i]);
    }
    free(cases.texts);
}

#endif
