/* test: alone valgrind */
/* The library's test of itself, as an application starts it. */
#include "common.h"

int main(void) {
    int failed = rd_kafka_unittest();
    CHECK(failed == 0, "%d failed", failed);
    CHECK(setenv("RD_UT_TEST", "no such test", 1) == 0, "setenv");
    CHECK(rd_kafka_unittest() == 0, "a selection of nothing");
    return 0;
}
