/* test: differential valgrind engines */
/* Plug-ins: loading by `plugin.library.paths`, what they can do, and what is said when they cannot be loaded. The plug-in is
 * this file, compiled once more as a shared object when the test runs. */
#ifdef PLUGIN
#include <stdio.h>
#include <string.h>

typedef struct rd_kafka_conf_s rd_kafka_conf_t;
int rd_kafka_conf_interceptor_add_on_conf_set(rd_kafka_conf_t *, const char *, void *, void *);
int rd_kafka_conf_interceptor_add_on_conf_destroy(rd_kafka_conf_t *, const char *, void *, void *);
int rd_kafka_conf_get(const rd_kafka_conf_t *, const char *, char *, size_t *);

static int on_conf_set(rd_kafka_conf_t *conf, const char *name, const char *val, char *errstr, size_t size, void *opaque) {
    (void)conf, (void)errstr, (void)size, (void)opaque;
    if (strncmp(name, "plugin.of.test", 14))
        return -2;
    printf("  plug-in: %s=%s\n", name, val ? val : "(null)");
    return 0;
}

static int on_conf_destroy(void *opaque) {
    (void)opaque;
    printf("  plug-in: configuration destroyed\n");
    return 0;
}

#ifndef NAMELESS
int conf_init(rd_kafka_conf_t *conf, void **plug_opaquep, char *errstr, size_t errstr_size) {
    char id[64];
    size_t size = sizeof(id);
    rd_kafka_conf_get(conf, "client.id", id, &size);
    printf("  plug-in: conf_init, client.id %s, opaque is null %d\n", id, *plug_opaquep == NULL);
    if (!strcmp(id, "refuse")) {
        snprintf(errstr, errstr_size, "refused by plug-in");
        return -184;
    }
    printf("  plug-in: added %d", rd_kafka_conf_interceptor_add_on_conf_set(conf, "plug", (void *)on_conf_set, NULL));
    printf(" %d\n", rd_kafka_conf_interceptor_add_on_conf_destroy(conf, "plug", (void *)on_conf_destroy, NULL));
    return 0;
}
#endif

#else
#include "common.h"

static char folder[] = "/tmp/plugins-XXXXXX";

static void build(const char *name, const char *flags) {
    char command[1000];
    snprintf(command, sizeof(command), "cc -shared -fPIC -DPLUGIN %s -o %s/%s %s", flags, folder, name, __FILE__);
    CHECK(system(command) == 0, "%s", command);
}

/* Prints a text with the folder's name, which is another one each time, replaced. */
static void show(const char *label, int res, const char *text) {
    printf("%s: %d \"", label, res);
    for (const char *p = text; *p;) {
        if (!strncmp(p, folder, strlen(folder))) {
            printf("FOLDER");
            p += strlen(folder);
        } else {
            putchar(*p++);
        }
    }
    printf("\"\n");
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *format) {
    char value[500], reason[500] = "", current[500] = "-";
    size_t size = sizeof(current);
    rd_kafka_conf_res_t res;

    snprintf(value, sizeof(value), format, folder, folder, folder);
    show(name, 0, value);
    res = rd_kafka_conf_set(conf, name, value, reason, sizeof(reason));
    show("->", res, reason);
    rd_kafka_conf_get(conf, name, current, &size);
    show("now", 0, current);
}

int main(void) {
    rd_kafka_conf_t *conf, *copy;
    char tight[30] = "";

    setvbuf(stdout, NULL, _IONBF, 0);
    CHECK(mkdtemp(folder), "mkdtemp");
    build("good.so", "");
    build("nameless.so", "-DNAMELESS");
    conf = rd_kafka_conf_new();
    set(conf, "plugin.library.paths", "%s/missing");
    set(conf, "plugin.library.paths", "%s/missing.so");
    set(conf, "plugin.library.paths", "%s/missing.x");
    set(conf, "plugin.library.paths", "%s/nameless.so");
    printf("tight: %d \"%s\"\n", rd_kafka_conf_set(conf, "plugin.library.paths", "/nowhere/at/all", tight, sizeof(tight)), tight);
    printf("no text: %d\n", rd_kafka_conf_set(conf, "plugin.library.paths", "/nowhere/at/all", NULL, 0));
    set(conf, "plugin.library.paths", "");
    set(conf, "plugin.library.paths", ";%s/missing.so");
    conf_set(conf, "client.id", "refuse");
    set(conf, "plugin.library.paths", "%s/good");
    conf_set(conf, "client.id", "accept");
    set(conf, "plugin.library.paths", "%s/good;%s/good;");
    set(conf, "plugin.of.test", "one");
    set(conf, "plugin.of.test", "");
    set(conf, "client.id", "other");
    printf("copy\n");
    copy = rd_kafka_conf_dup(conf);
    set(copy, "plugin.of.test", "two");
    printf("copy destroyed\n");
    rd_kafka_conf_destroy(copy);
    printf("instance\n");
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    rd_kafka_destroy(new_producer(conf));
    for (const char *const *file = (const char *const[]){"good.so", "nameless.so", "", NULL}; *file; file++) {
        char path[100];
        snprintf(path, sizeof(path), "%s/%s", folder, *file);
        remove(path);
    }
    return 0;
}
#endif
