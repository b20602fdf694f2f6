/* test: differential valgrind limit=120 */
/*
 * Token endpoints: what they are asked, what is made of their answers, what the application is told and the log says, when they are
 * asked again, and which configurations are refused.
 */
#include "heard.h"
#include "odd_broker.h"
#include "token_endpoint.h"

static struct endpoint_answer next;
static const char *claims; /* NULL: `next` is the answer as it is */
static int life, failures_first;
static atomic_bool told, authenticated;
static double first_at, second_at;

static void print_header(const char *head, const char *name) {
    char wanted[100];
    snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
    const char *at = strcasestr(head, wanted);
    if (at)
        printf("  %s: %.*s\n", name, (int)strcspn(at + strlen(wanted), "\r"), at + strlen(wanted));
}

static bool answer(const char *head, const char *body, struct endpoint_answer *out) {
    int number = endpoint.requests;
    *(number ? &second_at : &first_at) = now_s();
    if (!number) {
        printf("  %.*s\n", (int)strcspn(head, "\r"), head);
        print_header(head, "Accept"), print_header(head, "Authorization"), print_header(head, "Content-Type"), print_header(head, "Metadata");
        printf("  [%s]\n", body);
    }
    if (number < failures_first) {
        *out = (struct endpoint_answer){.status = next.status, .type = next.type};
        return true;
    }
    *out = next;
    if (failures_first)
        out->status = 200;
    if (claims) {
        char text[400];
        snprintf(text, sizeof(text), claims, (int64_t)time(NULL) + life);
        endpoint_token(out, text);
    }
    return next.status != -1;
}

static bool authenticate(int api, const unsigned char *body, size_t length) {
    if (api == 17) {
        put(0, 2), put(1, 4), put_text("OAUTHBEARER");
        return true;
    }
    /* The token itself is another one each second. */
    const char *text = (const char *)body + 4, *end = text + length - 4, *token = strstr(text, "Bearer "), *rest = token;
    while (rest && rest < end && *rest != 1)
        rest++;
    if (!authenticated) { /* there may be a second connection */
        printf("  [%.*s...", (int)(token - text), text);
        for (; rest && rest < end; rest++)
            printf(*rest < ' ' ? "|" : "%c", *rest);
        printf("]\n");
    }
    put(0, 2), put(-1, 2), put(0, 4), put(0, 8);
    authenticated = true;
    return true;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    (void)rk;
    if (!strcmp(facility, "OIDC"))
        hear("log", level, text);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque) {
    (void)rk, (void)opaque;
    char line[600], *number;
    if (err != RD_KAFKA_RESP_ERR__AUTHENTICATION)
        return;
    snprintf(line, sizeof(line), "%s", reason);
    while ((number = strpbrk(line, "0123456789")) && strspn(number, "0123456789") >= 13)
        memmove(number + 1, number + 13, strlen(number + 13) + 1), *number = 'T';
    hear("error", err, line), told = true;
}

/* Until the application is told of a failure, or the broker has seen a token. */
static void run(rd_kafka_conf_t *conf, const char *name) {
    told = authenticated = false;
    endpoint.requests = 0;
    printf("%s\n", name);
    odd.sasl = authenticate, odd.newest_handshake = 1;
    start_odd_broker();
    odd_bootstrap(conf);
    conf_set(conf, "log.thread.name", "false");
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_t *rk = new_producer(conf);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_sasl(rk);
    CHECK(queue, "no SASL queue");
    rd_kafka_queue_destroy(queue);
    AWAIT((rd_kafka_poll(rk, 10), authenticated || (told && !failures_first)), "%s", name);
    rd_kafka_destroy(rk);
    stop_odd_broker();
    print_heard();
}

static rd_kafka_conf_t *credentials(const char *path) {
    rd_kafka_conf_t *conf = endpoint_conf(path);
    conf_set(conf, "sasl.oauthbearer.client.id", "abc");
    conf_set(conf, "sasl.oauthbearer.client.secret", "s\xc3\xa9:c");
    return conf;
}

static void with_claims(const char *name, const char *text, int seconds) {
    next = (struct endpoint_answer){.status = 200, .type = "application/json"};
    claims = text, life = seconds;
    run(credentials("/token"), name);
    claims = NULL;
}

static void with_body(const char *name, int status, const char *type, const char *body) {
    next = (struct endpoint_answer){.status = status, .type = type};
    snprintf(next.body, sizeof(next.body), "%s", body);
    run(credentials("/token"), name);
}

static const char *good = "{\"sub\":\"me\",\"exp\":%" PRId64 "}";

static void requests(void) {
    next = (struct endpoint_answer){.status = 200, .type = "application/json; charset=utf-8"};
    claims = good, life = 60;
    rd_kafka_conf_t *conf = credentials("/p?q=1#f");
    conf_set(conf, "sasl.oauthbearer.scope", "a+b%20c,d/e");
    conf_set(conf, "sasl.oauthbearer.extensions", "a=b,logicalCluster=lkc=1");
    run(conf, "scope and extensions");
    conf = credentials("");
    conf_set(conf, "sasl.oauthbearer.extensions", "a=b,c");
    run(conf, "extensions that are none");
    conf = credentials("/t");
    conf_set(conf, "sasl.oauthbearer.extensions", "a1=b");
    run(conf, "an extension with a digit in its name");
    conf = credentials("/t");
    conf_set(conf, "sasl.oauthbearer.sub.claim.name", "client");
    run(conf, "a claim that is not there");
    claims = "{\"client\":\"you\",\"exp\":%" PRId64 "}";
    conf = credentials("/t");
    conf_set(conf, "sasl.oauthbearer.sub.claim.name", "client");
    run(conf, "another claim");
    claims = good;

    char path[] = "/tmp/oidc_diff.XXXXXX";
    int file = mkstemp(path);
    CHECK(write(file, "aaa.bbb.ccc", 11) == 11, "write");
    close(file);
    conf = endpoint_conf("/t");
    conf_set(conf, "sasl.oauthbearer.grant.type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    conf_set(conf, "sasl.oauthbearer.assertion.file", path);
    conf_set(conf, "sasl.oauthbearer.scope", "a b/c");
    run(conf, "a ready assertion");
    unlink(path);
    conf = endpoint_conf("/t");
    conf_set(conf, "sasl.oauthbearer.metadata.authentication.type", "azure_imds");
    conf_set(conf, "sasl.oauthbearer.config", "query=api-version=1&x=y,foo=bar");
    run(conf, "Azure");
    conf = endpoint_conf("/t?a=b");
    conf_set(conf, "sasl.oauthbearer.metadata.authentication.type", "azure_imds");
    conf_set(conf, "sasl.oauthbearer.config", "query=c=d");
    run(conf, "Azure with a query in the address");
    conf = endpoint_conf("/t");
    conf_set(conf, "sasl.oauthbearer.metadata.authentication.type", "aws_iam");
    run(conf, "AWS");
    claims = NULL;
}

static void answers(void) {
    static const char *json = "application/json";
    with_claims("no subject", "{\"exp\":%" PRId64 "}", 60);
    with_claims("an empty subject", "{\"sub\":\"\",\"exp\":%" PRId64 "}", 60);
    with_claims("a number as subject", "{\"sub\":5,\"exp\":%" PRId64 "}", 60);
    with_claims("no expiry", "{\"sub\":\"me\",\"iat\":%" PRId64 "}", 60);
    with_claims("expired", good, -60);
    with_claims("a text as expiry", "{\"sub\":\"me\",\"exp\":\"%" PRId64 "\"}", 60);
    with_claims("a negative expiry", "{\"sub\":\"me\",\"exp\":-5}", 60);
    with_claims("no claims", "[1]", 60);
    with_body("no JSON", 200, json, "hello");
    with_body("nothing", 200, json, "");
    with_body("another type", 200, "text/plain", "{\"access_token\":\"a.b.c\"}");
    with_body("no token", 200, json, "{\"x\":1}");
    with_body("a list", 200, json, "[1,2]");
    with_body("a number as token", 200, json, "{\"access_token\":5}");
    with_body("an empty token", 200, json, "{\"access_token\":\"\"}");
    with_body("a token of two parts", 200, json, "{\"access_token\":\"abc.def\"}");
    with_body("a token that is not base64", 200, json, "{\"access_token\":\"!!.@@.##\"}");
    with_body("a token without JSON", 200, json, "{\"access_token\":\"abc.def.ghi\"}");
    with_body("400", 400, json, "{\"error\":\"invalid_client\",\"error_description\":\"you are nobody\"}");
    with_body("401 with a text", 401, "text/html", "<html>oops</html>");
    with_body("403 without a text", 403, json, "");
    with_body("501", 501, json, "{}");
    with_body("redirected", 302, json, "");
}

/* How long it takes to be asked again, at least. */
static void again(const char *name, int status, int failures, double at_least) {
    failures_first = failures, claims = good, life = 60;
    next = (struct endpoint_answer){.status = status, .type = "application/json"};
    run(credentials("/t"), name);
    printf("  asked again after %g seconds: %d\n", at_least, second_at - first_at > at_least);
    failures_first = 0, claims = NULL;
}

static void refused(const char *what, ...) {
    char text[512] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    conf_set(conf, "security.protocol", "sasl_plaintext");
    conf_set(conf, "sasl.mechanism", "OAUTHBEARER");
    conf_set(conf, "sasl.oauthbearer.method", "oidc");
    va_list list;
    va_start(list, what);
    for (const char *name; (name = va_arg(list, const char *));) {
        const char *value = va_arg(list, const char *);
        char full[100];
        snprintf(full, sizeof(full), "%s%s", strchr(name, '.') && !strncmp(name, "https", 5) ? "" : "sasl.oauthbearer.", name);
        rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, strcmp(name, "unsecured") ? full : "enable.sasl.oauthbearer.unsecure.jwt", value, text, sizeof(text));
        if (res)
            printf("%s: %d %s\n", what, res, text);
    }
    va_end(list);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    CHECK(!rk, "%s is taken", what);
    printf("%s: %s (%s)\n", what, text, rd_kafka_err2name(rd_kafka_last_error()));
    rd_kafka_conf_destroy(conf);
}

#define URL "token.endpoint.url", "http://127.0.0.1:1/"
#define JWT "grant.type", "urn:ietf:params:oauth:grant-type:jwt-bearer"

static void configurations(void) {
    refused("nothing", NULL);
    refused("only the address", URL, NULL);
    refused("no secret", URL, "client.id", "a", NULL);
    refused("no id", URL, "client.credentials.client.secret", "a", NULL);
    refused("no address", "client.id", "a", "client.secret", "b", NULL);
    refused("unsecured", "unsecured", "true", NULL);
    refused("assertion without a key", URL, JWT, NULL);
    refused("two keys", URL, JWT, "assertion.private.key.file", "a", "assertion.private.key.pem", "b", NULL);
    static const char *beside[] = {"private.key.file", "private.key.pem", "private.key.passphrase", "jwt.template.file", "claim.sub", "claim.aud", "claim.iss"};
    for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
        char name[100];
        snprintf(name, sizeof(name), "assertion.%s", beside[i]);
        refused("a ready assertion and more", URL, JWT, "assertion.file", "x", "assertion.claim.jti.include", "true", name, "y", NULL);
    }
    refused("a ready assertion with an identifier", URL, JWT, "assertion.file", "x", "assertion.claim.jti.include", "false", NULL);
    refused("a ready assertion with an expiry", URL, JWT, "assertion.file", "x", "assertion.claim.exp.seconds", "300", "assertion.claim.nbf.seconds", "60", NULL);
    refused("a ready assertion with a beginning", URL, JWT, "assertion.file", "x", "assertion.claim.nbf.seconds", "60", NULL);
    refused("Azure without an address", "metadata.authentication.type", "azure_imds", "config", "a=b", NULL);
    refused("wrong names", "grant.type", "password", "assertion.algorithm", "HS256", "metadata.authentication.type", "gcp", "method", "x", NULL);
    refused("numbers out of range", "assertion.claim.exp.seconds", "0", "assertion.claim.nbf.seconds", "-1", NULL);
}

int main(void) {
    endpoint.answer = answer;
    start_endpoint();
    requests();
    answers();
    again("503 once", 503, 1, 4.5);
    again("401 once", 401, 1, 9);
    configurations();
    stop_endpoint();
    return 0;
}
