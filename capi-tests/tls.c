/* test: alone valgrind on-mock=--tls={folder},--tls-client-ca={folder}/ca.pem limit=120 */
/*
 * TLS as a program has it over its life, for what watches memory: messages of all sizes, connections that are cut and come back with a
 * resumed session, handshakes that fail on either side or are never ended, instances destroyed at any moment, files that are refused.
 */
#include "cuts.h"
#include "deliveries.h"

#include <arpa/inet.h>

#define CUTS 5
#define LARGEST 200000

static const char *servers, *folder;
static int failures;

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)reason, (void)opaque;
    failures += err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

static void conf_path(rd_kafka_conf_t *conf, const char *name, const char *file) {
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    conf_set(conf, name, path);
}

static void conf_content(rd_kafka_conf_t *conf, const char *name, const char *file) {
    char path[512], text[8000];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    FILE *in = fopen(path, "r");
    CHECK(in, "%s", path);
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    conf_set(conf, name, text);
}

static rd_kafka_conf_t *tls_conf(const char *to) {
    rd_kafka_conf_t *conf = quiet_conf("bootstrap.servers", to, "security.protocol", "ssl", "reconnect.backoff.ms", "10",
                                       "reconnect.backoff.max.ms", "50", NULL);
    rd_kafka_conf_set_error_cb(conf, on_error);
    return conf;
}

static rd_kafka_conf_t *files(const char *to) {
    rd_kafka_conf_t *conf = tls_conf(to);
    conf_path(conf, "ssl.ca.location", "ca.pem");
    conf_path(conf, "ssl.certificate.location", "client.pem");
    conf_path(conf, "ssl.key.location", "client.key");
    return conf;
}

static void produce(rd_kafka_t *rk, size_t size) {
    static char value[LARGEST];
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE(value, size), RD_KAFKA_V_END), "producev");
}

static void messages(void) {
    rd_kafka_conf_t *conf = files(servers);
    allow_cuts(conf);
    rd_kafka_conf_set_dr_msg_cb(conf, keep_delivery);
    rd_kafka_t *rk = new_producer(conf);
    for (int round = 0, count = 0; round <= CUTS; round++) {
        for (size_t size = 1; size < LARGEST; size = size * 3 + 1, count++)
            produce(rk, size);
        await_deliveries(rk, count);
        cut_one(0);
    }
    CHECK(cuts_made >= CUTS, "%d cuts", cuts_made);
    rd_kafka_destroy(rk);
}

/* Until a handshake has failed for the reason that the configuration has. */
static void failure(rd_kafka_conf_t *conf) {
    failures = 0;
    rd_kafka_t *rk = new_producer(conf);
    produce(rk, 1);
    AWAIT((rd_kafka_poll(rk, 10), failures), "no error");
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_destroy(rk);
}

static void refused(rd_kafka_conf_t *conf) {
    char text[512] = "";
    CHECK(!rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text)) && *text, "taken");
    rd_kafka_conf_destroy(conf);
}

/* Nobody answers at this address. */
static void handshake_without_end(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    char to[40];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(!bind(listener, (struct sockaddr *)&address, size) && !listen(listener, 16), "listen");
    CHECK(!getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    snprintf(to, sizeof(to), "127.0.0.1:%d", ntohs(address.sin_port));
    rd_kafka_t *rk = new_producer(files(to));
    int connection = accept(listener, NULL, NULL);
    char hello[10];
    CHECK(recv(connection, hello, sizeof(hello), MSG_WAITALL) == sizeof(hello), "no ClientHello");
    rd_kafka_destroy(rk);
    close(connection);
    close(listener);
}

int main(int argc, char **argv) {
    CHECK(argc == 3, "bootstrap servers and the folder of the certificates?");
    servers = argv[1];
    folder = argv[2];
    messages();
    failure(tls_conf(servers)); /* an authority that the system does not know */
    rd_kafka_conf_t *conf = tls_conf(servers);
    conf_content(conf, "ssl.ca.pem", "ca.pem");
    failure(conf); /* the broker wants a certificate, and in TLS 1.3 says so after the handshake */
    for (int ms = 0; ms < 50; ms += 10) {
        conf = tls_conf(servers);
        conf_content(conf, "ssl.ca.pem", "ca.pem");
        conf_content(conf, "ssl.certificate.pem", "client.pem");
        conf_content(conf, "ssl.key.pem", "client.key");
        rd_kafka_t *rk = new_producer(conf);
        sleep_ms(ms);
        rd_kafka_destroy(rk);
    }
    handshake_without_end();
    conf = tls_conf(servers);
    conf_set(conf, "ssl.ca.pem", "garbage");
    refused(conf);
    conf = tls_conf(servers);
    conf_path(conf, "ssl.certificate.location", "ca.pem");
    conf_path(conf, "ssl.key.location", "client.key");
    refused(conf);
    conf = tls_conf(servers);
    conf_path(conf, "ssl.keystore.location", "ca.pem");
    refused(conf);
    return 0;
}
