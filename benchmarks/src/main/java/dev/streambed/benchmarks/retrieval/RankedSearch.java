package dev.streambed.benchmarks.retrieval;

import java.util.List;

/** Exact search, and how far up it puts the right answers. */
final class RankedSearch {
  static final int CUTOFF = 10;

  private RankedSearch() {}

  /**
   * The places of the right answers, from 1: how many texts are at least as near as text {@code i}
   * to query {@code i}. A text that is exactly as near counts as nearer, so that no encoding gains
   * by making texts equal.
   *
   * @param queries and texts: vectors of one length, compared by their product
   */
  static int[] places(List<float[]> queries, List<float[]> texts) {
    int[] places = new int[queries.size()];
    for (int i = 0; i < places.length; i++) {
      double right = product(queries.get(i), texts.get(i));
      int place = 0;
      for (float[] text : texts) {
        if (product(queries.get(i), text) >= right) {
          place++;
        }
      }
      places[i] = place;
    }
    return places;
  }

  private static double product(float[] first, float[] second) {
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += first[i] * second[i];
    }
    return sum;
  }

  /**
   * Normalised discounted cumulative gain of the first ten, from 0 to 1, with one right answer per
   * query: {@code 1 / log2(place + 1)} (Järvelin and Kekäläinen 2002).
   */
  static double ndcg(int[] places) {
    double sum = 0;
    for (int place : places) {
      sum += place <= CUTOFF ? Math.log(2) / Math.log(place + 1) : 0;
    }
    return sum / places.length;
  }

  /** Share of the queries whose right answer is among the first ten. */
  static double recall(int[] places) {
    int found = 0;
    for (int place : places) {
      found += place <= CUTOFF ? 1 : 0;
    }
    return (double) found / places.length;
  }
}
