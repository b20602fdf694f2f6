/* What tls_client does that is not a property: certificates in memory, a callback that verifies certificates, and copies. */
#ifndef CAPI_TESTS_TLS_WORDS_H
#define CAPI_TESTS_TLS_WORDS_H

#include "heard.h"

/* The instance is created, and that is all. */
static bool new_only;

/* What the callback does at one depth. At others it accepts. */
static struct {
    int depth, answer, error;
    const char *text;
} verdict;

/* Certificates are told apart by their sizes and sums: keys are new in each run of the suite, the same for both libraries. */
static int on_certificate(rd_kafka_t *rk, const char *broker, int32_t id, int *error, int depth, const char *der, size_t size, char *errstr,
                          size_t errstr_size, void *opaque) {
    char line[300];
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + (unsigned char)der[i];
    snprintf(line, sizeof(line), "%s id %" PRId32 " depth %d error %d size %zu sum %u space %zu rk %d opaque %s", broker, id, depth, *error, size,
             sum, errstr_size, rk != NULL, (const char *)opaque);
    hear("certificate", 0, line);
    if (depth != verdict.depth)
        return 1;
    if (verdict.error >= 0)
        *error = verdict.error;
    if (verdict.text)
        snprintf(errstr, errstr_size, "%s", verdict.text);
    return verdict.answer;
}

/* set_ssl_cert.TYPE.ENCODING=FILE, nothing for no buffer. */
static void set_certificate(rd_kafka_conf_t *conf, const char *type, const char *file) {
    static char buffer[1 << 16];
    char text[512] = "untouched";
    size_t size = 0;
    int what = atoi(type), encoding = atoi(strchr(type, '.') + 1);
    if (*file) {
        FILE *f = fopen(file, "rb");
        CHECK(f, "%s", file);
        size = fread(buffer, 1, sizeof(buffer), f);
        fclose(f);
    }
    int result = rd_kafka_conf_set_ssl_cert(conf, what, encoding, *file ? buffer : NULL, size, text, sizeof(text));
    memset(buffer, 'x', sizeof(buffer)); /* It is the library's copy that counts. */
    if (result)
        printf("set_ssl_cert(%d, %d): %d %s\n", what, encoding, result, text);
}

static void print_dump(rd_kafka_conf_t *conf, const char *prefix) {
    char value[200];
    size_t count;
    const char **dump = rd_kafka_conf_dump(conf, &count);
    for (size_t i = 0; i < count; i += 2)
        if (!strncmp(dump[i], prefix, strlen(prefix)) && (strstr(dump[i], "ssl_") || strstr(dump[i], "verify_cb")))
            printf("  %s has a value: %d\n", dump[i], dump[i + 1] != NULL);
    rd_kafka_conf_dump_free(dump, count);
    const char *names[] = {"ssl_key", "ssl_certificate", "ssl_ca"};
    for (size_t i = 0, size = sizeof(value); i < 3; i++, size = sizeof(value))
        printf("  get %s: %d\n", names[i], rd_kafka_conf_get(conf, names[i], value, &size));
}

/* verify_cb=DEPTH,ANSWER,ERROR,TEXT */
static void set_callback(rd_kafka_conf_t *conf, const char *words) {
    static char text[100];
    int n = sscanf(words, "%d,%d,%d,%99[^\n]", &verdict.depth, &verdict.answer, &verdict.error, text);
    CHECK(n >= 3, "verify_cb=%s", words);
    verdict.text = n == 4 ? text : NULL;
    rd_kafka_conf_set_opaque(conf, (void *)"opaque");
    CHECK(rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate) == RD_KAFKA_CONF_OK, "the callback is not taken");
}

/* Does what such a word says; false for what is a property. */
static bool is_tls_word(rd_kafka_conf_t **conf, const char *name, const char *value) {
    if (!strncmp(name, "set_ssl_cert.", 13))
        set_certificate(*conf, name + 13, value);
    else if (!strcmp(name, "verify_cb"))
        set_callback(*conf, value);
    else if (!strcmp(name, "engine_data")) { /* the path of a certificate, without its suffix */
        static char path[512];
        snprintf(path, sizeof(path), "%.*s", (int)(strlen(value) - strlen(".pem")), value);
        rd_kafka_conf_set_engine_callback_data(*conf, path);
    } else if (!strcmp(name, "new_only"))
        new_only = true;
    else if (!strcmp(name, "dump"))
        print_dump(*conf, value);
    else if (!strcmp(name, "copy")) { /* of what does not begin with the value */
        rd_kafka_conf_t *copy = *value ? rd_kafka_conf_dup_filter(*conf, 1, &value) : rd_kafka_conf_dup(*conf);
        rd_kafka_conf_destroy(*conf);
        *conf = copy;
    } else
        return false;
    return true;
}

#endif
