package dev.streambed.sql.index;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.sql.index.TopicFollower.FollowedTopic;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.jspecify.annotations.Nullable;

/** The connector {@code streambed-index}: Flink finds it by its service file. */
@Internal
public final class IndexTableFactory implements DynamicTableSourceFactory {
  /** The value of the option {@code connector}. */
  public static final String IDENTIFIER = "streambed-index";

  private static final Duration SHORTEST_REFRESH = Duration.ofMillis(100);

  // Lucene's own limits, Lucene99HnswVectorsFormat.
  private static final int MOST_CONNECTIONS = 512;
  private static final int LARGEST_BEAM = 3200;
  private static final MemorySize LARGEST_BUFFER = MemorySize.ofMebiBytes(1024);

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return IndexKeys.required();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return IndexKeys.optional();
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
    validate(helper);
    ReadableConfig options = helper.getOptions();
    boolean isBatch =
        context.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    return new IndexTableSource(
        new FollowedTopic(
            kafka(context.getCatalogTable().getOptions()),
            options.get(IndexKeys.TOPIC),
            space(options),
            atLeast(IndexKeys.REFRESH_INTERVAL, options, SHORTEST_REFRESH),
            !isBatch),
        new IndexSettings(
            between(IndexKeys.EXACT_BELOW, options, 0, Integer.MAX_VALUE),
            between(IndexKeys.CANDIDATES, options, 1, Integer.MAX_VALUE),
            between(IndexKeys.MAX_CONNECTIONS, options, 2, MOST_CONNECTIONS),
            between(IndexKeys.BEAM_WIDTH, options, 1, LARGEST_BEAM),
            buffer(options)),
        IndexColumns.of(context.getCatalogTable().getResolvedSchema()));
  }

  /** Flink's client shows the innermost cause alone, which names no option: so there is none. */
  private static void validate(FactoryUtil.TableFactoryHelper helper) {
    try {
      helper.validateExcept(IndexKeys.PROPERTIES);
    } catch (ValidationException e) {
      Throwable cause = e.getCause();
      throw cause == null
          ? e
          : new ValidationException("%s %s".formatted(e.getMessage(), cause.getMessage()));
    }
  }

  private static Map<String, String> kafka(Map<String, String> options) {
    Map<String, String> kafka = new HashMap<>();
    options.forEach(
        (name, value) -> {
          if (name.startsWith(IndexKeys.PROPERTIES)) {
            kafka.put(name.substring(IndexKeys.PROPERTIES.length()), value);
          }
        });
    if (kafka.containsKey("group.id")) {
      throw new ValidationException(
          "Option %sgroup.id has no effect: each task reads the whole topic. Remove it."
              .formatted(IndexKeys.PROPERTIES));
    }
    return kafka;
  }

  private static @Nullable String space(ReadableConfig options) {
    String space = options.get(IndexKeys.SPACE);
    if (space == null) {
      return null;
    }
    try {
      return VectorSpace.parse(space).toString();
    } catch (IllegalArgumentException e) {
      throw new ValidationException(
          "Invalid value '%s' for option '%s': %s"
              .formatted(space, IndexKeys.SPACE.key(), e.getMessage()),
          e);
    }
  }

  private static int between(
      ConfigOption<Integer> option, ReadableConfig options, int least, int most) {
    int value = options.get(option);
    if (value < least || value > most) {
      throw new ValidationException(
          "Invalid value '%d' for option '%s': must be %s."
              .formatted(
                  value,
                  option.key(),
                  most == Integer.MAX_VALUE
                      ? "at least " + least
                      : "between %d and %d".formatted(least, most)));
    }
    return value;
  }

  private static @Nullable MemorySize buffer(ReadableConfig options) {
    MemorySize size = options.get(IndexKeys.BUFFER_SIZE);
    if (size != null
        && (size.compareTo(IndexSettings.SMALLEST_BUFFER) < 0
            || size.compareTo(LARGEST_BUFFER) > 0)) {
      throw new ValidationException(
          "Invalid value '%s' for option '%s': must be between %s and %s."
              .formatted(
                  size,
                  IndexKeys.BUFFER_SIZE.key(),
                  IndexSettings.SMALLEST_BUFFER,
                  LARGEST_BUFFER));
    }
    return size;
  }

  private static Duration atLeast(
      ConfigOption<Duration> option, ReadableConfig options, Duration least) {
    Duration value = options.get(option);
    if (value.compareTo(least) < 0) {
      throw new ValidationException(
          "Invalid value '%d ms' for option '%s': must be at least %d ms."
              .formatted(value.toMillis(), option.key(), least.toMillis()));
    }
    return value;
  }
}
