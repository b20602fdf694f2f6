/* What an application hears through log_cb and error_cb, each line once and in the order of the alphabet, without what differs from
 * run to run: durations and ports. */
#ifndef CAPI_TESTS_HEARD_H
#define CAPI_TESTS_HEARD_H

#include "common.h"

#include <ctype.h>
#include <pthread.h>

static char heard[64][700];
static int heard_count;
static pthread_mutex_t heard_lock = PTHREAD_MUTEX_INITIALIZER;

static void hear(const char *kind, int code, const char *text) {
    char line[700];
    const char *start = text;
    size_t n = (size_t)snprintf(line, sizeof(line), "%s %d ", kind, code);
    while (*text && n + 8 < sizeof(line)) {
        size_t digits = strspn(text + 1, "0123456789");
        if (*text == ':' && digits && text > start && (isdigit((unsigned char)text[-1]) || text[-1] == ']')) {
            line[n++] = ':', line[n++] = 'P';
            text += 1 + digits;
        } else if (*text == '(' && digits && !strncmp(text + 1 + digits, "ms)", 3)) {
            n += (size_t)snprintf(line + n, sizeof(line) - n, "(N");
            text += 1 + digits;
        } else if (!strncmp(text, "(after ", 7)) {
            n += (size_t)snprintf(line + n, sizeof(line) - n, "(after N");
            text += 7 + strspn(text + 7, "0123456789");
        } else if (!strncmp(text, ", ", 2) && strstr(text, " identical error(s) suppressed") == text + 2 + strspn(text + 2, "0123456789")) {
            text = strstr(text, "suppressed") + strlen("suppressed");
        } else
            line[n++] = *text++;
    }
    line[n] = '\0';
    pthread_mutex_lock(&heard_lock);
    int i = 0;
    while (i < heard_count && strcmp(heard[i], line))
        i++;
    if (i == heard_count && i < 64)
        strcpy(heard[heard_count++], line);
    pthread_mutex_unlock(&heard_lock);
}

/* Whether a line with these words has been heard. */
__attribute__((unused)) static bool has_heard(const char *words) {
    bool found = false;
    pthread_mutex_lock(&heard_lock);
    for (int i = 0; i < heard_count; i++)
        found |= strstr(heard[i], words) != NULL;
    pthread_mutex_unlock(&heard_lock);
    return found;
}

static int compare_heard(const void *a, const void *b) { return strcmp(a, b); }

/* Prints what was heard since the last time. */
__attribute__((unused)) static void print_heard(void) {
    pthread_mutex_lock(&heard_lock);
    qsort(heard, (size_t)heard_count, sizeof(heard[0]), compare_heard);
    for (int i = 0; i < heard_count; i++)
        printf("  %s\n", heard[i]);
    heard_count = 0;
    pthread_mutex_unlock(&heard_lock);
}

#endif
