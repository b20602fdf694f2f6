import java.io.FileWriter;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.telemetry.ClientTelemetry;
import org.apache.kafka.server.telemetry.ClientTelemetryPayload;
import org.apache.kafka.server.telemetry.ClientTelemetryReceiver;
import org.apache.kafka.shaded.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.kafka.shaded.io.opentelemetry.proto.common.v1.AnyValue;
import org.apache.kafka.shaded.io.opentelemetry.proto.common.v1.KeyValue;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.Metric;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.MetricsData;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.NumberDataPoint;

/**
 * A plug-in of a broker that takes what clients push (KIP-714), reads it with Kafka's own classes and appends it to the file
 * that the system property `collector.file` names: a line for everything there is, its words apart by tabs, and `end` behind
 * each push.
 */
public class Collector implements MetricsReporter, ClientTelemetry, ClientTelemetryReceiver {
    private final String path = System.getProperty("collector.file");

    @Override
    public ClientTelemetryReceiver clientReceiver() {
        return this;
    }

    @Override
    public synchronized void exportMetrics(AuthorizableRequestContext context, ClientTelemetryPayload payload) {
        StringBuilder out = new StringBuilder();
        line(out, "push", context.clientId(), payload.isTerminating(), payload.contentType(), payload.clientInstanceId());
        try {
            write(out, MetricsData.parseFrom(payload.data()));
        } catch (InvalidProtocolBufferException e) {
            line(out, "error", e.getMessage());
        }
        line(out, "end");
        try (FileWriter file = new FileWriter(path, true)) {
            file.write(out.toString());
        } catch (IOException e) {
            throw new RuntimeException(e);
        }
    }

    private static void write(StringBuilder out, MetricsData data) {
        data.getResourceMetricsList().forEach(resource -> {
            resource.getResource().getAttributesList().forEach(a -> line(out, "label", a.getKey(), text(a.getValue())));
            resource.getScopeMetricsList().forEach(scope -> {
                line(out, "scope", scope.getScope().getName(), scope.getScope().getVersion());
                scope.getMetricsList().forEach(metric -> write(out, metric));
            });
        });
    }

    private static void write(StringBuilder out, Metric metric) {
        String kind = metric.getDataCase().toString();
        List<NumberDataPoint> points = metric.getGauge().getDataPointsList();
        if (metric.hasSum()) {
            kind += " " + metric.getSum().getAggregationTemporality() + (metric.getSum().getIsMonotonic() ? " monotonic" : "");
            points = metric.getSum().getDataPointsList();
        }
        for (NumberDataPoint point : points) {
            String value = point.hasAsDouble() ? Double.toString(point.getAsDouble()) : Long.toString(point.getAsInt());
            String attributes = point.getAttributesList().stream()
                    .sorted(Comparator.comparing(KeyValue::getKey))
                    .map(a -> a.getKey() + "=" + text(a.getValue()))
                    .collect(Collectors.joining(" "));
            line(out, "point", metric.getName(), metric.getDescription(), metric.getUnit(), kind, point.getValueCase(), attributes,
                    value, point.getStartTimeUnixNano(), point.getTimeUnixNano());
        }
    }

    private static String text(AnyValue value) {
        return value.getValueCase() + " " + (value.hasIntValue() ? value.getIntValue() : value.getStringValue());
    }

    private static void line(StringBuilder out, Object... words) {
        for (Object word : words) {
            out.append(word.toString().replace('\t', ' ').replace('\n', ' ')).append('\t');
        }
        out.setCharAt(out.length() - 1, '\n');
    }

    @Override
    public void configure(Map<String, ?> configuration) {}

    @Override
    public void init(List<KafkaMetric> metrics) {}

    @Override
    public void metricChange(KafkaMetric metric) {}

    @Override
    public void metricRemoval(KafkaMetric metric) {}

    @Override
    public void close() {}
}
