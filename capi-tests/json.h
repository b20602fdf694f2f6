/* JSON as a flat list: every value with the keys that lead to it, `a|b|c`. Malformed text ends the program. */
#ifndef CAPI_TESTS_JSON_H
#define CAPI_TESTS_JSON_H

#include "common.h"
#include <ctype.h>

struct json_value {
    char *path;
    const char *type; /* "object", "string", "integer", "real", "bool" */
    char *text;       /* as it stands in the document, strings without their quotes */
};

struct json {
    struct json_value *values;
    size_t count, space;
    const char *at;
    char path[2000];
};

static void json_add(struct json *j, const char *type, const char *text, size_t length) {
    if (j->count == j->space) {
        j->space = j->space ? j->space * 2 : 1000;
        j->values = realloc(j->values, j->space * sizeof(*j->values));
    }
    j->values[j->count++] = (struct json_value){strdup(j->path), type, strndup(text, length)};
}

static void json_space(struct json *j) {
    while (isspace((unsigned char)*j->at))
        j->at++;
}

static void json_expect(struct json *j, char c) {
    json_space(j);
    CHECK(*j->at == c, "expected %c at %.60s", c, j->at);
    j->at++;
}

/* A string's bytes as they stand there, escapes included. */
static const char *json_string(struct json *j, size_t *length) {
    json_expect(j, '"');
    const char *start = j->at;
    while (*j->at && *j->at != '"') {
        CHECK((unsigned char)*j->at >= 0x20, "control character in a string at %.60s", start);
        j->at += *j->at == '\\' && j->at[1] ? 2 : 1;
    }
    *length = (size_t)(j->at - start);
    json_expect(j, '"');
    return start;
}

static void json_read(struct json *j);

static void json_object(struct json *j) {
    size_t path = strlen(j->path), length;

    json_add(j, "object", "", 0);
    json_expect(j, '{');
    json_space(j);
    for (int first = 1; *j->at != '}'; first = 0) {
        if (!first)
            json_expect(j, ',');
        json_space(j);
        const char *key = json_string(j, &length);
        CHECK(path + length + 2 < sizeof(j->path), "keys are too long");
        sprintf(j->path + path, "%s%.*s", path ? "|" : "", (int)length, key);
        json_expect(j, ':');
        json_read(j);
        j->path[path] = '\0';
        json_space(j);
    }
    json_expect(j, '}');
}

static void json_read(struct json *j) {
    size_t length;

    json_space(j);
    if (*j->at == '{') {
        json_object(j);
    } else if (*j->at == '"') {
        const char *text = json_string(j, &length);
        json_add(j, "string", text, length);
    } else if (!strncmp(j->at, "true", 4) || !strncmp(j->at, "false", 5)) {
        length = *j->at == 't' ? 4 : 5;
        json_add(j, "bool", j->at, length);
        j->at += length;
    } else {
        length = strspn(j->at, "-0123456789.eE+");
        CHECK(length > 0, "no value at %.60s", j->at);
        json_add(j, memchr(j->at, '.', length) ? "real" : "integer", j->at, length);
        j->at += length;
    }
}

__attribute__((unused)) static struct json *json_parse(const char *text) {
    struct json *j = calloc(1, sizeof(*j));
    j->at = text;
    json_read(j);
    json_space(j);
    CHECK(!*j->at, "behind the document: %.60s", j->at);
    return j;
}

__attribute__((unused)) static void json_free(struct json *j) {
    for (size_t i = 0; i < j->count; i++) {
        free(j->values[i].path);
        free(j->values[i].text);
    }
    free(j->values);
    free(j);
}

__attribute__((unused)) static const struct json_value *json_find(const struct json *j, const char *path) {
    for (size_t i = 0; i < j->count; i++)
        if (!strcmp(j->values[i].path, path))
            return &j->values[i];
    return NULL;
}

/* The number at a path, which has to be there. */
__attribute__((unused, format(printf, 2, 3))) static int64_t json_int(const struct json *j, const char *path, ...) {
    char buf[2000];
    va_list ap;

    va_start(ap, path);
    vsnprintf(buf, sizeof(buf), path, ap);
    va_end(ap);
    const struct json_value *v = json_find(j, buf);
    CHECK(v && !strcmp(v->type, "integer"), "%s is %s", buf, v ? v->type : "missing");
    return strtoll(v->text, NULL, 10);
}

#endif
