/* test: alone */
// The headers are good C++: struct tags can be named, the macros of producev work, a lambda can be a callback.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

// How C++ programs forward-declare them.
struct rd_kafka_s;
struct rd_kafka_topic_s;
struct rd_kafka_message_s;
struct rd_kafka_conf_s;
struct rd_kafka_topic_conf_s;

namespace {

struct Destroyer {
    void operator()(struct rd_kafka_s *rk) const { rd_kafka_destroy(rk); }
    void operator()(struct rd_kafka_topic_s *rkt) const { rd_kafka_topic_destroy(rkt); }
};

[[noreturn]] void fail(const std::string &what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

} // namespace

int main() {
    int delivered = 0;
    char reason[512];
    struct rd_kafka_conf_s *conf = rd_kafka_conf_new();
    for (auto pair : {std::pair{"test.mock.num.brokers", "2"}, std::pair{"log_level", "0"}})
        if (rd_kafka_conf_set(conf, pair.first, pair.second, reason, sizeof reason) != RD_KAFKA_CONF_OK)
            fail(reason);
    rd_kafka_conf_set_opaque(conf, &delivered);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t *, const struct rd_kafka_message_s *message, void *opaque) {
        if (message->err)
            fail(rd_kafka_err2str(message->err));
        ++*static_cast<int *>(opaque);
    });
    std::unique_ptr<struct rd_kafka_s, Destroyer> rk(rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason));
    if (!rk)
        fail(reason);
    {
        std::unique_ptr<struct rd_kafka_topic_s, Destroyer> topic(rd_kafka_topic_new(rk.get(), "cpp", nullptr));
        const std::string key = "key";
        std::string value = "value";
        for (int i = 0; i < 100; i++) {
            rd_kafka_resp_err_t err = rd_kafka_producev(
                rk.get(), RD_KAFKA_V_RKT(topic.get()), RD_KAFKA_V_KEY(key.data(), key.size()),
                RD_KAFKA_V_VALUE(&value[0], value.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                RD_KAFKA_V_HEADER("name", "value", 5), RD_KAFKA_V_TIMESTAMP(1700000000000), RD_KAFKA_V_END);
            if (err)
                fail(rd_kafka_err2str(err));
        }
    }
    if (rd_kafka_flush(rk.get(), 600000) || delivered != 100)
        fail("delivered " + std::to_string(delivered));
    return 0;
}
