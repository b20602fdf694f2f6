/* test: differential on-mock valgrind */
/* Where the simple consumer keeps its offsets: in files of several kinds, and with its group's coordinator. */
#include "consumed.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/offset-stores-XXXXXX";

/* What a consumer is told to do; the rest is at its default. */
struct Case {
    const char *what, *group, *path, *sync, *automatic, *interval, *reset;
    int64_t start, last;
    int store;
};

static void topic_set(rd_kafka_topic_conf_t *conf, const char *name, const char *value) {
    char reason[256];
    CHECK(!value || rd_kafka_topic_conf_set(conf, name, value, reason, sizeof(reason)) == RD_KAFKA_CONF_OK, "%s: %s", name, reason);
}

static void path_of(char *path, size_t size, const char *name) { snprintf(path, size, "%s%s%s", folder, *name ? "/" : "", name); }

static void show_file(const char *name) {
    char path[512], content[64] = "";
    struct stat info;
    path_of(path, sizeof(path), name);
    FILE *file = fopen(path, "r");
    if (!file) {
        printf("no file %s\n", name);
        return;
    }
    size_t len = fread(content, 1, sizeof(content) - 1, file);
    CHECK(!fstat(fileno(file), &info), "fstat");
    printf("file %s has %zu bytes, mode %o: %s%s", name, len, (unsigned)info.st_mode & 0777, content, strchr(content, '\n') ? "" : "\n");
    fclose(file);
}

static void write_file(const char *name, const char *content) {
    char path[512];
    path_of(path, sizeof(path), name);
    FILE *file = fopen(path, "w");
    CHECK(file, "%s", path);
    fputs(content, file);
    fclose(file);
}

static void error_cb(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    const char *path = strstr(reason, folder); /* which differs from run to run */
    printf("error: %s: %.*s%s\n", err_name((rd_kafka_resp_err_t)err), path ? (int)(path - reason) : (int)strlen(reason), reason,
           path ? path + strlen(folder) : "");
}

static void run(const char *servers, const struct Case *c) {
    printf("-- %s\n", c->what);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "bootstrap.servers", servers);
    conf_set(conf, "enable.partition.eof", "true");
    conf_set(conf, "fetch.wait.max.ms", "10");
    if (c->group)
        conf_set(conf, "group.id", c->group);
    rd_kafka_conf_set_error_cb(conf, error_cb);
    rd_kafka_t *rk = new_consumer(conf);
    rd_kafka_topic_conf_t *topic = rd_kafka_topic_conf_new();
    char path[512];
    path_of(path, sizeof(path), c->path ? c->path : "");
    topic_set(topic, "offset.store.method", c->path ? "file" : NULL);
    topic_set(topic, "offset.store.path", c->path ? path : NULL);
    topic_set(topic, "offset.store.sync.interval.ms", c->sync);
    topic_set(topic, "auto.commit.enable", c->automatic);
    topic_set(topic, "auto.commit.interval.ms", c->interval);
    topic_set(topic, "auto.offset.reset", c->reset ? c->reset : "earliest");
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, "t", topic);
    int started = rd_kafka_consume_start(rkt, 0, c->start);
    printf("start: %d, %s\n", started, err_name(rd_kafka_last_error()));
    for (int first = 1; !started;) {
        rd_kafka_message_t *m = rd_kafka_consume(rkt, 0, hang_ms());
        CHECK(m, "nothing comes");
        int last = m->err || m->offset == c->last;
        if (first || m->err)
            printf("%s @%" PRId64 " %s\n", err_name(m->err), m->offset, m->err ? rd_kafka_message_errstr(m) : "");
        rd_kafka_message_destroy(m);
        first = 0;
        if (last)
            break;
    }
    if (c->interval) { /* what is committed on the way */
        struct stat info;
        char file[600];
        snprintf(file, sizeof(file), "%s/t-0-in between.offset", path);
        AWAIT(!stat(file, &info) && info.st_size > 0, "nothing is written");
        show_file("t-0-in between.offset");
    }
    if (c->store)
        printf("store: %s\n", err_name(rd_kafka_offset_store(rkt, 0, c->store)));
    if (!started)
        printf("stop: %d\n", rd_kafka_consume_stop(rkt, 0));
    rd_kafka_poll(rk, 0);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
}

static void files(const char *servers) {
    const struct Case cases[] = {
        {"nothing stored", .path = "", .start = RD_KAFKA_OFFSET_STORED, .last = 4},
        {"stored", .path = "", .sync = "0", .start = RD_KAFKA_OFFSET_STORED, .last = 6},
        {"from another offset, less far", .path = "", .start = 2, .last = 3},
        {"from the stored one", .path = "", .sync = "1", .start = RD_KAFKA_OFFSET_STORED, .last = 7},
        {"not in the background", .path = "", .automatic = "false", .start = RD_KAFKA_OFFSET_STORED, .last = 8},
        {"stored by the application", .path = "", .start = RD_KAFKA_OFFSET_STORED, .last = 9, .store = 12},
        {"stored by the application, less far", .path = "", .start = RD_KAFKA_OFFSET_STORED, .last = 13, .store = 3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        run(servers, &cases[i]);
        show_file("t-0.offset");
    }
    run(servers, &(struct Case){"a group", .group = "a/b:c\\d e", .path = "", .start = RD_KAFKA_OFFSET_STORED, .last = 5});
    show_file("t-0-a%2Fb%3Ac%5Cd e.offset");
    run(servers, &(struct Case){"in between", .group = "in between", .path = "", .interval = "20", .start = RD_KAFKA_OFFSET_STORED, .last = 5});
    show_file("t-0-in between.offset");
    run(servers, &(struct Case){"one file", .path = "my.offset", .start = RD_KAFKA_OFFSET_STORED, .last = 5});
    show_file("my.offset");
    write_file("my.offset", "3");
    run(servers, &(struct Case){"no end of line", .path = "my.offset", .start = RD_KAFKA_OFFSET_STORED, .last = 5});
    write_file("my.offset", "hello\n");
    run(servers, &(struct Case){"no number", .path = "my.offset", .start = RD_KAFKA_OFFSET_STORED, .last = 5});
    show_file("my.offset");
    write_file("my.offset", "500000\n");
    run(servers, &(struct Case){"out of range", .path = "my.offset", .start = RD_KAFKA_OFFSET_STORED, .last = 5});
    show_file("my.offset");
    run(servers, &(struct Case){"nowhere to begin", .path = "other.offset", .reset = "error", .start = RD_KAFKA_OFFSET_STORED});
}

static void with_the_broker(const char *servers) {
    run(servers, &(struct Case){"no group", .start = RD_KAFKA_OFFSET_STORED});
    run(servers, &(struct Case){"nothing committed", .group = "g", .start = RD_KAFKA_OFFSET_STORED, .last = 4});
    run(servers, &(struct Case){"committed", .group = "g", .start = RD_KAFKA_OFFSET_STORED, .last = 6});
    run(servers, &(struct Case){"not in the background", .group = "g", .automatic = "false", .start = RD_KAFKA_OFFSET_STORED, .last = 8});
    run(servers, &(struct Case){"stored", .group = "g", .start = RD_KAFKA_OFFSET_STORED, .last = 9, .store = 14});
    run(servers, &(struct Case){"committed", .group = "g", .start = RD_KAFKA_OFFSET_STORED, .last = 19});
    run(servers, &(struct Case){"from another offset", .group = "g", .start = 3, .last = 4});
    run(servers, &(struct Case){"committed", .group = "g", .start = RD_KAFKA_OFFSET_STORED, .last = 19});
    run(servers, &(struct Case){"nowhere to begin", .group = "new", .reset = "error", .start = RD_KAFKA_OFFSET_STORED});
}

int main(int argc, char **argv) {
    CHECK(argc > 1, "bootstrap servers");
    CHECK(mkdtemp(folder), "mkdtemp");
    fill(argv[1], "none", 0, 0, 20);
    files(argv[1]);
    with_the_broker(argv[1]);
    DIR *all = opendir(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(all));) {
        char path[512];
        path_of(path, sizeof(path), entry->d_name);
        count += !unlink(path);
    }
    closedir(all);
    printf("%d files\n", count);
    CHECK(!rmdir(folder), "rmdir");
    return 0;
}
