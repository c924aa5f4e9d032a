package dev.streambed.query;

import dev.streambed.query.Nearest.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Finds the nearest of some thousands of vectors by comparing the query with each: exact, and
 * always in the same order. Confined to one thread.
 *
 * @param <T> the things that the vectors stand for
 */
@API(status = API.Status.EXPERIMENTAL)
public final class VectorIndex<T> {
  private static final double UNIT = 1;

  /** A vector of float32 has norm 1 but for rounding; one read back from bytes has another. */
  private static final double ROUNDING = 1e-5;

  private final List<Entry<T>> entries = new ArrayList<>();

  /**
   * A vector, with its place among those added.
   *
   * @param norm 1 for a unit vector
   */
  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Entry<T>(int place, float[] vector, double norm, T item) {}

  /** Adds a vector, which stays the caller's and must not change. */
  public void add(float[] vector, T item) {
    entries.add(new Entry<>(entries.size(), vector, norm(vector), item));
  }

  private static double norm(float[] vector) {
    double norm = Math.sqrt(Nearest.dot(vector, vector));
    return Math.abs(norm - UNIT) < ROUNDING || norm == 0 ? UNIT : norm;
  }

  /** How many were added. */
  public int size() {
    return entries.size();
  }

  /**
   * The nearest ones, the best first: fewer if there are fewer. Equal scores come in the order in
   * which they were added.
   *
   * @param query of norm 1, as long as each vector
   */
  public List<Hit<T>> search(float[] query, int count) {
    var nearest = new Nearest<Entry<T>>(count, Comparator.comparingInt(Entry::place));
    for (Entry<T> entry : entries) {
      nearest.add(Nearest.dot(entry.vector, query) / entry.norm, entry);
    }
    return nearest.hits().stream().map(hit -> new Hit<>(hit.score(), hit.item().item)).toList();
  }
}
