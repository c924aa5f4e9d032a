package dev.streambed.schemas.profile;

import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.profile.Column.ValueType;
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
  STRING("string", ValueType.STRING, /* isArray= */ false),
  LONG("long", ValueType.LONG, /* isArray= */ false),
  DOUBLE("double", ValueType.DOUBLE, /* isArray= */ false),
  BOOLEAN("boolean", ValueType.BOOLEAN, /* isArray= */ false),
  STRINGS("string[]", ValueType.STRING, /* isArray= */ true),
  LONGS("long[]", ValueType.LONG, /* isArray= */ true),
  DOUBLES("double[]", ValueType.DOUBLE, /* isArray= */ true),
  BOOLEANS("boolean[]", ValueType.BOOLEAN, /* isArray= */ true);

  /** Whole numbers up to this are doubles without loss. */
  private static final long LARGEST_WHOLE_DOUBLE = 1L << 53;

  private final String written;
  private final ValueType elements;
  private final boolean isArray;

  MetadataType(String written, ValueType elements, boolean isArray) {
    this.written = written;
    this.elements = elements;
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

  /** The type of a column, or of its elements if it is an array. */
  ValueType elements() {
    return elements;
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
