package dev.streambed.benchmarks.moe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextLengthsTest {
  @Test
  void cutsTextsOfAllLengthsInNoOrder() {
    var words = IntStream.range(0, 100_000).mapToObj(Integer::toString).iterator();

    TextLengths.Sample sample =
        TextLengths.MIXED.cut(words, TextLengthsTest::tokens, new Random(1));

    assertThat(sample.texts()).hasSize(24).doesNotHaveDuplicates();
    int[] lengths = sample.texts().stream().mapToInt(TextLengthsTest::tokens).toArray();
    assertThat(lengths).contains(20, 232); // the shortest and the longest that it names
    assertThat(IntStream.of(lengths).sorted().toArray()).isNotEqualTo(lengths);
    assertThat(sample.tokens()).isEqualTo(IntStream.of(lengths).sum());
  }

  @Test
  void takesTheMostWordsThatFit() {
    var words = IntStream.range(0, 100_000).mapToObj(Integer::toString).iterator();

    TextLengths.Sample sample =
        TextLengths.SHORT.cut(words, TextLengthsTest::tokens, new Random(1));

    // Lengths of 8 to 40 tokens; texts here have an even number of tokens.
    assertThat(sample.texts().stream().mapToInt(TextLengthsTest::tokens).boxed())
        .allMatch(length -> length >= 8 && length <= 40 && length % 2 == 0);
  }

  @Test
  void leavesOutTextsThatAreThereAlready() {
    var words = IntStream.range(0, 100_000).mapToObj(word -> "same").iterator();

    TextLengths.Sample sample =
        TextLengths.SHORT.cut(words, TextLengthsTest::tokens, new Random(1));

    assertThat(sample.texts()).doesNotHaveDuplicates().hasSize(17); // 3 to 19 words
    assertThat(sample.tokens())
        .isEqualTo(sample.texts().stream().mapToInt(TextLengthsTest::tokens).sum());
  }

  /** Two tokens for each word, and one at either end. */
  private static int tokens(String text) {
    return 2 * text.split(" ", -1).length + 2;
  }
}
