package dev.streambed.query;

import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What a text's metadata must have: a value, as text, or a list with that value.
 *
 * @param value {@code null} stands for null
 */
@API(status = API.Status.INTERNAL)
public record MetadataFilter(String name, String value) {

  public boolean takes(Map<String, ? extends @Nullable Object> metadata) {
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
}
