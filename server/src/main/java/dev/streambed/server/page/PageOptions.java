package dev.streambed.server.page;

import dev.streambed.embedder.Range;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The topics that a page shows.
 *
 * @param topic of embeddings
 * @param deadLetterTopic null if none is to be shown
 * @param kafka properties of Kafka's clients, at least {@code bootstrap.servers}
 * @param maxRecords most embeddings that are held, the newest ones
 */
@API(status = API.Status.INTERNAL)
public record PageOptions(
    String topic, @Nullable String deadLetterTopic, Map<String, String> kafka, int maxRecords) {
  /**
   * Embeddings of 384 dimensions with texts of 1,000 characters take 400 MiB, as they are counted.
   */
  public static final int DEFAULT_MAX_RECORDS = 100_000;

  public static final Range<Integer> MAX_RECORDS = Range.between(1, 10_000_000);

  /** How soon the page says that Kafka does not answer, unless the properties say it. */
  private static final String TIMEOUT_MILLIS = "15000";

  public PageOptions {
    Map<String, String> properties = new HashMap<>(kafka);
    properties.putIfAbsent(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    kafka = Map.copyOf(properties);
    MAX_RECORDS.require("maxRecords", maxRecords);
  }

  /** Leaves out Kafka's properties, some of which are secrets. */
  @Override
  public String toString() {
    return "PageOptions[%s, %s, %d]".formatted(topic, deadLetterTopic, maxRecords);
  }
}
