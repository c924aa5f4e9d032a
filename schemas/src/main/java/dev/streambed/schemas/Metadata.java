package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values by name, by which a consumer may filter texts. A value is a {@code String}, {@code Long},
 * finite {@code Double}, {@code Boolean}, null, or a {@code List} of these.
 */
final class Metadata {

  private Metadata() {}

  /**
   * A sorted, unmodifiable copy, so that the same entries always give the same bytes.
   *
   * @throws IllegalArgumentException if a value has another type; without quoting it
   */
  static SortedMap<String, @Nullable Object> sortedCopy(Map<String, ?> metadata) {
    SortedMap<String, @Nullable Object> copy = new TreeMap<>();
    metadata.forEach(
        (name, value) -> {
          Checks.checkWellFormed(name, "a metadata key");
          copy.put(name, value instanceof List<?> list ? copyOf(list) : checked(value));
        });
    return Collections.unmodifiableSortedMap(copy);
  }

  private static List<@Nullable Object> copyOf(List<?> list) {
    List<@Nullable Object> copy = new ArrayList<>(list.size());
    for (Object element : list) {
      copy.add(checked(element));
    }
    return Collections.unmodifiableList(copy); // List.copyOf takes no null
  }

  private static @Nullable Object checked(@Nullable Object value) {
    if (value instanceof String text) {
      Checks.checkWellFormed(text, "a metadata value");
    } else if (value instanceof Double number) {
      check(Double.isFinite(number), "a metadata value", number, "finite");
    } else if (value != null && !(value instanceof Long) && !(value instanceof Boolean)) {
      check(
          /* holds= */ false,
          "a metadata value",
          "of " + value.getClass(),
          "a String, Long, Double, Boolean, null, or a List of these");
    }
    return value;
  }
}
