package dev.streambed.schemas.profile;

import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The type of a field of metadata whose values must not change their type from record to record.
 */
@API(status = API.Status.INTERNAL)
public enum MetadataType {
  STRING("string", "string", /* isArray= */ false),
  LONG("long", "int64", /* isArray= */ false),
  DOUBLE("double", "double", /* isArray= */ false),
  BOOLEAN("boolean", "boolean", /* isArray= */ false),
  STRINGS("string[]", "string", /* isArray= */ true),
  LONGS("long[]", "int64", /* isArray= */ true),
  DOUBLES("double[]", "double", /* isArray= */ true),
  BOOLEANS("boolean[]", "boolean", /* isArray= */ true);

  /** Whole numbers up to this are doubles without loss. */
  private static final long LARGEST_WHOLE_DOUBLE = 1L << 53;

  private final String written;
  private final String connectType;
  private final boolean isArray;

  MetadataType(String written, String connectType, boolean isArray) {
    this.written = written;
    this.connectType = connectType;
    this.isArray = isArray;
  }

  /**
   * The type of a name.
   *
   * @throws IllegalArgumentException if there is none, with a message for users
   */
  static MetadataType parse(String written) {
    for (MetadataType type : values()) {
      if (type.written.equals(written)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "'%s' is no type; the types are %s"
            .formatted(
                written,
                Arrays.stream(values())
                    .map(MetadataType::toString)
                    .collect(Collectors.joining(", "))));
  }

  /** What Kafka Connect calls it, or its elements if it is an array. */
  String connectType() {
    return connectType;
  }

  boolean isArray() {
    return isArray;
  }

  /**
   * A value of metadata in this type: a whole number is a double, too, and each scalar is a string.
   *
   * @param name of the field, for the message
   * @throws UnfitRecordException if it has no such form
   */
  @Nullable Object of(@Nullable Object value, String name) {
    if (value == null) {
      return null;
    }
    if (value instanceof List<?> list) {
      if (!isArray) {
        throw unfit(name);
      }
      return list.stream().map(element -> element == null ? null : scalar(element, name)).toList();
    }
    if (isArray) {
      throw unfit(name);
    }
    return scalar(value, name);
  }

  private Object scalar(Object value, String name) {
    boolean fits =
        switch (this) {
          case STRING, STRINGS -> true;
          case LONG, LONGS -> value instanceof Long;
          case DOUBLE, DOUBLES ->
              value instanceof Double
                  || (value instanceof Long whole && Math.abs(whole) <= LARGEST_WHOLE_DOUBLE);
          case BOOLEAN, BOOLEANS -> value instanceof Boolean;
        };
    if (!fits) {
      throw unfit(name);
    }
    return switch (this) {
      case STRING, STRINGS -> value.toString();
      case DOUBLE, DOUBLES -> ((Number) value).doubleValue();
      case LONG, LONGS, BOOLEAN, BOOLEANS -> value;
    };
  }

  private UnfitRecordException unfit(String name) {
    return new UnfitRecordException(
        Reason.WRONG_TYPE,
        "The value of %s in metadata is no %s (streambed.sink.metadata-types)."
            .formatted(Utf8.printable(name), written));
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return written;
  }
}
