/* test: differential valgrind engines */
/* Payload ownership and NULL or empty payloads and keys, as the delivery report shows them. */
#include "deliveries.h"

static const struct {
    const char *name;
    const char *bytes;
    size_t length;
} contents[] = {{"null", NULL, 0}, {"empty", "", 0}, {"short", "x", 1}, {"text", "some text of 24 bytes...", 24}};

static char payloads[64][64];

static void produce(rd_kafka_topic_t *rkt, int n, int flags, size_t value, size_t key) {
    void *payload = (void *)contents[value].bytes;
    char key_copy[64];
    if (payload) {
        payload = (flags & RD_KAFKA_MSG_F_FREE) ? malloc(64) : payloads[n];
        memcpy(payload, contents[value].bytes, contents[value].length + 1);
    }
    deliveries[n].payload = NULL;
    if (contents[key].bytes)
        memcpy(key_copy, contents[key].bytes, contents[key].length + 1);
    int result = rd_kafka_produce(rkt, 0, flags, payload, contents[value].length, contents[key].bytes ? key_copy : NULL,
                                  contents[key].length, (void *)(intptr_t)n);
    CHECK(!result, "produce %d: %s", n, rd_kafka_err2name(rd_kafka_last_error()));
    memset(key_copy, '#', sizeof(key_copy)); /* keys are always copied */
    if (flags & RD_KAFKA_MSG_F_COPY)
        memset(payloads[n], '#', sizeof(payloads[n])); /* and so was this value */
}

int main(void) {
    static const struct {
        const char *name;
        int flags;
    } kinds[] = {{"copy", RD_KAFKA_MSG_F_COPY}, {"free", RD_KAFKA_MSG_F_FREE}, {"lend", 0}};
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk = mock_producer(quiet_conf("linger.ms", "20", NULL), &rkt);
    int n = 0;

    for (size_t k = 0; k < 3; k++)
        for (size_t v = 0; v < 4; v++)
            for (size_t key = 0; key < 4; key++)
                produce(rkt, n++, kinds[k].flags, v, key);
    await_deliveries(rk, n);

    for (int i = 0; i < n; i++) {
        const struct delivery *d = &deliveries[i];
        size_t value = (size_t)i / 4 % 4, key = (size_t)i % 4;
        printf("%s value=%s key=%s: err %s partition %d offset %" PRId64 " value %s/%zu/%s%s key %s/%zu/%s status %d\n",
               kinds[i / 16].name, contents[value].name, contents[key].name, rd_kafka_err2name(d->err), d->partition,
               d->offset, d->payload ? "set" : "null", d->length, d->payload_text,
               d->payload == payloads[i] ? " (ours)" : "", d->key ? "set" : "null", d->key_length, d->key_text, d->status);
    }

    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return 0;
}
