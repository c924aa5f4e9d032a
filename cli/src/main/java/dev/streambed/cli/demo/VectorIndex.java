package dev.streambed.cli.demo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the nearest of some thousands of unit vectors by comparing the query with each. Stands in
 * for a vector store. Confined to one thread.
 *
 * @param <T> the things that the vectors stand for
 */
final class VectorIndex<T> {
  private final List<Entry<T>> entries = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Entry<T>(float[] vector, T item) {}

  /**
   * Something found.
   *
   * @param score cosine of the angle between the vectors, -1 to 1
   */
  record Hit<T>(double score, T item) {}

  /** Adds a vector of norm 1, which stays the caller's and must not change. */
  void add(float[] vector, T item) {
    entries.add(new Entry<>(vector, item));
  }

  /** The nearest ones, the best first: fewer if there are fewer. */
  List<Hit<T>> search(float[] query, int count) {
    return entries.stream()
        .map(entry -> new Hit<>(dot(entry.vector, query), entry.item))
        .sorted(Comparator.comparingDouble((Hit<T> hit) -> hit.score).reversed())
        .limit(count)
        .toList();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
