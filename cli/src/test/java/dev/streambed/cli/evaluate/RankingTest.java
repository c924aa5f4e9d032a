package dev.streambed.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankingTest {
  private static final Map<String, Integer> RELEVANCE = Map.of("a", 3, "b", 2, "c", 1, "d", 0);

  /** By hand: gains 2/1 + 0 + 3/2 against 3/1 + 2/log2(3) + 1/2. */
  @Test
  void ndcgIsThatOfTrecEval() {
    List<String> ids = List.of("b", "d", "a");

    assertThat(Ranking.ndcg(ids, RELEVANCE, 10))
        .isCloseTo(3.5 / (3 + 2 / (Math.log(3) / Math.log(2)) + 0.5), within(1e-12));
    assertThat(Ranking.ndcg(ids, RELEVANCE, 1)).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(Ranking.ndcg(List.of("a", "b", "c"), RELEVANCE, 10)).isEqualTo(1);
    assertThat(Ranking.ndcg(ids, Map.of("d", 0, "b", -1), 10)).isZero();
  }

  @Test
  void recallAndReciprocalRankCountWhatIsRelevant() {
    List<String> ids = List.of("d", "x", "b", "a");

    assertThat(Ranking.recall(ids, RELEVANCE, 3)).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(Ranking.recall(ids, RELEVANCE, 10)).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(Ranking.recall(ids, Map.of("d", 0), 10)).isZero();
    assertThat(Ranking.reciprocalRank(ids, RELEVANCE, 10)).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(Ranking.reciprocalRank(ids, RELEVANCE, 2)).isZero();
  }

  @Test
  void ofEqualScoresTheLargerIdComesFirst() {
    var ranking = new Ranking(3);
    for (String id : List.of("m", "a", "z", "k")) {
      ranking.add(0.5, id);
    }
    ranking.add(0.75, "b");

    assertThat(ranking.ids()).containsExactly("b", "z", "m");
  }

  @Test
  void keepsTheNearestInWhateverOrderTheyCome() {
    var random = new Random(7);
    var ranking = new Ranking(10);
    List<Map.Entry<Double, String>> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      double score = random.nextInt(40) / 40.0; // many are equal
      all.add(Map.entry(score, "d" + i));
      ranking.add(score, "d" + i);
    }
    all.sort(
        Map.Entry.<Double, String>comparingByKey()
            .thenComparing(Map.Entry.comparingByValue(Comparator.naturalOrder()))
            .reversed());

    assertThat(ranking.ids()).isEqualTo(all.stream().limit(10).map(Map.Entry::getValue).toList());
  }
}
