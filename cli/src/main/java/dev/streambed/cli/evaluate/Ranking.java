package dev.streambed.cli.evaluate;

import dev.streambed.query.Nearest;
import dev.streambed.query.Nearest.Hit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The documents that are nearest to a query, and the figures of their order. Of documents with
 * equal scores the one with the larger id comes first, as in trec_eval, which BEIR uses: no model
 * gains by the order of its input. Confined to one thread.
 */
final class Ranking {
  private final Nearest<String> nearest;

  /**
   * @param size how many documents are kept
   */
  Ranking(int size) {
    this.nearest = new Nearest<>(size, Comparator.reverseOrder());
  }

  void add(double score, String id) {
    nearest.add(score, id);
  }

  /** Ids, the best first. */
  List<String> ids() {
    return nearest.hits().stream().map(Hit::item).toList();
  }

  /**
   * Normalised discounted cumulative gain of the first {@code k}, from 0 to 1, as trec_eval's
   * ndcg_cut: the gain of a document is its relevance, discounted by {@code log2(place + 1)}; 0 if
   * no document is relevant (Järvelin and Kekäläinen 2002).
   */
  static double ndcg(List<String> ids, Map<String, Integer> relevance, int k) {
    double gain = 0;
    for (int i = 0; i < Math.min(k, ids.size()); i++) {
      gain += Math.max(0, relevance.getOrDefault(ids.get(i), 0)) / discount(i);
    }
    List<Integer> best =
        relevance.values().stream()
            .filter(each -> each > 0)
            .sorted(Comparator.reverseOrder())
            .limit(k)
            .toList();
    double ideal = 0;
    for (int i = 0; i < best.size(); i++) {
      ideal += best.get(i) / discount(i);
    }
    return ideal == 0 ? 0 : gain / ideal;
  }

  private static double discount(int index) {
    return Math.log(index + 2) / Math.log(2);
  }

  /** Share of the relevant documents that are among the first {@code k}; 0 if there are none. */
  static double recall(List<String> ids, Map<String, Integer> relevance, int k) {
    long relevant = relevance.values().stream().filter(each -> each > 0).count();
    long found = ids.stream().limit(k).filter(id -> relevance.getOrDefault(id, 0) > 0).count();
    return relevant == 0 ? 0 : (double) found / relevant;
  }

  /** One over the place of the first relevant document; 0 if none is among the first {@code k}. */
  static double reciprocalRank(List<String> ids, Map<String, Integer> relevance, int k) {
    for (int i = 0; i < Math.min(k, ids.size()); i++) {
      if (relevance.getOrDefault(ids.get(i), 0) > 0) {
        return 1.0 / (i + 1);
      }
    }
    return 0;
  }
}
