package dev.streambed.cli.local;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;
import org.jspecify.annotations.Nullable;

/**
 * Hands the metrics of the operators that decode and embed, and the counts of dead letters by
 * reason, to an {@link EmbeddingCounts} of this JVM.
 */
final class EmbeddingCountsReporter implements MetricReporter {
  private static final String PREFIX = "metrics.reporter.streambed-progress.";

  /** The groups with counts of what is no dead letter (docs/metrics.md). */
  private static final Set<String> GROUPS = Set.of("decode", "embedding", "changes", "encode");

  /** The groups around that with a reason's name (docs/metrics.md). */
  private static final List<String> REASON_GROUPS = List.of("deadLetters", "reason");

  /** Flink makes the reporter itself, from strings, so the reporter finds its counts by an id. */
  private static final Map<String, EmbeddingCounts> COUNTS = new ConcurrentHashMap<>();

  private final EmbeddingCounts counts;

  private EmbeddingCountsReporter(EmbeddingCounts counts) {
    this.counts = counts;
  }

  /** Makes a cluster of this configuration report to the result; once per configuration. */
  static EmbeddingCounts addTo(Configuration configuration) {
    var counts = new EmbeddingCounts();
    String id = UUID.randomUUID().toString();
    COUNTS.put(id, counts);
    configuration.setString(PREFIX + "factory.class", Factory.class.getName());
    configuration.setString(PREFIX + "id", id);
    return counts;
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    String reason = reason(group);
    if (reason != null) {
      counts.addReason(reason, metric);
    } else if (isCounted(group)) {
      counts.add(name, metric);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    String reason = reason(group);
    if (reason != null) {
      counts.removeReason(reason, metric);
    } else if (isCounted(group)) {
      counts.remove(name, metric);
    }
  }

  /** The reason whose dead letters the group counts; null if it is another group. */
  private static @Nullable String reason(MetricGroup group) {
    List<String> scope = List.of(group.getScopeComponents());
    int last = scope.size() - 1;
    return last >= REASON_GROUPS.size()
            && scope.subList(last - REASON_GROUPS.size(), last).equals(REASON_GROUPS)
        ? scope.get(last)
        : null;
  }

  private static boolean isCounted(MetricGroup group) {
    String[] scope = group.getScopeComponents();
    return scope.length > 0 && GROUPS.contains(scope[scope.length - 1]);
  }

  /** Found by Flink through META-INF/services. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      EmbeddingCounts counts = COUNTS.remove(properties.getProperty("id"));
      if (counts == null) {
        throw new IllegalArgumentException("Use EmbeddingCountsReporter.addTo(configuration).");
      }
      return new EmbeddingCountsReporter(counts);
    }
  }
}
