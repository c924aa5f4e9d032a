package dev.streambed.query;

import dev.streambed.query.Nearest.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Finds the nearest of some thousands of vectors by comparing the query with each: exact, and
 * always in the same order. Not thread-safe; threads that only search may share it.
 *
 * @param <T> the things that the vectors stand for
 */
@API(status = API.Status.EXPERIMENTAL)
public final class VectorIndex<T> {
  private static final double UNIT = 1;
  private static final float[] NOTHING = {};

  /** A vector of float32 has norm 1 but for rounding; one read back from bytes has another. */
  private static final double ROUNDING = 1e-5;

  /** In the order of their places; those that were removed stay until they are half of all. */
  private List<Entry<T>> entries = new ArrayList<>();

  private long added;
  private int removed;

  /**
   * A vector, with its place among those added.
   *
   * @param norm 1 for a unit vector
   * @param item null if it was removed
   */
  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Entry<T>(long place, float[] vector, double norm, @Nullable T item) {}

  /**
   * Adds a vector, which stays the caller's and must not change.
   *
   * @return its place, from 0, which no other vector ever has
   */
  public long add(float[] vector, T item) {
    entries.add(new Entry<>(added, vector, norm(vector), item));
    return added++;
  }

  private static double norm(float[] vector) {
    double norm = Math.sqrt(Nearest.dot(vector, vector));
    return Math.abs(norm - UNIT) < ROUNDING || norm == 0 ? UNIT : norm;
  }

  /**
   * Removes the vector of a place, as {@link #add} gave it.
   *
   * @throws IllegalArgumentException if there is none
   */
  public void remove(long place) {
    int at = find(place);
    if (at < 0 || entries.get(at).item == null) {
      throw new IllegalArgumentException("There is no vector at place %d.".formatted(place));
    }
    entries.set(at, new Entry<>(place, NOTHING, UNIT, /* item= */ null));
    removed++;
    if (2 * removed > entries.size()) {
      List<Entry<T>> left = new ArrayList<>(size());
      for (Entry<T> entry : entries) {
        if (entry.item != null) {
          left.add(entry);
        }
      }
      this.entries = left;
      this.removed = 0;
    }
  }

  private int find(long place) {
    int low = 0;
    int high = entries.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long found = entries.get(middle).place;
      if (found == place) {
        return middle;
      }
      if (found < place) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /** How many were added and not removed. */
  public int size() {
    return entries.size() - removed;
  }

  /**
   * The nearest ones, the best first: fewer if there are fewer. Equal scores come in the order in
   * which they were added.
   *
   * @param query of norm 1, as long as each vector
   */
  public List<Hit<T>> search(float[] query, int count) {
    return search(query, count, item -> true);
  }

  /**
   * As above, among some.
   *
   * @param isWanted tells which
   */
  public List<Hit<T>> search(float[] query, int count, Predicate<? super T> isWanted) {
    var nearest = new Nearest<Found<T>>(count, Comparator.comparingLong(Found::place));
    for (Entry<T> entry : entries) {
      T item = entry.item;
      if (item != null && isWanted.test(item)) {
        nearest.add(Nearest.dot(entry.vector, query) / entry.norm, new Found<>(entry.place, item));
      }
    }
    return nearest.hits().stream().map(hit -> new Hit<>(hit.score(), hit.item().item)).toList();
  }

  private record Found<T>(long place, T item) {}
}
