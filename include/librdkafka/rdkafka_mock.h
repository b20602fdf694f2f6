/*
 * rdkafka_mock.h: a Kafka cluster inside the process, for tests.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef _RDKAFKA_MOCK_H_
#define _RDKAFKA_MOCK_H_

/* Written by cbindgen from src/capi of the library: do not edit. */


#ifndef _RDKAFKA_H_
#error "include rdkafka.h before rdkafka_mock.h"
#endif

/** A mock cluster. */
struct rd_kafka_mock_cluster_s;

#endif  /* _RDKAFKA_MOCK_H_ */
