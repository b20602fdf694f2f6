/* test: tool */
/*
 * An OpenSSL engine, compiled as a shared object by harness/tls_engine.py. It says what it is asked. The callback data is a path:
 * its certificate is in PATH.pem, its key in PATH.key. The environment's ENGINE says what it does not do.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef EMPTY
int no_engine_here;
#else

static bool lacks(const char *what) {
    const char *mode = getenv("ENGINE");
    return mode && !strcmp(mode, what);
}

static FILE *file(const char *path, const char *suffix) {
    char name[512];
    snprintf(name, sizeof(name), "%s.%s", path, suffix);
    FILE *in = fopen(name, "r");
    if (!in)
        abort();
    return in;
}

static int client_certificate(ENGINE *engine, SSL *ssl, STACK_OF(X509_NAME) *authorities, X509 **certificate, EVP_PKEY **key,
                              STACK_OF(X509) **others, UI_METHOD *ui, void *data) {
    (void)engine;
    printf("engine: asked with %d authorities, data %d%s%s%s\n", sk_X509_NAME_num(authorities), data != NULL, ssl ? ", a connection" : "",
           others ? ", a chain" : "", ui ? ", a terminal" : "");
    if (lacks("success"))
        return -1;
    if (lacks("answer"))
        return 0;
    if (!lacks("certificate")) {
        FILE *in = file(data, "pem");
        *certificate = PEM_read_X509(in, NULL, NULL, NULL);
        fclose(in);
    }
    if (!lacks("key")) {
        FILE *in = lacks("fit") ? file(getenv("OTHER"), "key") : file(data, "key");
        *key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
        fclose(in);
    }
    return 1;
}

static int init(ENGINE *engine) {
    (void)engine;
    printf("engine: initialised\n");
    return !lacks("init");
}

static int finish(ENGINE *engine) {
    (void)engine;
    printf("engine: finished\n");
    return 1;
}

static int bind(ENGINE *engine, const char *id) {
    printf("engine: bound as %s\n", id ? id : "itself");
    return !lacks("bind") && ENGINE_set_id(engine, "test") && ENGINE_set_name(engine, "an engine for tests") &&
           ENGINE_set_init_function(engine, init) && ENGINE_set_finish_function(engine, finish) &&
           (lacks("function") || ENGINE_set_load_ssl_client_cert_function(engine, client_certificate));
}

IMPLEMENT_DYNAMIC_BIND_FN(bind)
IMPLEMENT_DYNAMIC_CHECK_FN()

#endif
