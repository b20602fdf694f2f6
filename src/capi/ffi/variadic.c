/*
 * The variadic functions of the API: stable Rust can neither define one nor read a va_list.
 *
 * Each public name is a naked Rust function (variadic.rs) that jumps here with all registers and the stack as the
 * caller left them. The function here reads its arguments and calls a Rust helper. Everything but the public names
 * stays inside the library: a C object that is linked into a Rust cdylib is not exported anyway, and the helpers are
 * declared hidden, which hides their definitions as well.
 *
 * The declarations are this file's own, so that it does not depend on the generated header.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define HIDDEN __attribute__((visibility("hidden")))

enum {
    VTYPE_END,
    VTYPE_TOPIC,
    VTYPE_RKT,
    VTYPE_PARTITION,
    VTYPE_VALUE,
    VTYPE_KEY,
    VTYPE_OPAQUE,
    VTYPE_MSGFLAGS,
    VTYPE_TIMESTAMP,
    VTYPE_HEADER,
    VTYPE_HEADERS
};

/* rd_kafka_vu_t */
struct vu {
    int vtype;
    union {
        void *ptr;
        int i;
        int32_t i32;
        int64_t i64;
        struct {
            void *ptr;
            size_t size;
        } mem;
        struct {
            const char *name;
            const void *val;
            ssize_t size;
        } header;
        char pad[64];
    } u;
};

HIDDEN int rdk_rs_producev(void *rk, const struct vu *vus, size_t cnt);
HIDDEN void *rdk_rs_error_new(int code, const char *text);

HIDDEN int rdk_rs_mock_push_broker_errors(void *mcluster, int32_t broker_id, int16_t api_key, size_t cnt,
                                          const int *pairs);
HIDDEN int rdk_rs_mock_push_partition_errors(void *mcluster, const char *topic, int32_t partition,
                                             int16_t api_key, size_t cnt, const int *errors);
void rd_kafka_mock_push_request_errors_array(void *mcluster, int16_t api_key, size_t cnt, const int *errors);

HIDDEN int rdk_c_producev(void *rk, ...);
HIDDEN void *rdk_c_error_new(int code, const char *fmt, ...);
HIDDEN void rdk_c_mock_push(void *mcluster, int api_key, size_t cnt, ...);
HIDDEN int rdk_c_mock_push_broker(void *mcluster, int32_t broker_id, int api_key, size_t cnt, ...);
HIDDEN int rdk_c_mock_push_partition(void *mcluster, const char *topic, int32_t partition, int api_key, size_t cnt,
                                     ...);

enum { ON_STACK = 16, ERR_CRIT_SYS_RESOURCE = -194 };

int rdk_c_producev(void *rk, ...)
{
    /* More arguments than this means more than a few single headers. */
    struct vu few[ON_STACK];
    struct vu *vus = few;
    size_t cnt = 0, space = ON_STACK;
    int err, known = 1;
    va_list ap;

    va_start(ap, rk);
    while (known) {
        struct vu *v;
        int vtype = va_arg(ap, int);

        if (vtype == VTYPE_END)
            break;
        if (cnt == space) {
            struct vu *more = malloc(2 * space * sizeof(*more));
            size_t i;

            if (!more) {
                cnt = 0;
                break;
            }
            for (i = 0; i < cnt; i++)
                more[i] = vus[i];
            if (vus != few)
                free(vus);
            vus = more;
            space *= 2;
        }
        v = &vus[cnt++];
        v->vtype = vtype;
        switch (vtype) {
        case VTYPE_TOPIC:
        case VTYPE_RKT:
        case VTYPE_OPAQUE:
        case VTYPE_HEADERS:
            v->u.ptr = va_arg(ap, void *);
            break;
        case VTYPE_PARTITION:
            v->u.i32 = va_arg(ap, int32_t);
            break;
        case VTYPE_MSGFLAGS:
            v->u.i = va_arg(ap, int);
            break;
        case VTYPE_TIMESTAMP:
            v->u.i64 = va_arg(ap, int64_t);
            break;
        case VTYPE_VALUE:
        case VTYPE_KEY:
            v->u.mem.ptr = va_arg(ap, void *);
            v->u.mem.size = va_arg(ap, size_t);
            break;
        case VTYPE_HEADER:
            v->u.header.name = va_arg(ap, const char *);
            v->u.header.val = va_arg(ap, const void *);
            v->u.header.size = va_arg(ap, ssize_t);
            break;
        default:
            /* Nobody knows the size of what follows; the Rust side refuses the tag. */
            known = 0;
            break;
        }
    }
    va_end(ap);

    err = cnt || vus == few ? rdk_rs_producev(rk, vus, cnt) : ERR_CRIT_SYS_RESOURCE;
    if (vus != few)
        free(vus);
    return err;
}

void *rdk_c_error_new(int code, const char *fmt, ...)
{
    va_list ap, again;
    void *error;
    char *text;
    int len;

    if (!fmt || !*fmt)
        return rdk_rs_error_new(code, NULL);

    va_start(ap, fmt);
    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    text = len < 0 ? NULL : malloc((size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);

    error = rdk_rs_error_new(code, text);
    free(text);
    return error;
}

/* The mock cluster's: `cnt` ints, in memory from malloc. NULL when there is none. */
static int *ints(size_t cnt, va_list *ap)
{
    int *all = cnt ? calloc(cnt, sizeof(*all)) : NULL;
    size_t i;

    for (i = 0; all && i < cnt; i++)
        all[i] = va_arg(*ap, int);
    return all;
}

/* The keys of APIs arrive in registers of which only the lower half counts. */
void rdk_c_mock_push(void *mcluster, int api_key, size_t cnt, ...)
{
    va_list ap;
    int *errors;

    va_start(ap, cnt);
    errors = ints(cnt, &ap);
    va_end(ap);
    rd_kafka_mock_push_request_errors_array(mcluster, (int16_t)api_key, errors ? cnt : 0, errors);
    free(errors);
}

int rdk_c_mock_push_broker(void *mcluster, int32_t broker_id, int api_key, size_t cnt, ...)
{
    va_list ap;
    int *pairs, err;

    va_start(ap, cnt);
    pairs = ints(2 * cnt, &ap);
    va_end(ap);
    err = rdk_rs_mock_push_broker_errors(mcluster, broker_id, (int16_t)api_key, pairs ? cnt : 0, pairs);
    free(pairs);
    return err;
}

int rdk_c_mock_push_partition(void *mcluster, const char *topic, int32_t partition, int api_key, size_t cnt, ...)
{
    va_list ap;
    int *errors, err;

    va_start(ap, cnt);
    errors = ints(cnt, &ap);
    va_end(ap);
    err = rdk_rs_mock_push_partition_errors(mcluster, topic, partition, (int16_t)api_key, errors ? cnt : 0, errors);
    free(errors);
    return err;
}
