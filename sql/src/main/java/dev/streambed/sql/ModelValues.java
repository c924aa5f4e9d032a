package dev.streambed.sql;

import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Range;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.calibration.CalibrationOptions;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.schemas.VectorEncoding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.util.TimeUtils;
import org.jspecify.annotations.Nullable;

/** The values of {@link ModelKeys} for one query: those of the model, and what its MAP changes. */
final class ModelValues {
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,9}");

  private final Configuration values;

  private ModelValues(Configuration values) {
    this.values = values;
  }

  /**
   * The values of a model in a query.
   *
   * @param ofModel the options of CREATE MODEL
   * @param ofQuery the entries of the query's MAP, Flink's own included
   * @param flinks the keys of Flink's own entries
   */
  static ModelValues of(
      Map<String, String> ofModel, Map<String, String> ofQuery, Set<String> flinks) {
    Set<String> known = new TreeSet<>(flinks);
    known.addAll(ModelKeys.names());
    for (String key : ofQuery.keySet()) {
      if (!known.contains(key)) {
        throw new ValidationException(
            "Unknown option %s in the MAP of ML_PREDICT. It takes: %s."
                .formatted(key, String.join(", ", known)));
      }
    }
    Map<String, String> values = new HashMap<>(ofModel);
    values.putAll(ofQuery);
    return new ModelValues(Configuration.fromMap(values));
  }

  String modelDirectory() {
    String directory = optional(ModelKeys.MODEL_DIRECTORY);
    if (directory == null) {
      throw new ValidationException(
          "Option %s is missing. It has no default.".formatted(ModelKeys.MODEL_DIRECTORY.key()));
    }
    if (directory.isBlank()) {
      throw invalid(ModelKeys.MODEL_DIRECTORY, directory, "a path or a URI");
    }
    return directory;
  }

  EmbedderOptions embedder() {
    return new EmbedderOptions(
        dimensions(),
        optional(ModelKeys.PROMPT),
        within(EmbedderOptions.MAX_CHARACTERS, ModelKeys.MAX_CHARACTERS),
        within(EmbedderOptions.INTRA_OP_THREADS, ModelKeys.INTRA_OP_THREADS),
        DeviceChoice.parse(within(DeviceChoice.FORMS, ModelKeys.DEVICE)));
  }

  BatchingOptions batching() {
    return new BatchingOptions(
        new BatchPolicy(
            within(BatchPolicy.MAX_RECORDS, ModelKeys.MAX_RECORDS),
            within(BatchPolicy.MAX_TOKENS, ModelKeys.MAX_TOKENS)),
        new BatcherOptions(
            within(BatcherOptions.WORKERS, ModelKeys.WORKERS),
            BatchingOptions.DEFAULT.batcher().maxQueued(),
            value(ModelKeys.CACHE_SIZE).getBytes()),
        new CalibrationOptions(
            within(CalibrationOptions.LIMIT, ModelKeys.CALIBRATION_LIMIT),
            BatchingOptions.DEFAULT.calibration().directory()),
        value(ModelKeys.MAX_IN_FLIGHT_SIZE).getBytes());
  }

  /** The encoding of a vector in BYTES; null if it is not set. */
  @Nullable VectorEncoding encoding() {
    VectorEncoding encoding = optional(ModelKeys.ENCODING);
    if (encoding == VectorEncoding.FLOAT32 || encoding == VectorEncoding.BASE64) {
      throw invalid(ModelKeys.ENCODING, encoding, "one of float32-bytes, int8, binary");
    }
    return encoding;
  }

  private List<Integer> dimensions() {
    List<Integer> dimensions = new ArrayList<>();
    for (String written : value(ModelKeys.DIMENSIONS).split(",", -1)) {
      String length = written.strip();
      if (!NUMBER.matcher(length).matches()) {
        throw invalid(ModelKeys.DIMENSIONS, length, "a number, or a list of these");
      }
      int each = Integer.parseInt(length);
      if (!EmbedderOptions.DIMENSIONS.contains(each)) {
        throw invalid(ModelKeys.DIMENSIONS, each, EmbedderOptions.DIMENSIONS.words());
      }
      if (dimensions.contains(each)) {
        throw invalid(ModelKeys.DIMENSIONS, each, "there once");
      }
      dimensions.add(each);
    }
    return dimensions;
  }

  /** The value of an option that has a default. */
  <V> V value(ConfigOption<V> option) {
    V value = optional(option);
    return value == null ? option.defaultValue() : value;
  }

  /** The value of an option; null if it is not set. */
  <V> @Nullable V optional(ConfigOption<V> option) {
    try {
      return values.getOptional(option).orElse(null);
    } catch (IllegalArgumentException e) {
      String written = values.toMap().getOrDefault(option.key(), "");
      throw invalid(option, written, kind(option));
    }
  }

  private <V> V within(Range<V> range, ConfigOption<V> option) {
    V value = value(option);
    if (!range.contains(value)) {
      throw invalid(option, value, range.words());
    }
    return value;
  }

  private static String kind(ConfigOption<?> option) {
    Object example = option.equals(ModelKeys.ON_ERROR) ? OnError.FAIL : option.defaultValue();
    if (example instanceof Enum<?> one) {
      return "one of "
          + Arrays.stream(one.getDeclaringClass().getEnumConstants())
              .map(String::valueOf)
              .collect(Collectors.joining(", "));
    }
    if (example instanceof Duration) {
      return "a duration of at least 0, such as 10 s";
    }
    return example instanceof MemorySize
        ? "a size of at least 0, such as 64 mb"
        : "a number in range";
  }

  /** The refusal of a value, in the words of the job's options. */
  static ValidationException invalid(ConfigOption<?> option, Object found, String expected) {
    return invalid(option, found, expected, /* cause= */ null);
  }

  static ValidationException invalid(
      ConfigOption<?> option, Object found, String expected, @Nullable Throwable cause) {
    return new ValidationException(
        "Invalid value %s for option %s: must be %s."
            .formatted(written(found), option.key(), expected),
        cause);
  }

  private static String written(Object value) {
    if (value instanceof Duration duration) {
      return TimeUtils.formatWithHighestUnit(duration);
    }
    return value instanceof String ? "'" + value + "'" : String.valueOf(value);
  }
}
