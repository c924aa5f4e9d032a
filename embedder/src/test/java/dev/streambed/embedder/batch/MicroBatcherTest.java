package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherTest {
  /** A loaded machine may stop a worker between two texts; batches are the same nevertheless. */
  private static long stillClock() {
    return 0;
  }

  private final ManualTextEmbedder embedder = new ManualTextEmbedder();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final List<MicroBatcher> batchers = new ArrayList<>();

  @AfterEach
  void noThreadIsLeft() {
    batchers.forEach(MicroBatcher::close);

    assertThat(threads).noneMatch(Thread::isAlive);
    embedder.close(); // throws if a worker still uses it
  }

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

    nextBatchIs("a").finish(); // although longer ones wait, too
    for (int i = 0; i < 4; i++) {
      nextBatchIs("l").finish();
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

    nextBatchIs("aa").finish();

    assertThat(get(a).vector()).containsExactly('a', 2);
    assertThat(get(twin).vector()).containsExactly('a', 2);
    assertThat(get(twin).vector()).isNotSameAs(get(a).vector());
    assertThat(get(query).vector()).containsExactly('a', 2);
    assertThat(embedder.hasStartedBatch()).isFalse();
  }

  @Test
  void embedsATextThatIsInTheCacheNotAgain() throws Exception {
    MicroBatcher batcher = caching(100_000);
    Future<Embedding> first = batcher.submit("aa", null);
    embedder.nextBatch().finish();
    get(first).vector()[0] = -1; // a receiver owns its vector, and may change it

    Embedding second = get(batcher.submit("aa", null));

    assertThat(second.vector()).containsExactly('a', 2);
    assertThat(get(batcher.submit("aa", null)).vector()).isNotSameAs(second.vector());
    assertThat(embedder.hasStartedBatch()).isFalse();
  }

  @Test
  void takesNothingFromTheCacheForAnotherPromptOrAnotherTextOfTheSameHash() throws Exception {
    MicroBatcher batcher = caching(100_000);
    Future<Embedding> first = batcher.submit("AaAa", null);
    embedder.nextBatch().finish();
    get(first);
    assertThat("BBBB").hasSameHashCodeAs("AaAa");

    batcher.submit("BBBB", null);
    nextBatchIs("B").finish();
    batcher.submit("AaAa", "query");
    nextBatchIs("A").finish();
  }

  @Test
  void keepsTheCacheWithinItsWeight() throws Exception {
    MicroBatcher batcher = caching(1_000); // room for three entries of some 270 bytes
    for (int i = 0; i < 50; i++) {
      Future<Embedding> result = batcher.submit(String.valueOf((char) ('A' + i)), null);
      embedder.nextBatch().finish();
      get(result);
    }

    int embeddedAgain = 0;
    for (int i = 0; i < 50; i++) {
      Future<Embedding> result = batcher.submit(String.valueOf((char) ('A' + i)), null);
      if (!result.isDone()) {
        embedder.nextBatch().finish();
        embeddedAgain++;
      }
      get(result);
    }
    assertThat(embeddedAgain).isGreaterThanOrEqualTo(47);
  }

  @Test
  void keepsNoFailureInTheCache() throws Exception {
    MicroBatcher batcher = caching(100_000);
    Future<Embedding> failed = batcher.submit("!", null);
    failTwice("!");
    assertThatThrownBy(() -> get(failed)).hasCauseInstanceOf(TextRejectedException.class);

    Future<Embedding> again = batcher.submit("!", null);
    nextBatchIs("!").finish();

    assertThat(get(again).vector()).containsExactly('!', 1);
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

    nextBatchIs("cba").finish(); // 6 tokens, in 3 texts x 3 places = 9
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
  void failsAllTwinsOfAGuiltyText() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    Future<Embedding> guilty = batcher.submit("!", null);
    Future<Embedding> twin = batcher.submit("!", null);
    running.finish();

    failTwice("!");

    assertThatThrownBy(() -> get(guilty)).hasCauseInstanceOf(TextRejectedException.class);
    assertThatThrownBy(() -> get(twin)).hasCauseInstanceOf(TextRejectedException.class);
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
    var batcher =
        new MicroBatcher(
            embedder,
            new BatchPolicy(8, 100),
            new BatcherOptions(1, 10, 1_000_000),
            new MicroBatcher.Setup(this::thread, listener, MicroBatcherTest::stillClock));
    batchers.add(batcher);
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

    Thread caller = new Thread(() -> submitUnchecked(batcher, "b"));
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
  void failsAGuiltyTextAlone() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    Future<Embedding> a = batcher.submit("a", null);
    Future<Embedding> guilty = batcher.submit("!", null);
    Future<Embedding> b = batcher.submit("b", null);
    running.finish();

    nextBatchIs("a!b").fail(new InferenceException("some text is bad"));
    nextBatchIs("a").finish();
    nextBatchIs("!b").fail(new InferenceException("some text is bad"));
    failTwice("!");
    nextBatchIs("b").finish();

    assertThat(get(a).vector()).containsExactly('a', 1);
    assertThat(get(b).vector()).containsExactly('b', 1);
    assertThatThrownBy(() -> get(guilty))
        .hasCauseInstanceOf(TextRejectedException.class)
        .hasMessageContaining("The runtime fails on this text (1 tokens) alone.");
  }

  @Test
  void failsEverythingWhenTheRuntimeIsBroken() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    Future<Embedding> running = batcher.submit("x", null);
    StartedBatch batch = embedder.nextBatch();
    Future<Embedding> queued = batcher.submit("a", null);

    embedder.breakRuntime();
    batch.fail(new InferenceException("broken"));

    for (Future<Embedding> result : List.of(running, queued, batcher.submit("late", null))) {
      assertThatThrownBy(() -> get(result))
          .hasCauseInstanceOf(InferenceException.class)
          .hasMessageContaining("The runtime fails even on a known good text.");
    }
  }

  @Test
  void rejectsATextThatCannotBeTokenisedAndEmbedsTheOthers() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    Future<Embedding> rejected = batcher.submit(ManualTextEmbedder.REJECTED, null);
    Future<Embedding> a = batcher.submit("a", null);
    running.finish();

    embedder.nextBatch().finish();

    assertThat(get(a).tokens()).isEqualTo(1);
    assertThatThrownBy(() -> get(rejected)).hasCauseInstanceOf(TextRejectedException.class);
  }

  @Test
  void closeCancelsWhatIsQueuedAndWhatRuns() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    Future<Embedding> running = batcher.submit("x", null);
    embedder.nextBatch();
    Future<Embedding> queued = batcher.submit("a", null);

    batcher.close(); // terminates the running batch, as ONNX Runtime does
    batcher.close();

    assertThatThrownBy(() -> get(queued)).isInstanceOf(CancellationException.class);
    assertThatThrownBy(() -> get(running)).isInstanceOf(CancellationException.class);
    Future<Embedding> late = batcher.submit("late", null);
    assertThatThrownBy(() -> get(late)).isInstanceOf(CancellationException.class);
  }

  @Test
  void closeReleasesACallerThatWaitsForSpace() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 1);
    batcher.submit("x", null);
    embedder.nextBatch();
    batcher.submit("a", null);
    var late = new CompletableFuture<Future<Embedding>>();
    Thread caller = new Thread(() -> late.complete(submitUnchecked(batcher, "b")));
    caller.start();
    awaitState(caller, Thread.State.WAITING);

    batcher.close();
    caller.join();

    assertThatThrownBy(() -> get(late.join())).isInstanceOf(CancellationException.class);
  }

  @Test
  void answersEveryTextOnceUnderLoadWhateverFails() throws Exception {
    for (int seed = 0; seed < 40; seed++) {
      var loaded = new ManualTextEmbedder();
      var random = new Random(seed);
      var policy = new BatchPolicy(1 + random.nextInt(20), 1 + random.nextInt(60));
      MicroBatcher batcher = batcher(loaded, policy, 1 + random.nextInt(4), 1 + random.nextInt(50));
      List<String> texts = randomTexts(random, 200);
      List<CompletableFuture<Embedding>> results = new CopyOnWriteArrayList<>();
      Thread caller =
          new Thread(() -> texts.forEach(text -> results.add(submitUnchecked(batcher, text))));
      caller.start();

      while (results.size() < texts.size() || !results.stream().allMatch(Future::isDone)) {
        StartedBatch batch = loaded.pollBatch();
        if (batch != null) {
          checkLimits(batch.lengths(), policy, seed);
          if (batch.firstCharacters().contains("!")) {
            batch.fail(new InferenceException("some text is bad"));
          } else {
            batch.finish();
          }
        }
      }

      for (int i = 0; i < texts.size(); i++) {
        checkAnswer(texts.get(i), results.get(i), seed);
      }
      batcher.close();
    }
  }

  private static List<String> randomTexts(Random random, int count) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      char first = (char) ('A' + random.nextInt(26));
      int kind = random.nextInt(20);
      texts.add(
          kind == 0
              ? ManualTextEmbedder.REJECTED
              : (kind == 1 ? "!" : String.valueOf(first)) + "-".repeat(random.nextInt(40)));
    }
    return texts;
  }

  private static void checkLimits(List<Integer> lengths, BatchPolicy policy, int seed) {
    int padded = lengths.size() * lengths.stream().mapToInt(length -> length).max().orElseThrow();
    assertThat(lengths).as("seed %d", seed).hasSizeBetween(1, policy.maxRecords());
    assertThat(lengths.size() == 1 || padded <= policy.maxTokens())
        .as("seed %d: %s within %s", seed, lengths, policy)
        .isTrue();
  }

  private static void checkAnswer(String text, Future<Embedding> result, int seed) {
    if (text.startsWith("!") || text.equals(ManualTextEmbedder.REJECTED)) {
      assertThatThrownBy(() -> get(result))
          .as("seed %d", seed)
          .hasCauseInstanceOf(TextRejectedException.class);
    } else {
      assertThat(result)
          .as("seed %d", seed)
          .succeedsWithin(Duration.ofSeconds(20))
          .extracting(Embedding::vector)
          .isEqualTo(new float[] {text.charAt(0), text.length()});
    }
  }

  @Test
  void namesTheOptionThatIsOutOfRange() {
    assertThatThrownBy(() -> batcher(BatchPolicy.DEFAULT, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid value 0 for workers: must be between 1 and 1024.");
    assertThatThrownBy(() -> new BatchPolicy(0, 1))
        .hasMessage("Invalid value 0 for maxRecords: must be between 1 and 4096.");
  }

  /** A text is blamed for the second failure, not for the first. */
  private void failTwice(String firstCharacters) throws InterruptedException {
    nextBatchIs(firstCharacters).fail(new InferenceException("some text is bad"));
    nextBatchIs(firstCharacters).fail(new InferenceException("some text is bad"));
  }

  private StartedBatch nextBatchIs(String firstCharacters) throws InterruptedException {
    StartedBatch batch = embedder.nextBatch();
    assertThat(batch.firstCharacters()).isEqualTo(firstCharacters);
    return batch;
  }

  private MicroBatcher batcher(BatchPolicy policy, int workers, int maxQueued) {
    return batcher(embedder, policy, workers, maxQueued);
  }

  private MicroBatcher batcher(
      ManualTextEmbedder manual, BatchPolicy policy, int workers, int maxQueued) {
    var options = new BatcherOptions(workers, maxQueued, /* cacheBytes= */ 0);
    var setup =
        new MicroBatcher.Setup(this::thread, BatchListener.NONE, MicroBatcherTest::stillClock);
    MicroBatcher batcher = new MicroBatcher(manual, policy, options, setup);
    batchers.add(batcher);
    return batcher;
  }

  private MicroBatcher caching(long cacheBytes) {
    MicroBatcher batcher =
        new MicroBatcher(
            embedder,
            new BatchPolicy(8, 100),
            new BatcherOptions(1, 10, cacheBytes),
            new MicroBatcher.Setup(this::thread, BatchListener.NONE, MicroBatcherTest::stillClock));
    batchers.add(batcher);
    return batcher;
  }

  private Thread thread(Runnable work) {
    Thread thread = new Thread(work, "test-worker-" + threads.size());
    threads.add(thread);
    return thread;
  }

  private static CompletableFuture<Embedding> submitUnchecked(MicroBatcher batcher, String text) {
    try {
      return batcher.submit(text, null);
    } catch (InterruptedException e) {
      throw new IllegalStateException("The test was interrupted.", e);
    }
  }

  private static Embedding get(Future<Embedding> result) throws Exception {
    return result.get(20, TimeUnit.SECONDS);
  }

  private static void awaitState(Thread thread, Thread.State state) {
    while (thread.getState() != state) {
      Thread.onSpinWait();
    }
  }
}
