/* test: differential valgrind */
/* Every error code's name and text, the description list, errno translation, the error object. */
#include "common.h"

#include <errno.h>

static void one(int code) {
    printf("%d %s | %s\n", code, rd_kafka_err2name((rd_kafka_resp_err_t)code), rd_kafka_err2str((rd_kafka_resp_err_t)code));
}

int main(void) {
    /* Only codes that the reference of the project knows: a newer one may know more at the end. */
    for (int code = -210; code < RD_KAFKA_RESP_ERR_END_ALL; code++)
        one(code);
    one(30000);
    one(-30000);

    const struct rd_kafka_err_desc *list;
    size_t count;
    rd_kafka_get_err_descs(&list, &count);
    for (size_t i = 0; i < count; i++)
        if (list[i].code < RD_KAFKA_RESP_ERR_END_ALL && (list[i].name || list[i].desc))
            printf("desc %d %s | %s\n", list[i].code, list[i].name ? list[i].name : "-", list[i].desc ? list[i].desc : "-");

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    static const int numbers[] = {0, EINVAL, EBUSY, ENOENT, ESRCH, ETIMEDOUT, EMSGSIZE, ENOBUFS, ECANCELED, ENOMEM, 99999};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        printf("errno %d: %s\n", numbers[i], rd_kafka_err2name(rd_kafka_errno2err(numbers[i])));

    rd_kafka_error_t *error = rd_kafka_error_new(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, "the %s took %d ms", "thing", 17);
    printf("error: %s | %s | %d%d%d\n", rd_kafka_error_name(error), rd_kafka_error_string(error),
           rd_kafka_error_is_fatal(error), rd_kafka_error_is_retriable(error), rd_kafka_error_txn_requires_abort(error));
    rd_kafka_error_destroy(error);
    error = rd_kafka_error_new(RD_KAFKA_RESP_ERR__FATAL, NULL);
    printf("error: %d %s | %s\n", rd_kafka_error_code(error), rd_kafka_error_name(error), rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    printf("null: %d %s | %s | %d\n", rd_kafka_error_code(NULL), rd_kafka_error_name(NULL), rd_kafka_error_string(NULL),
           rd_kafka_error_is_fatal(NULL));
    rd_kafka_error_destroy(NULL);
    return 0;
}
