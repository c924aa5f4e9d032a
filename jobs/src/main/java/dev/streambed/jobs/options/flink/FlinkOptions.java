package dev.streambed.jobs.options.flink;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalResourceOptions;
import org.apache.flink.configuration.FallbackKey;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ResourceManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.RpcOptions;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/** Flink's own options, and which of them a job can set for itself. */
@Internal
public final class FlinkOptions {

  /** Options under names of the user's choice, or read by jars that may be absent here. */
  public static final List<String> PREFIXES =
      List.of("external-resource.", "fs.", "metrics.reporter.", "s3.", "state.backend.", "traces.");

  private static final List<Class<?>> OF_JOBS =
      List.of(
          CheckpointingOptions.class,
          DeploymentOptions.class,
          ExecutionOptions.class,
          PipelineOptions.class,
          RestartStrategyOptions.class,
          StateBackendOptions.class,
          StateChangelogOptions.class,
          StateRecoveryOptions.class);

  private static final List<Class<?>> OF_CLUSTERS =
      List.of(
          BlobServerOptions.class,
          ClusterOptions.class,
          CoreOptions.class,
          ExternalResourceOptions.class,
          HeartbeatManagerOptions.class,
          HighAvailabilityOptions.class,
          JobManagerOptions.class,
          MetricOptions.class,
          NettyShuffleEnvironmentOptions.class,
          ResourceManagerOptions.class,
          RestOptions.class,
          RpcOptions.class,
          SecurityOptions.class,
          TaskManagerOptions.class,
          WebOptions.class);

  /** Prefixes of options of jobs that have names of the user's choice. */
  private static final List<String> PREFIXES_OF_JOBS = List.of("pipeline.", "state.backend.");

  /** All options by their keys and the older keys that Flink still reads. */
  public static final Map<String, ConfigOption<?>> ALL;

  private static final Set<String> KEYS_OF_JOBS = new TreeSet<>();

  static {
    Map<String, ConfigOption<?>> all = new TreeMap<>();
    addTo(all, OF_JOBS);
    KEYS_OF_JOBS.addAll(all.keySet());
    KEYS_OF_JOBS.add(CoreOptions.DEFAULT_PARALLELISM.key());
    addTo(all, OF_CLUSTERS);
    ALL = Collections.unmodifiableMap(all);
  }

  private FlinkOptions() {}

  /** False if only the processes of a cluster read it, when they start. */
  public static boolean isOfJobs(String key) {
    return KEYS_OF_JOBS.contains(key) || PREFIXES_OF_JOBS.stream().anyMatch(key::startsWith);
  }

  /** The options that a key is the older name of; several may share one. */
  public static List<ConfigOption<?>> renamedFrom(String key) {
    return ALL.values().stream()
        .distinct()
        .filter(option -> olderKeys(option).contains(key))
        .<ConfigOption<?>>map(option -> option)
        .toList();
  }

  /** The keys beside its own under which Flink reads an option. */
  public static List<String> olderKeys(ConfigOption<?> option) {
    List<String> keys = new ArrayList<>();
    for (FallbackKey key : option.fallbackKeys()) {
      keys.add(key.getKey());
    }
    return keys;
  }

  private static void addTo(Map<String, ConfigOption<?>> known, List<Class<?>> classes) {
    for (Class<?> options : classes) {
      for (Field field : options.getFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
          ConfigOption<?> option = read(field);
          known.put(option.key(), option);
          for (String key : olderKeys(option)) {
            known.putIfAbsent(key, option);
          }
        }
      }
    }
  }

  private static ConfigOption<?> read(Field field) {
    try {
      return (ConfigOption<?>) field.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Cannot read the option " + field + ".", e);
    }
  }
}
