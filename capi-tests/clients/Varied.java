// Produces messages of every shape, the same as varied.c for the same numbers:
//
//   java -cp 'JARS/*' Varied.java BROKERS TOPIC CODEC FIRST COUNT [NAME=VALUE...]
//
// Message n goes to partition n % 3. With a transactional.id there is a transaction for each fifty, and every second is aborted.

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Varied {
    static final int PARTITIONS = 3, IN_A_TRANSACTION = 50, LONG = 3000;

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] value(int n) {
        if (n % 7 != 5) {
            byte[] text = utf8("value " + n + " \u00e9 ");
            text[text.length - 1] = (byte) 0xff;
            return text;
        }
        byte[] value = new byte[LONG];
        for (int i = 0; i < LONG; i++) value[i] = (byte) (n * 31 + i % 97 * (i % 89));
        return value;
    }

    static ProducerRecord<byte[], byte[]> message(String topic, int n) {
        byte[] key = n % 5 == 0 ? null : n % 5 == 1 ? new byte[0] : utf8("key-" + n);
        byte[] value = n % 7 == 3 ? null : n % 7 == 4 ? new byte[0] : value(n);
        long timestamp = 1600000000000L + n * 7 - n % 2 * 20;
        ProducerRecord<byte[], byte[]> message = new ProducerRecord<>(topic, n % PARTITIONS, timestamp, key, value);
        switch (n % 4) {
            case 1 -> message.headers().add("number", utf8("" + n));
            case 2 -> {
                message.headers().add("a", utf8("1"));
                message.headers().add(new RecordHeader("a", (byte[]) null));
                message.headers().add("a", new byte[0]);
                message.headers().add("\u00e9", new byte[] {0, (byte) 0xff});
            }
            case 3 -> message.headers().add("empty", new byte[0]);
            default -> { }
        }
        return message;
    }

    public static void main(String[] arguments) throws Exception {
        String topic = arguments[1];
        int first = Integer.parseInt(arguments[3]), end = first + Integer.parseInt(arguments[4]);
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments[0]);
        properties.put("compression.type", arguments[2]);
        properties.put("linger.ms", "100");
        properties.put("enable.idempotence", "false");
        for (int i = 5; i < arguments.length; i++) {
            String[] option = arguments[i].split("=", 2);
            properties.put(option[0], option[1]);
        }
        boolean transactions = properties.containsKey("transactional.id");
        if (transactions) properties.remove("enable.idempotence");
        ByteArraySerializer bytes = new ByteArraySerializer();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties, bytes, bytes)) {
            if (transactions) producer.initTransactions();
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int n = first; n < end; n++) {
                int at = (n - first) % IN_A_TRANSACTION;
                if (transactions && at == 0) producer.beginTransaction();
                sent.add(producer.send(message(topic, n)));
                if (!transactions || (at != IN_A_TRANSACTION - 1 && n != end - 1)) continue;
                producer.flush(); // those of an aborted one are to be there, too
                if ((n - first) / IN_A_TRANSACTION % 2 == 1) producer.abortTransaction();
                else producer.commitTransaction();
            }
            producer.flush();
            for (Future<RecordMetadata> one : sent) one.get();
        }
    }
}
