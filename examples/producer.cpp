/*
 * The C API from C++17: handles that free themselves, a callback that is a function object, errors as exceptions.
 *
 *   producer-cpp BROKERS TOPIC [NAME=VALUE]... < lines.txt
 *
 * Exit code: 0 all delivered, 1 not all, 2 usage or configuration.
 */
#include <librdkafka/rdkafka.h>

#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct Destroy {
    void operator()(rd_kafka_conf_t *conf) const { rd_kafka_conf_destroy(conf); }
    void operator()(rd_kafka_t *rk) const { rd_kafka_destroy(rk); }
};

class Configuration {
  public:
    Configuration &set(const std::string &name, const std::string &value) {
        char why[512];
        if (rd_kafka_conf_set(conf_.get(), name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
            throw std::invalid_argument(why);
        return *this;
    }

  private:
    friend class Producer;
    std::unique_ptr<rd_kafka_conf_t, Destroy> conf_{rd_kafka_conf_new()};
};

class Producer {
  public:
    using Report = std::function<void(const rd_kafka_message_t &)>;

    /* The library keeps the address of this object, which is why it cannot be moved. */
    Producer(Configuration configuration, Report report) : report_(std::move(report)) {
        char why[512];
        rd_kafka_conf_set_opaque(configuration.conf_.get(), this);
        rd_kafka_conf_set_dr_msg_cb(configuration.conf_.get(), [](rd_kafka_t *, const rd_kafka_message_t *message, void *opaque) {
            static_cast<Producer *>(opaque)->report_(*message);
        });
        rk_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, configuration.conf_.get(), why, sizeof why));
        if (!rk_)
            throw std::runtime_error(why);
        (void)configuration.conf_.release(); /* rd_kafka_new() has taken it */
    }
    Producer(const Producer &) = delete;
    Producer &operator=(const Producer &) = delete;

    /* Waits while the queue is full. */
    void send(const std::string &topic, std::string_view value) {
        for (;;) {
            auto *data = const_cast<char *>(value.data()); /* copied, and not changed */
            auto err = rd_kafka_producev(rk_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                         RD_KAFKA_V_VALUE(data, value.size()), RD_KAFKA_V_END);
            if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                poll(0);
                if (err)
                    throw std::runtime_error(rd_kafka_err2str(err));
                return;
            }
            poll(100);
        }
    }

    void poll(int timeout_ms) { rd_kafka_poll(rk_.get(), timeout_ms); }

    /* Every message gets its report within message.timeout.ms. */
    void flush() {
        while (rd_kafka_outq_len(rk_.get()) > 0)
            rd_kafka_flush(rk_.get(), 1000);
    }

  private:
    Report report_; /* outlives the handle, whose end may report messages */
    std::unique_ptr<rd_kafka_t, Destroy> rk_;
};

} // namespace

int main(int argc, char **argv) try {
    if (argc < 3) {
        std::cerr << "usage: producer-cpp BROKERS TOPIC [NAME=VALUE]... < lines.txt\n";
        return 2;
    }
    Configuration configuration;
    configuration.set("bootstrap.servers", argv[1]);
    for (int i = 3; i < argc; i++) {
        std::string argument = argv[i];
        auto equals = argument.find('=');
        if (equals == std::string::npos)
            throw std::invalid_argument("not NAME=VALUE: " + argument);
        configuration.set(argument.substr(0, equals), argument.substr(equals + 1));
    }
    long sent = 0, delivered = 0;
    Producer producer(std::move(configuration), [&delivered](const rd_kafka_message_t &message) {
        if (message.err)
            std::cerr << "producer-cpp: not delivered: " << rd_kafka_err2str(message.err) << '\n';
        else
            delivered++;
    });
    for (std::string line; std::getline(std::cin, line); sent++)
        producer.send(argv[2], line);
    producer.flush();
    std::cout << delivered << " of " << sent << " lines delivered\n";
    return delivered == sent ? 0 : 1;
} catch (const std::exception &e) {
    std::cerr << "producer-cpp: " << e.what() << '\n';
    return 2;
}
