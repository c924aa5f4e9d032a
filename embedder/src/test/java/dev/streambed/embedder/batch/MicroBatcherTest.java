package dev.streambed.embedder.batch;

import static dev.streambed.embedder.batch.TestBatchers.get;
import static dev.streambed.embedder.batch.TestBatchers.nextBatchIs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherTest {
  private final ManualTextEmbedder embedder = new ManualTextEmbedder();
  @RegisterExtension final TestBatchers batchers = new TestBatchers();

  @Test
  void runsALoneTextAtOnce() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);

    Future<Embedding> a = batcher.submit("aaa", null);
    embedder.nextBatch().finish();

    assertThat(get(a).vector()).containsExactly('a', 3);
  }

  @Test
  void gathersInOneBatchWhatArrivesWhileAllWorkersAreBusy() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();

    for (String text : List.of("a", "bb", "ccc")) {
      batcher.submit(text, null);
    }
    assertThat(embedder.hasStartedBatch()).isFalse();
    running.finish();

    assertThat(embedder.nextBatch().firstCharacters()).isEqualTo("abc"); // by length
  }

  @Test
  void leavesTheOtherBatchesToAnIdleWorker() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(4, 4), 2, 10);
    batcher.submit("x", null);
    StartedBatch first = embedder.nextBatch();
    batcher.submit("y", null);
    StartedBatch second = embedder.nextBatch();
    for (String text : List.of("aa", "bb", "cc", "dd")) { // 4 tokens per batch: two batches
      batcher.submit(text, null);
    }

    first.finish(); // its worker tokenises all four texts, and runs two
    StartedBatch third = embedder.nextBatch();
    second.finish(); // its worker runs the others
    StartedBatch fourth = embedder.nextBatch();

    assertThat(third.firstCharacters() + fourth.firstCharacters()).isEqualTo("abcd");
  }

  @Test
  void neverExceedsRecordLimitAndTokenBudget() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(3, 6), 1, 100);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    for (String text : List.of("a", "b", "cccc", "dd", "eee", "ffffffffff")) {
      batcher.submit(text, null);
    }
    running.finish();

    List<List<Integer>> batches = new ArrayList<>();
    for (int texts = 0; texts < 6; texts += batches.get(batches.size() - 1).size()) {
      StartedBatch batch = embedder.nextBatch();
      batches.add(batch.lengths());
      batch.finish();
    }

    // {a, b, dd}, then the oldest of those left: cccc, eee, ffffffffff
    assertThat(batches).containsExactly(List.of(1, 1, 2), List.of(4), List.of(3), List.of(10));
  }

  @Test
  void letsNoTextWaitForYoungerOnes() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(4, 20), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    String longText = "l".repeat(20);
    batcher.submit("a", null);
    for (int i = 0; i < 4; i++) {
      batcher.submit(longText + i, null);
    }
    running.finish();

    nextBatchIs(embedder, "a").finish(); // although longer ones wait, too
    for (int i = 0; i < 4; i++) {
      nextBatchIs(embedder, "l").finish();
    }
  }

  @Test
  void leavesItsShareToAWorkerThatIsFreeToo() throws Exception {
    for (int i = 0; i < 200; i++) { // which worker does what first is up to chance
      MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 2, 10);
      batcher.submit("a", null);
      batcher.submit("b", null);

      StartedBatch one = embedder.nextBatch();
      StartedBatch other = embedder.nextBatch();

      assertThat(List.of(one.lengths().size(), other.lengths().size())).containsExactly(1, 1);
      one.finish();
      other.finish();
    }
  }

  @Test
  void givesEachTextItsOwnVector() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    Future<Embedding> a = batcher.submit("a", null);
    Future<Embedding> b = batcher.submit("bbb", null);
    Future<Embedding> c = batcher.submit("cc", null);
    running.finish();

    embedder.nextBatch().finish();

    assertThat(get(a).vector()).containsExactly('a', 1);
    assertThat(get(b).vector()).containsExactly('b', 3);
    assertThat(get(c).vector()).containsExactly('c', 2);
  }

  @Test
  void embedsEqualTextsThatWaitTogetherOnceAndGivesEachItsOwnVector() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    Future<Embedding> a = batcher.submit("aa", null);
    Future<Embedding> query = batcher.submit("aa", "query"); // another prompt: another content
    Future<Embedding> twin = batcher.submit("aa", null);
    running.finish();

    nextBatchIs(embedder, "aa").finish();

    assertThat(get(a).vector()).containsExactly('a', 2);
    assertThat(get(twin).vector()).containsExactly('a', 2);
    assertThat(get(twin).vector()).isNotSameAs(get(a).vector());
    assertThat(get(query).vector()).containsExactly('a', 2);
    assertThat(embedder.hasStartedBatch()).isFalse();
  }

  @Test
  void countsTokensNotPaddingWhereTheGraphRemovesIt() throws Exception {
    embedder.removePadding();
    MicroBatcher batcher = batcher(new BatchPolicy(8, 6), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    for (String text : List.of("aaa", "bb", "c")) {
      batcher.submit(text, null);
    }
    running.finish();

    nextBatchIs(embedder, "cba").finish(); // 6 tokens, in 3 texts x 3 places = 9
  }

  @Test
  void tokenisesTheNextWindowWhileAnotherWorkerInfers() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 2, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();

    batcher.submit("a", null);
    StartedBatch second = embedder.nextBatch(); // tokenised and started while the first runs

    assertThat(embedder.tokenised()).containsExactly("x", "a");
    running.finish();
    second.finish();
  }

  @Test
  void tellsItsListenerWhatItDid() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    BatchListener listener =
        new BatchListener() {
          @Override
          public void tokenised(int texts, long nanos) {
            heard.add("tokenised %d".formatted(texts));
          }

          @Override
          public void waited(long nanos) {
            heard.add("waited");
          }

          @Override
          public void embedded(int texts, int tokens, int paddedTokens, long nanos) {
            heard.add("embedded %d, %d of %d tokens".formatted(texts, tokens, paddedTokens));
          }

          @Override
          public void reused(int texts) {
            heard.add("reused %d".formatted(texts));
          }

          @Override
          public void cacheHit() {
            heard.add("cache hit");
          }
        };
    MicroBatcher batcher =
        batchers.start(
            embedder,
            new BatchPolicy(8, 100),
            new BatcherOptions(1, 10, 1_000_000),
            listener,
            TestBatchers::stillClock);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    Future<Embedding> a = batcher.submit("aaa", null);
    batcher.submit("b", null);
    Future<Embedding> twin = batcher.submit("b", null);
    running.finish();
    embedder.nextBatch().finish();
    get(a);
    get(twin);
    get(batcher.submit("aaa", null));
    batcher.close();

    assertThat(heard)
        .containsExactly(
            "tokenised 1",
            "waited",
            "embedded 1, 1 of 1 tokens",
            "tokenised 3",
            "waited",
            "waited",
            "embedded 2, 4 of 6 tokens", // {aaa, b}: 2 texts x 3 tokens
            "reused 1",
            "cache hit");
  }

  @Test
  void blocksTheCallerWhileTheQueueIsFull() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 1);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    batcher.submit("a", null); // fills the queue

    Thread caller = new Thread(() -> TestBatchers.submit(batcher, "b"));
    caller.start();
    awaitState(caller, Thread.State.WAITING);
    running.finish();
    caller.join();

    StringBuilder embedded = new StringBuilder();
    while (embedded.length() < 2) { // in one batch or two
      StartedBatch batch = embedder.nextBatch();
      embedded.append(batch.firstCharacters());
      batch.finish();
    }
    assertThat(embedded).hasToString("ab");
  }

  @Test
  void namesTheOptionThatIsOutOfRange() {
    assertThatThrownBy(() -> batcher(BatchPolicy.DEFAULT, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid value 0 for workers: must be at least 1 in a batcher of one's own; 0 is for"
                + " Flink's task slots.");
    assertThatThrownBy(() -> new BatchPolicy(0, 1))
        .hasMessage("Invalid value 0 for maxRecords: must be between 1 and 4096.");
  }

  private MicroBatcher batcher(BatchPolicy policy, int workers, int maxQueued) {
    return batchers.start(
        embedder, policy, new BatcherOptions(workers, maxQueued, /* cacheBytes= */ 0));
  }

  private static void awaitState(Thread thread, Thread.State state) {
    while (thread.getState() != state) {
      Thread.onSpinWait();
    }
  }
}
