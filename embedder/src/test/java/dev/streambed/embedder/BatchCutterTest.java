package dev.streambed.embedder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BatchCutterTest {
  @Test
  void cutsWhenTheNextTextWouldExceedTheTokenBudgetAfterPadding() {
    var policy = new BatchPolicy(8, 100);

    var batches = cut(List.of(40, 10, 10), policy);

    assertThat(batches)
        .containsExactly(List.of(40, 10), List.of(10)); // 3 texts x 40 tokens = 120 > 100
  }

  @Test
  void cutsAtTheRecordLimit() {
    var policy = new BatchPolicy(2, 100);

    var batches = cut(List.of(1, 1, 1), policy);

    assertThat(batches).containsExactly(List.of(1, 1), List.of(1));
  }

  @Test
  void runsATextBeyondTheBudgetAlone() {
    var policy = new BatchPolicy(8, 100);

    var batches = cut(List.of(101, 50, 50), policy);

    assertThat(batches).containsExactly(List.of(101), List.of(50, 50));
  }

  @Test
  void makesNoBatchOfNothing() {
    assertThat(cut(List.of(), BatchPolicy.DEFAULT)).isEmpty();
  }

  @Test
  void keepsEveryTextOnceInOrderAndWithinTheLimits() {
    for (int seed = 0; seed < 2000; seed++) {
      var random = new Random(seed);
      var policy = new BatchPolicy(1 + random.nextInt(20), 1 + random.nextInt(600));
      List<Integer> lengths = randomLengths(random);

      var batches = cut(lengths, policy);

      assertThat(batches.stream().flatMap(List::stream).toList())
          .as("seed %d", seed)
          .isEqualTo(lengths);
      for (List<Integer> batch : batches) {
        assertThat(batch).as("seed %d", seed).hasSizeBetween(1, policy.maxRecords());
        assertThat(batch.size() == 1 || batch.size() * batch.get(0) <= policy.maxTokens())
            .as("seed %d: %s within %s", seed, batch, policy)
            .isTrue();
      }
    }
  }

  @Test
  void countsTokensNotPaddingWhereTheGraphRemovesIt() {
    var policy = new BatchPolicy(8, 100);

    var batches = cut(List.of(40, 30, 30, 10), policy, TokenLayout.PACKED);

    // 40 + 30 + 30 = 100, although 3 texts x 40 places = 120
    assertThat(batches).containsExactly(List.of(40, 30, 30), List.of(10));
  }

  @Test
  void boundsThePaddedPlacesThatAttentionSeesOfAPackedBatch() {
    var policy = new BatchPolicy(100, 100);

    var batches = cut(List.of(40, 1, 1, 1, 1, 1), policy, TokenLayout.PACKED);

    // 45 tokens; but 5 texts x 40 places = 200 = 2 x 100, and a sixth would make 240
    assertThat(batches).containsExactly(List.of(40, 1, 1, 1, 1), List.of(1));
  }

  @Test
  void runsATextBeyondTheBudgetAloneInAPackedGraphToo() {
    var policy = new BatchPolicy(8, 100);

    var batches = cut(List.of(300, 50, 50), policy, TokenLayout.PACKED);

    assertThat(batches).containsExactly(List.of(300), List.of(50, 50));
  }

  @Test
  void keepsEveryTextOnceInOrderAndWithinTheLimitsOfAPackedGraph() {
    for (int seed = 0; seed < 2000; seed++) {
      var random = new Random(seed);
      var policy = new BatchPolicy(1 + random.nextInt(20), 1 + random.nextInt(600));
      List<Integer> lengths = randomLengths(random);

      var batches = cut(lengths, policy, TokenLayout.PACKED);

      assertThat(batches.stream().flatMap(List::stream).toList())
          .as("seed %d", seed)
          .isEqualTo(lengths);
      for (List<Integer> batch : batches) {
        int tokens = batch.stream().mapToInt(length -> length).sum();
        int places = batch.size() * batch.get(0);
        assertThat(batch).as("seed %d", seed).hasSizeBetween(1, policy.maxRecords());
        assertThat(
                batch.size() == 1
                    || (tokens <= policy.maxTokens() && places <= 2 * policy.maxTokens()))
            .as("seed %d: %s within %s", seed, batch, policy)
            .isTrue();
      }
    }
  }

  private static List<Integer> randomLengths(Random random) {
    return Stream.generate(() -> 1 + random.nextInt(512))
        .limit(random.nextInt(100))
        .sorted(Collections.reverseOrder())
        .toList();
  }

  private static List<List<Integer>> cut(List<Integer> lengths, BatchPolicy policy) {
    return cut(lengths, policy, TokenLayout.PADDED);
  }

  private static List<List<Integer>> cut(
      List<Integer> lengths, BatchPolicy policy, TokenLayout layout) {
    return BatchCutter.cut(lengths, length -> length, policy, layout);
  }
}
