import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** Usage: Subscribe BOOTSTRAP {NAME {KEY=VALUE}} ...: has the brokers ask clients for metrics, as kafka-client-metrics.sh does. */
public class Subscribe {
    public static void main(String[] arguments) throws Exception {
        Map<ConfigResource, java.util.Collection<AlterConfigOp>> changes = new HashMap<>();
        List<AlterConfigOp> last = null;
        for (int i = 1; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            if (equals < 0) {
                last = new ArrayList<>();
                changes.put(new ConfigResource(ConfigResource.Type.CLIENT_METRICS, arguments[i]), last);
            } else {
                ConfigEntry entry = new ConfigEntry(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
                last.add(new AlterConfigOp(entry, AlterConfigOp.OpType.SET));
            }
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", arguments[0]))) {
            admin.incrementalAlterConfigs(changes).all().get(60, TimeUnit.SECONDS);
        }
    }
}
