package dev.streambed.benchmarks.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class RankedSearchTest {
  @Test
  void findsThePlacesOfTheRightAnswers() {
    List<float[]> texts = List.of(new float[] {1, 0}, new float[] {0, 1}, new float[] {0.6f, 0.8f});
    List<float[]> queries =
        List.of(new float[] {0.9f, 0.1f}, new float[] {1, 0}, new float[] {0.5f, 0.5f});

    assertThat(RankedSearch.places(queries, texts)).containsExactly(1, 3, 1);
  }

  @Test
  void takesWhatIsAsNearForNearer() {
    List<float[]> same = List.of(new float[] {1, 0}, new float[] {1, 0});

    assertThat(RankedSearch.places(same, same)).containsExactly(2, 2);
  }

  @Test
  void countsTheFirstTen() {
    int[] places = {1, 3, 10, 11};

    assertThat(RankedSearch.recall(places)).isEqualTo(0.75);
    assertThat(RankedSearch.ndcg(places))
        .isCloseTo((1 + 0.5 + 1 / (Math.log(11) / Math.log(2))) / 4, within(1e-12));
  }

  @Test
  void takesTheMiddleSentenceForAQuery() {
    KnownItems items = KnownItems.of(List.of("One is. Two is. Three is.", "Too short. It is."));

    assertThat(items.queries()).containsExactly("Two is.");
    assertThat(items.texts()).containsExactly("One is. Three is.");
  }
}
