package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import dev.streambed.embedder.batch.TextRequest.Content;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextPoolTest {
  private static final int ALL = 10_000;

  private long clock = Long.MAX_VALUE - 2; // overflows, as System.nanoTime may

  @Test
  void takesTheOldestWithThoseNearestToItInLength() {
    TextPool pool = pool(new BatchPolicy(4, 512), TokenLayout.PADDED, 50, 10, 58, 51, 49, 47);

    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(47, 49, 50, 51);
    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(10); // now the oldest
    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(58);
    assertThat(pool.takeBatch(ALL)).isEmpty();
  }

  @Test
  void leavesOutWhatWouldExceedTheTokenBudgetAfterPadding() {
    TextPool pool = pool(new BatchPolicy(8, 200), TokenLayout.PADDED, 66, 67, 66);

    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(66, 66); // 3 x 67 = 201
    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(67);
  }

  @Test
  void padsOnlyWhereThatCostsLessThanARunMore() {
    // worth 512 / 64 = 8 tokens of padding
    TextPool pool = pool(new BatchPolicy(8, 512), TokenLayout.PADDED, 40, 32, 31, 45, 44);

    // 32 takes 8 more; 31 would take 9; 44 costs each of the two others 4, and 45 three of them 1
    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(40, 44, 45);
    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(31, 32);
  }

  @Test
  void takesNoMoreThanAskedFor() {
    TextPool pool = pool(new BatchPolicy(8, 100), TokenLayout.PADDED, 5, 5, 5);

    assertThat(lengths(pool.takeBatch(2))).containsExactly(5, 5);
  }

  @Test
  void runsATextBeyondTheBudgetAlone() {
    for (TokenLayout layout : TokenLayout.values()) {
      TextPool pool = pool(new BatchPolicy(8, 100), layout, 300, 300, 50);

      assertThat(lengths(pool.takeBatch(ALL))).containsExactly(300);
      assertThat(lengths(pool.takeBatch(ALL))).containsExactly(300);
      assertThat(lengths(pool.takeBatch(ALL))).containsExactly(50);
    }
  }

  @Test
  void countsTokensNotPaddingWhereTheGraphRemovesIt() {
    TextPool pool = pool(new BatchPolicy(8, 100), TokenLayout.PACKED, 40, 30, 30, 10);

    // 40 + 30 + 30 = 100, although 3 texts x 40 places = 120
    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(30, 30, 40);
    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(10);
  }

  @Test
  void boundsThePaddedPlacesThatAttentionSeesOfAPackedBatch() {
    TextPool pool = pool(new BatchPolicy(100, 100), TokenLayout.PACKED, 40, 1, 1, 1, 1, 1);

    // 45 tokens; but 5 texts x 40 places = 200 = 2 x 100, and a sixth would make 240
    assertThat(lengths(pool.takeBatch(ALL))).containsExactly(1, 1, 1, 1, 40);
  }

  @Test
  void makesAnEqualTextTheTwinOfTheOneThatWaits() {
    TextPool pool = new TextPool(BatchPolicy.DEFAULT, TokenLayout.PADDED);
    TokenisedText text = text("same", 3);
    TokenisedText twin = text("same", 3);
    pool.add(text);
    pool.add(twin);

    assertThat(pool.takeBatch(ALL)).containsExactly(text);
    assertThat(text.twins()).isEqualTo(1);
    pool.add(twin); // nothing equal waits any more
    assertThat(pool.takeBatch(ALL)).containsExactly(twin);
  }

  @Test
  void hasRoomForEightBudgetsOrAsManyTextsAsABatchTakes() {
    TextPool few = pool(new BatchPolicy(3, 10), TokenLayout.PADDED, 2, 2);
    assertThat(few.hasRoom()).isTrue();
    few.add(text("third", 2));
    assertThat(few.hasRoom()).isFalse();
    few.takeBatch(ALL);
    assertThat(few.hasRoom()).isTrue();

    TextPool full = pool(new BatchPolicy(100, 10), TokenLayout.PADDED, 79);
    assertThat(full.hasRoom()).isTrue();
    full.add(text("last", 1));
    assertThat(full.hasRoom()).isFalse();
    full.takeAll();
    assertThat(full.hasRoom()).isTrue();
  }

  @Test
  void givesEachTextOnceOldestFirstWithinTheLimits() {
    for (int seed = 0; seed < 2000; seed++) {
      var random = new Random(seed);
      var policy = new BatchPolicy(1 + random.nextInt(20), 1 + random.nextInt(600));
      TokenLayout layout = seed % 2 == 0 ? TokenLayout.PADDED : TokenLayout.PACKED;
      List<TokenisedText> waiting =
          texts(random.ints(random.nextInt(100), 1, 513).toArray()); // the oldest first
      TextPool pool = pool(policy, layout, waiting);

      while (!pool.isEmpty()) {
        List<TokenisedText> batch = pool.takeBatch(ALL);
        assertThat(batch).as("seed %d", seed).contains(waiting.get(0));
        checkLimits(lengths(batch), policy, layout, seed);
        for (TokenisedText text : batch) {
          assertThat(waiting.remove(text)).as("seed %d", seed).isTrue();
        }
      }
      assertThat(waiting).as("seed %d", seed).isEmpty();
    }
  }

  private static void checkLimits(
      List<Integer> batch, BatchPolicy policy, TokenLayout layout, int seed) {
    int tokens = batch.stream().mapToInt(length -> length).sum();
    int places = batch.size() * Collections.max(batch);
    boolean fits =
        switch (layout) {
          case PADDED -> places <= policy.maxTokens();
          case PACKED -> tokens <= policy.maxTokens() && places <= 2 * policy.maxTokens();
        };
    assertThat(batch).as("seed %d", seed).hasSizeBetween(1, policy.maxRecords());
    assertThat(batch.size() == 1 || fits).as("seed %d: %s within %s", seed, batch, policy).isTrue();
  }

  @Test
  void keepsFewTextsThatNobodyWants() {
    TextPool pool = pool(new BatchPolicy(8, 100), TokenLayout.PADDED, 5, 6, 7);

    for (int i = 0; i < 100_000; i++) {
      var result = new WorkerFuture<Embedding>(new Workers());
      pool.add(text("query " + i, 5, result));
      result.cancel(false);
    }

    assertThat(pool.size()).isLessThan(1100);
    pool.takeAll();
    assertThat(pool.hasRoom()).isTrue(); // it has counted them out
  }

  @Test
  void keepsFewTwinsThatNobodyWants() {
    TokenisedText text = text("same", 5);

    for (int i = 0; i < 10_000; i++) {
      var result = new WorkerFuture<Embedding>(new Workers());
      text.addTwin(text("same", 5, result));
      result.cancel(false);
    }

    assertThat(text.twins()).isLessThan(10);
  }

  /** A pool of texts of these lengths, the oldest first. */
  private TextPool pool(BatchPolicy policy, TokenLayout layout, int... lengths) {
    return pool(policy, layout, texts(lengths));
  }

  private static TextPool pool(
      BatchPolicy policy, TokenLayout layout, List<TokenisedText> oldestFirst) {
    TextPool pool = new TextPool(policy, layout);
    List<TokenisedText> texts = new ArrayList<>(oldestFirst);
    Collections.reverse(texts); // windows of several workers may come in any order
    texts.forEach(pool::add);
    return pool;
  }

  private List<TokenisedText> texts(int... lengths) {
    List<TokenisedText> texts = new ArrayList<>();
    for (int length : lengths) {
      texts.add(text("text " + texts.size(), length));
    }
    return texts;
  }

  private TokenisedText text(String content, int length) {
    return text(content, length, new WorkerFuture<>(new Workers()));
  }

  private TokenisedText text(String content, int length, WorkerFuture<Embedding> result) {
    var request = new TextRequest(new Content(content, null), Lane.DOCUMENTS, clock++, result);
    return new TokenisedText(request, new TokenIds(new long[length], /* truncated= */ false));
  }

  private static List<Integer> lengths(List<TokenisedText> batch) {
    return batch.stream().map(TokenisedText::length).toList();
  }
}
