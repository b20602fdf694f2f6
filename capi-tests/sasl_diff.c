/* test: differential valgrind limit=90 */
/* Authentication that fails in every way in which a broker can make it fail: what the application is told, and what the log says. */
#include "heard.h"
#include "odd_broker.h"

#include <dlfcn.h>

enum { HANDSHAKE = 17, AUTHENTICATE = 36 };

/* Ours loads the system's Kerberos library when GSSAPI is asked for. Here there is none, as the reference was built without. */
void *dlopen(const char *file, int mode) {
    void *(*real)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    return file && strstr(file, "gssapi") ? NULL : real(file, mode);
}

struct script {
    const char *name, *mechanism;
    /* SaslHandshake: the error code; 1000 closes the connection, 1001 cuts the answer. */
    int handshake;
    /* SaslAuthenticate: the error code and text; 1000 closes the connection, 1001 cuts the answer. */
    int code;
    const char *text;
    /* What SCRAM is answered, `%s` standing for the client's nonce; NULL: nothing. */
    const char *first, *last;
    int newest_handshake;
};

static const struct script *script;
static int tokens;
static atomic_bool failed, down;

static bool answer_handshake(void) {
    if (script->handshake == 1000)
        return false;
    put(script->handshake == 1001 ? 0 : script->handshake, 2);
    if (script->handshake != 1001)
        put(2, 4), put_text("PLAIN"), put_text("SCRAM-SHA-256");
    return true;
}

/* The first message of SCRAM ends with the nonce. */
static void put_scram(const unsigned char *token, size_t length) {
    static char nonce[200];
    char message[400];
    const char *format = ++tokens == 1 ? script->first : script->last;
    if (tokens == 1 && length < sizeof(nonce)) {
        memcpy(nonce, token, length), nonce[length] = '\0';
        char *at = strstr(nonce, ",r=");
        CHECK(at, "no nonce in %s", nonce);
        memmove(nonce, at + 3, strlen(at + 3) + 1);
    }
    int n = format ? snprintf(message, sizeof(message), format, nonce) : 0;
    put(n, 4);
    for (int i = 0; i < n; i++)
        put(message[i], 1);
}

static void print_token(const unsigned char *token, size_t length) {
    for (size_t i = 0; i < length; i++)
        printf(token[i] > ' ' && token[i] <= '~' ? "%c" : "\\x%02x", token[i]);
    printf("\n");
}

static bool answer(int api, const unsigned char *body, size_t length) {
    if (api == HANDSHAKE)
        return answer_handshake();
    if (!strcmp(script->mechanism, "PLAIN"))
        print_token(body + 4, length - 4);
    if (script->code == 1000)
        return false;
    put(script->code == 1001 ? 0 : script->code, 2);
    if (script->code == 1001)
        return true;
    put_text(script->text);
    if (script->code)
        put(0, 4);
    else
        put_scram(body + 4, length - 4);
    put(0, 8);
    return true;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk;
    if (!strcmp(facility, "FAIL"))
        hear("log", level, text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        down = true; /* How many brokers the reference counts depends on its threads. */
    else
        hear("error", err, reason), failed = true;
}

static const char *password = "secret";

static void run(const struct script *s) {
    script = s, tokens = 0, failed = down = false;
    odd.sasl = answer, odd.newest_handshake = s->newest_handshake;
    start_odd_broker();
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    odd_bootstrap(conf);
    conf_set(conf, "security.protocol", "sasl_plaintext");
    conf_set(conf, "sasl.mechanism", s->mechanism);
    conf_set(conf, "sasl.username", "a,b=c");
    conf_set(conf, "sasl.password", password);
    conf_set(conf, "log.thread.name", "false");
    conf_set(conf, "reconnect.backoff.ms", "60000"); /* One attempt is enough. */
    conf_set(conf, "reconnect.backoff.max.ms", "60000");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_t *rk = new_producer(conf);
    CHECK(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END), "producev");
    AWAIT((rd_kafka_poll(rk, 10), failed && down), "%s", s->name);
    printf("%s: %d in the queue\n", s->name, rd_kafka_outq_len(rk));
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_destroy(rk);
    stop_odd_broker();
    print_heard();
}

/* A password is bytes, whatever they are. */
static void any_password(const char *bytes) {
    char got[64] = "";
    size_t size = sizeof(got);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "sasl.password", bytes);
    rd_kafka_conf_t *copy = rd_kafka_conf_dup(conf);
    printf("get: %d, size %zu, ", rd_kafka_conf_get(copy, "sasl.password", got, &size), size);
    print_token((const unsigned char *)got, strlen(got));
    rd_kafka_conf_destroy(conf), rd_kafka_conf_destroy(copy);
    password = bytes;
    run(&(struct script){"a password that is not UTF-8", "PLAIN", 0, 58, "no", NULL, NULL, 1});
}

/* What rd_kafka_new() refuses. */
static void refused(const char *mechanism, const char *user, const char *password) {
    char text[512] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "security.protocol", "sasl_plaintext");
    conf_set(conf, "sasl.mechanism", mechanism);
    if (user)
        conf_set(conf, "sasl.username", user);
    if (password)
        conf_set(conf, "sasl.password", password);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    CHECK(!rk, "%s is taken", mechanism);
    printf("%s: %s (%s)\n", mechanism, text, rd_kafka_err2name(rd_kafka_last_error()));
    rd_kafka_conf_destroy(conf);
}

int main(void) {
    static const char *plain = "PLAIN", *scram = "SCRAM-SHA-256", *salt = "r=%ss,s=c2FsdA==,i=4096";
    const struct script scripts[] = {
        {"the mechanism is not known", plain, 33, 0, NULL, NULL, NULL, 1},
        {"the handshake comes at the wrong time", plain, 34, 0, NULL, NULL, NULL, 1},
        {"the handshake's answer is cut", plain, 1001, 0, NULL, NULL, NULL, 1},
        {"the handshake ends the connection", plain, 1000, 0, NULL, NULL, NULL, 1},
        {"no handshake", plain, 0, 0, NULL, NULL, NULL, -1},
        {"wrong password", plain, 0, 58, "go away", NULL, NULL, 1},
        {"the token comes at the wrong time", plain, 0, 34, "too early", NULL, NULL, 1},
        {"the token's answer is cut", plain, 0, 1001, NULL, NULL, NULL, 1},
        {"the token ends the connection", plain, 0, 1000, NULL, NULL, NULL, 1},
        {"SCRAM: another nonce", scram, 0, 0, NULL, "r=xyz,s=c2FsdA==,i=4096", NULL, 1},
        {"SCRAM: only the client's nonce", scram, 0, 0, NULL, "r=%s,s=c2FsdA==,i=4096", NULL, 1},
        {"SCRAM: no nonce", scram, 0, 0, NULL, "s=c2FsdA==,i=4096", NULL, 1},
        {"SCRAM: no salt", scram, 0, 0, NULL, "r=%ss,i=4096", NULL, 1},
        {"SCRAM: salt that is not base64", scram, 0, 0, NULL, "r=%ss,s=!!!,i=4096", NULL, 1},
        {"SCRAM: no iterations", scram, 0, 0, NULL, "r=%ss,s=c2FsdA==", NULL, 1},
        {"SCRAM: iterations that are no number", scram, 0, 0, NULL, "r=%ss,s=c2FsdA==,i=12x", NULL, 1},
        {"SCRAM: too many iterations", scram, 0, 0, NULL, "r=%ss,s=c2FsdA==,i=1000001", NULL, 1},
        {"SCRAM: an extension that must be known", scram, 0, 0, NULL, "m=x,r=%ss,s=c2FsdA==,i=4096", NULL, 1},
        {"SCRAM: an error first", scram, 0, 0, NULL, "e=unknown-user", NULL, 1},
        {"SCRAM: an error last", scram, 0, 0, NULL, salt, "e=other-error", 1},
        {"SCRAM: nothing last", scram, 0, 0, NULL, salt, NULL, 1},
        {"SCRAM: nonsense last", scram, 0, 0, NULL, salt, "zzz", 1},
    };
    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
        run(&scripts[i]);
    any_password("\xff\xfe\x80p");
    any_password(" \xe9t\xe9 ");
    refused("FOO", "a", "b");
    refused("plain", "a", "b");
    refused("GSSAPI", NULL, NULL);
    refused("SCRAM-SHA-384", "a", "b");
    refused("PLAIN", NULL, NULL);
    refused("PLAIN", "a", NULL);
    refused("SCRAM-SHA-512", NULL, "b");
    refused("SCRAM-SHA-256", "", "");
    return 0;
}
