package dev.streambed.cli.demo;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares output with input, by key: each key is expected once, either in the output or among the
 * dead letters. Confined to one thread.
 */
final class DeliveryCheck {
  private final Set<String> expectedEmbedded;
  private final Set<String> expectedDead;
  private final Map<String, Integer> embedded = new LinkedHashMap<>();
  private final Map<String, Integer> dead = new LinkedHashMap<>();

  DeliveryCheck(Set<String> expectedEmbedded, Set<String> expectedDead) {
    this.expectedEmbedded = Set.copyOf(expectedEmbedded);
    this.expectedDead = Set.copyOf(expectedDead);
  }

  void embedded(String key) {
    embedded.merge(key, 1, Integer::sum);
  }

  void dead(String key) {
    dead.merge(key, 1, Integer::sum);
  }

  /** The number of different keys that arrived, embedded or dead. */
  int arrived() {
    return embedded.size() + dead.size();
  }

  int expected() {
    return expectedEmbedded.size() + expectedDead.size();
  }

  /** Keys that did not arrive where they were expected. */
  Set<String> missing() {
    var result = new LinkedHashSet<String>();
    for (String key : expectedEmbedded) {
      if (!embedded.containsKey(key)) {
        result.add(key);
      }
    }
    for (String key : expectedDead) {
      if (!dead.containsKey(key)) {
        result.add(key);
      }
    }
    return result;
  }

  /** Keys that arrived where they were not expected. */
  Set<String> unexpected() {
    var result = new LinkedHashSet<>(embedded.keySet());
    result.removeAll(expectedEmbedded);
    dead.keySet().stream().filter(key -> !expectedDead.contains(key)).forEach(result::add);
    return result;
  }

  /** Keys that arrived more than once. */
  Set<String> duplicates() {
    var result = new LinkedHashSet<String>();
    for (Map<String, Integer> counts : List.of(embedded, dead)) {
      counts.forEach(
          (key, count) -> {
            if (count > 1) {
              result.add(key);
            }
          });
    }
    return result;
  }

  boolean isExactlyOnce() {
    return missing().isEmpty() && unexpected().isEmpty() && duplicates().isEmpty();
  }

  /** One line for people. */
  String summary() {
    return isExactlyOnce()
        ? "all %,d records arrived exactly once: %,d embedded, %,d dead letters"
            .formatted(expected(), embedded.size(), dead.size())
        : "NOT exactly once: of %,d records %,d are missing, %,d arrived more than once, %,d were not expected"
            .formatted(expected(), missing().size(), duplicates().size(), unexpected().size());
  }
}
