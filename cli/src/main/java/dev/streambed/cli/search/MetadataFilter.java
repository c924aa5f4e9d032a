package dev.streambed.cli.search;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What a text's metadata must have: a value, as text, or a list with that value.
 *
 * @param value {@code null} stands for null
 */
record MetadataFilter(String name, String value) {

  boolean takes(Map<String, ? extends @Nullable Object> metadata) {
    if (!metadata.containsKey(name)) {
      return false;
    }
    Object found = metadata.get(name);
    return found instanceof List<?> list ? list.stream().anyMatch(this::isValue) : isValue(found);
  }

  private boolean isValue(@Nullable Object found) {
    if (found instanceof Number number && !(found instanceof Long)) {
      try {
        return number.doubleValue() == Double.parseDouble(value);
      } catch (NumberFormatException e) {
        return false;
      }
    }
    return String.valueOf(found).equals(value);
  }

  /** Reads {@code name=value}. */
  static final class Converter implements ITypeConverter<MetadataFilter> {
    @Override
    public MetadataFilter convert(String text) {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw new TypeConversionException("'%s' is not name=value".formatted(text));
      }
      return new MetadataFilter(text.substring(0, equals), text.substring(equals + 1));
    }
  }
}
