/* test: tool */
/* For harness/conf_matrix.py: `show` prints the table of properties, `names` the names that a dump knows, `set` reads
 * lines of scope, name and value, separated by tabs ("\N" for NULL, "\E" for an empty value, no value to set nothing),
 * and prints what became of each. */
#include "common.h"

struct dump {
    const char **entries;
    size_t count;
};

static void print_value(const char *value) {
    printf("\"%s\"", strncmp(value, "0x", 2) ? value : "(address)");
}

static struct dump dump_of(int global, void *conf) {
    struct dump d;
    d.entries = global ? rd_kafka_conf_dump(conf, &d.count) : rd_kafka_topic_conf_dump(conf, &d.count);
    return d;
}

static const char *find(const struct dump *d, const char *name) {
    for (size_t i = 0; i + 1 < d->count; i += 2)
        if (!strcmp(d->entries[i], name))
            return d->entries[i + 1];
    return NULL;
}

/* What another value made of the dump. */
static void print_changes(const struct dump *before, const struct dump *after) {
    printf(" dump");
    for (size_t i = 0; i + 1 < after->count; i += 2) {
        const char *old = find(before, after->entries[i]);
        if (old && (!strcmp(old, after->entries[i + 1]) || (!strncmp(old, "0x", 2) && !strncmp(after->entries[i + 1], "0x", 2))))
            continue;
        printf(" %s=", after->entries[i]);
        print_value(after->entries[i + 1]);
    }
    for (size_t i = 0; i + 1 < before->count; i += 2)
        if (!find(after, before->entries[i]))
            printf(" %s gone", before->entries[i]);
}

static void set(const char *scope, const char *name, const char *value) {
    int global = !strcmp(scope, "global");
    void *conf = global ? (void *)rd_kafka_conf_new() : (void *)rd_kafka_topic_conf_new();
    struct dump before = dump_of(global, conf), after;
    char reason[512] = "", read[4096] = "";
    size_t size = sizeof(read);
    int res = 0;

    if (value) {
        const char *v = !strcmp(value, "\\N") ? NULL : !strcmp(value, "\\E") ? "" : value;
        res = global ? rd_kafka_conf_set(conf, name, v, reason, sizeof(reason))
                     : rd_kafka_topic_conf_set(conf, name, v, reason, sizeof(reason));
        for (char *p = reason; *p; p++)
            if (*p == '\n')
                *p = ' ';
        printf("%d \"%s\"", res, res == RD_KAFKA_CONF_OK ? "" : reason);
    }
    res = global ? rd_kafka_conf_get(conf, name, read, &size) : rd_kafka_topic_conf_get(conf, name, read, &size);
    printf(" get %d ", res);
    print_value(res == RD_KAFKA_CONF_OK ? read : "");
    after = dump_of(global, conf);
    print_changes(&before, &after);
    printf("\n");
    rd_kafka_conf_dump_free(before.entries, before.count);
    rd_kafka_conf_dump_free(after.entries, after.count);
    if (global)
        rd_kafka_conf_destroy(conf);
    else
        rd_kafka_topic_conf_destroy(conf);
}

static void names(const char *scope, int global, void *conf) {
    struct dump d = dump_of(global, conf);
    for (size_t i = 0; i + 1 < d.count; i += 2)
        printf("%s\t%s\n", scope, d.entries[i]);
    rd_kafka_conf_dump_free(d.entries, d.count);
}

int main(int argc, char **argv) {
    char line[8192];

    CHECK(argc == 2, "usage: conf_matrix show|names|set");
    if (!strcmp(argv[1], "show")) {
        rd_kafka_conf_properties_show(stdout);
    } else if (!strcmp(argv[1], "names")) {
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        rd_kafka_topic_conf_t *topic = rd_kafka_topic_conf_new();
        names("global", 1, conf);
        names("topic", 0, topic);
        rd_kafka_conf_destroy(conf);
        rd_kafka_topic_conf_destroy(topic);
    } else {
        while (fgets(line, sizeof(line), stdin)) {
            char *rest = line;
            line[strcspn(line, "\n")] = '\0';
            const char *scope = strsep(&rest, "\t"), *name = strsep(&rest, "\t");
            CHECK(name, "bad line");
            set(scope, name, rest);
        }
    }
    return 0;
}
