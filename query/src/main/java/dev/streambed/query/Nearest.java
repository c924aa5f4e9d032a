package dev.streambed.query;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.apiguardian.api.API;

/**
 * The things with the highest scores among all that were added. Confined to one thread.
 *
 * @param <T> the things
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Nearest<T> {
  private final int size;
  private final Comparator<Hit<T>> bestFirst;
  private final PriorityQueue<Hit<T>> nearest;

  /**
   * Something found.
   *
   * @param score cosine of the angle between the vectors, -1 to 1
   */
  public record Hit<T>(double score, T item) {}

  /**
   * Keeps some things.
   *
   * @param size how many, at least 1
   * @param ties which of two with equal scores comes first; no two things are equal in it
   */
  public Nearest(int size, Comparator<? super T> ties) {
    this.size = size;
    this.bestFirst =
        Comparator.<Hit<T>>comparingDouble(Hit::score).reversed().thenComparing(Hit::item, ties);
    this.nearest = new PriorityQueue<>(bestFirst.reversed());
  }

  public void add(double score, T item) {
    if (nearest.size() == size && score < nearest.element().score) {
      return;
    }
    nearest.add(new Hit<>(score, item));
    if (nearest.size() > size) {
      nearest.remove();
    }
  }

  /** The best first. */
  public List<Hit<T>> hits() {
    List<Hit<T>> hits = new ArrayList<>(nearest);
    hits.sort(bestFirst);
    return hits;
  }

  /**
   * The dot product of two vectors of one length, summed up in order: of unit vectors, the cosine.
   */
  public static double dot(float[] first, float[] second) {
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += (double) first[i] * second[i];
    }
    return sum;
  }
}
