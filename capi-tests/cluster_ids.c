/* test: alone */
/*
 * Who already waits for the ids when metadata without them comes gets an answer, too, and so does who waits when another thread
 * destroys the instance. The reference lets the former wait until its time is up, and the latter for the controller. Without an end: a call that does not return is found by the time limit of the test.
 */
#include "common.h"

struct waiter {
    rd_kafka_t *rk;
    bool controller;
    pid_t thread;
};

static void *wait_for_id(void *arg) {
    struct waiter *w = arg;
    __atomic_store_n(&w->thread, gettid(), __ATOMIC_SEQ_CST);
    if (w->controller)
        CHECK(rd_kafka_controllerid(w->rk, -1) == -1, "a controller");
    else
        CHECK(!rd_kafka_clusterid(w->rk, -1), "a cluster id");
    return NULL;
}

/* Whether a thread waits for something. */
static bool sleeps(pid_t thread) {
    char path[64], state = '?';
    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
    FILE *file = fopen(path, "r");
    CHECK(file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1, "%s", path);
    fclose(file);
    return state == 'S';
}

static void destroy_under_a_waiter(bool controller) {
    struct waiter w = {.rk = new_producer(quiet_conf("bootstrap.servers", "127.0.0.1:1", NULL)), .controller = controller};
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, wait_for_id, &w), "thread");
    AWAIT(__atomic_load_n(&w.thread, __ATOMIC_SEQ_CST) && sleeps(w.thread), "it does not wait");
    rd_kafka_destroy(w.rk);
    CHECK(!pthread_join(thread, NULL), "join");
}

int main(void) {
    destroy_under_a_waiter(false);
    destroy_under_a_waiter(true);
    for (int controller = 0; controller < 2; controller++) {
        rd_kafka_t *rk = new_producer(quiet_conf("test.mock.num.brokers", "1", "api.version.request", "false",
                                                 "broker.version.fallback", "0.9.0", NULL));
        if (controller)
            CHECK(rd_kafka_controllerid(rk, -1) == -1, "a controller");
        else
            CHECK(!rd_kafka_clusterid(rk, -1), "a cluster id");
        rd_kafka_destroy(rk);
    }
    return 0;
}
