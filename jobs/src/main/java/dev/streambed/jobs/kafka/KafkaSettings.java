package dev.streambed.jobs.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;

/** Settings of a topic or broker, asked of Kafka. */
@Internal
public final class KafkaSettings {

  private KafkaSettings() {}

  /** Asks for all settings of one topic or broker. */
  public static KafkaFuture<Config> ask(Admin admin, ConfigResource resource) {
    return Objects.requireNonNull(
        admin.describeConfigs(List.of(resource)).values().get(resource), "answer");
  }

  /** The settings that have a value. */
  public static Map<String, String> valuesOf(Config config) {
    Map<String, String> settings = new HashMap<>();
    for (ConfigEntry entry : config.entries()) {
      if (entry.value() != null) {
        settings.put(entry.name(), entry.value());
      }
    }
    return settings;
  }
}
