package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of callers, listeners, tokenisers and models, which must not reach other texts. */
@Timeout(30)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherFaultsTest {
  private static final String LONG = "l".repeat(1_000_000);

  private final ScriptedTextEmbedder embedder = new ScriptedTextEmbedder();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final List<MicroBatcher> batchers = new ArrayList<>();

  @AfterEach
  void noThreadIsLeft() {
    batchers.forEach(MicroBatcher::close);

    assertThat(threads).noneMatch(Thread::isAlive);
  }

  @Test
  @SuppressWarnings("NullAway")
  void refusesATextThatIsNullAndEmbedsTheOthers() throws Exception {
    MicroBatcher batcher = batcher(1, 10);
    Future<Embedding> before = batcher.submit("a", null);

    assertThatThrownBy(() -> batcher.submit(null, null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("Cannot embed a text that is null.");

    assertThat(get(before).tokens()).isEqualTo(1);
    assertThat(get(batcher.submit("bb", null)).tokens()).isEqualTo(2);
  }

  @Test
  void closesInACallback() throws Exception {
    for (int workers = 1; workers <= 3; workers++) {
      MicroBatcher batcher = batcher(workers, 10);

      Future<?> closed = held(batcher, "a").thenRun(batcher::close);
      open();

      get(closed);
      assertThatThrownBy(() -> get(batcher.submit("late", null)))
          .isInstanceOf(CancellationException.class);
    }
  }

  @Test
  void twoBatchersCloseEachOtherInCallbacks() throws Exception {
    MicroBatcher one = batcher(1, 10);
    MicroBatcher other = batcher(1, 10);
    var both = new CountDownLatch(2);

    Future<?> first = held(one, "a").thenRun(() -> closeTogether(other, both));
    Future<?> second = held(other, "b").thenRun(() -> closeTogether(one, both));
    open();

    get(first);
    get(second);
  }

  private static void closeTogether(MicroBatcher batcher, CountDownLatch both) {
    both.countDown();
    awaitUnchecked(both);
    batcher.close();
  }

  @Test
  void submitsInACallbackWhileThereIsSpaceAndRefusesToWaitForIt() throws Exception {
    MicroBatcher batcher = batcher(1, 1);
    var first = new CompletableFuture<Future<Embedding>>();

    Future<Embedding> second =
        held(batcher, "a")
            .thenApply(
                unused -> {
                  first.complete(submitUnchecked(batcher, "bb")); // fills the queue
                  return submitUnchecked(batcher, "c").join();
                });
    open();

    assertThatThrownBy(() -> get(second))
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("A callback must not wait for the batcher whose worker it runs on");
    assertThat(get(get(first)).tokens()).isEqualTo(2);
  }

  @Test
  void refusesToWaitForAResultInACallback() throws Exception {
    MicroBatcher batcher = batcher(1, 10);

    Future<Embedding> joined =
        held(batcher, "a").thenApply(unused -> submitUnchecked(batcher, "b").join());
    Future<Embedding> derived =
        held(batcher, "c")
            .thenApply(unused -> submitUnchecked(batcher, "d").thenApply(d -> d).join());
    Future<Embedding> composed =
        held(batcher, "e").thenCompose(unused -> submitUnchecked(batcher, "f"));
    open();

    assertThatThrownBy(() -> get(joined)).hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> get(derived)).hasCauseInstanceOf(IllegalStateException.class);
    assertThat(get(composed).vector()).containsExactly('f', 1);
  }

  @Test
  void goesOnAfterACallbackInterruptsItsWorker() throws Exception {
    MicroBatcher batcher = batcher(1, 10);

    held(batcher, "a").thenRun(() -> Thread.currentThread().interrupt());
    Future<Boolean> seen =
        held(batcher, "b").thenApply(unused -> Thread.currentThread().isInterrupted());
    open();

    assertThat(get(seen)).isFalse(); // of another caller
    assertThat(get(batcher.submit("c", null)).tokens()).isEqualTo(1);
  }

  @Test
  void goesOnWhenItsWorkersAreInterrupted() throws Exception {
    MicroBatcher batcher = batcher(2, 10);
    get(batcher.submit("a", null));

    threads.forEach(Thread::interrupt);

    assertThat(get(batcher.submit("b", null)).tokens()).isEqualTo(1);
  }

  @Test
  void goesOnAfterACallbackThrows() throws Exception {
    MicroBatcher batcher = batcher(1, 10);

    held(batcher, "a")
        .thenRun(
            () -> {
              throw new AssertionError("thrown by the test");
            });
    Future<Embedding> next = held(batcher, "b");
    open();

    assertThat(get(next).tokens()).isEqualTo(1);
  }

  @Test
  void embedsAllWhateverItsListenerThrows() throws Exception {
    for (Throwable failure :
        List.of(new IllegalStateException("by the test"), new StackOverflowError("by the test"))) {
      MicroBatcher batcher = batcher(1, 10, new FailingListener(failure));

      Future<Embedding> one = held(batcher, "a");
      Future<Embedding> twin = held(batcher, "a");
      open();

      assertThat(get(one).tokens()).isEqualTo(1);
      assertThat(get(twin).tokens()).isEqualTo(1);
      assertThat(get(batcher.submit("a", null)).tokens()).isEqualTo(1); // from the cache
    }
  }

  @Test
  void triesALoneTextAgainBeforeItBlamesIt() throws Exception {
    var runs = new AtomicInteger();
    embedder.model =
        batch -> {
          if (runs.incrementAndGet() == 1) {
            throw new InferenceException("only once");
          }
          return ScriptedTextEmbedder.vectors(batch);
        };

    Embedding embedding = get(batcher(1, 10).submit("l".repeat(500), null));

    assertThat(embedding.tokens()).isEqualTo(500);
    assertThat(runs).hasValue(2);
  }

  @Test
  void blamesNoTextForARuntimeThatFailsOnTextsOfItsLength() throws Exception {
    embedder.model =
        batch -> {
          failIfLong(batch.get(0).length());
          return ScriptedTextEmbedder.vectors(batch);
        };
    embedder.probe = MicroBatcherFaultsTest::failIfLong;
    MicroBatcher batcher = batcher(1, 10);

    assertThatThrownBy(() -> get(batcher.submit("l".repeat(500), null)))
        .hasCauseInstanceOf(InferenceException.class)
        .hasMessageContaining(
            "The runtime fails even on a known good text. A text of the same length (500 tokens) failed before.");
  }

  private static void failIfLong(int tokens) {
    if (tokens > 100) {
      throw new InferenceException("no memory for so many tokens");
    }
  }

  @Test
  void triesATextAgainThatCannotBeTokenisedOnce() throws Exception {
    var calls = new AtomicInteger();
    embedder.tokeniser =
        text -> {
          if (calls.incrementAndGet() == 1) {
            throw new AssertionError("only once");
          }
          return ScriptedTextEmbedder.tokens(text);
        };

    assertThat(get(batcher(1, 10).submit("aaa", null)).tokens()).isEqualTo(3);
  }

  @Test
  void rejectsATextThatTheTokeniserFailsOnTwiceAndEmbedsTheOthers() throws Exception {
    embedder.tokeniser =
        text -> {
          if (text.startsWith("!")) {
            throw new StackOverflowError("on this text alone");
          }
          return ScriptedTextEmbedder.tokens(text);
        };
    MicroBatcher batcher = batcher(1, 10);

    Future<Embedding> guilty = batcher.submit("!!!", null);
    Future<Embedding> innocent = batcher.submit("a", null);

    assertThatThrownBy(() -> get(guilty))
        .hasCauseInstanceOf(TextRejectedException.class)
        .hasMessageContaining("The runtime fails on this text (3 characters) alone.");
    assertThat(get(innocent).tokens()).isEqualTo(1);
  }

  @Test
  void blamesNoTextForATokeniserThatIsBroken() throws Exception {
    embedder.tokeniser =
        text -> {
          throw new NoClassDefFoundError("by the test");
        };
    MicroBatcher batcher = batcher(1, 10);

    for (Future<Embedding> result : List.of(batcher.submit("a", null), batcher.submit("b", null))) {
      assertThatThrownBy(() -> get(result))
          .hasCauseInstanceOf(InferenceException.class)
          .hasMessageContaining("The runtime fails even on a known good text.");
    }
  }

  @Test
  void blamesNoTextWhenTheJvmIsOutOfMemory() throws Exception {
    embedder.model =
        batch -> {
          throw new OutOfMemoryError("by the test");
        };
    MicroBatcher batcher = batcher(1, 10);

    assertThatThrownBy(() -> get(batcher.submit("a", null)))
        .hasCauseInstanceOf(InferenceException.class)
        .hasMessageContaining("The runtime failed: java.lang.OutOfMemoryError: by the test");
  }

  @Test
  void closesAfterTheTextThatIsTokenisedNow() throws Exception {
    var started = new CountDownLatch(1);
    var gate = new Semaphore(0);
    var calls = new AtomicInteger();
    embedder.tokeniser =
        text -> {
          calls.incrementAndGet();
          started.countDown();
          gate.acquireUninterruptibly();
          return ScriptedTextEmbedder.tokens(text);
        };
    MicroBatcher batcher = batcher(1, 200);
    batcher.submit("first", null);
    awaitUnchecked(started);
    List<Future<Embedding>> results = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      results.add(batcher.submit("text " + i, null));
    }
    gate.release(); // the first; of the next window another begins
    while (calls.get() < 2) {
      Thread.onSpinWait();
    }

    Thread closer = new Thread(batcher::close);
    closer.start();
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    gate.release(100);
    closer.join();

    assertThat(calls.get()).isLessThanOrEqualTo(2 + 1); // if it closed between two looks at the end
    for (Future<Embedding> result : results) {
      assertThatThrownBy(() -> get(result)).isInstanceOf(CancellationException.class);
    }
  }

  @Test
  void letsASmallTextWaitForAtMostOneLongOne() throws Exception {
    List<String> events = new CopyOnWriteArrayList<>();
    var running = new CountDownLatch(1);
    embedder.tokeniser =
        text -> {
          events.add(text.length() > 1 ? "long" : text);
          return ScriptedTextEmbedder.tokens(text);
        };
    embedder.model =
        batch -> {
          events.add("run of " + batch.get(0).length());
          running.countDown();
          gate.acquireUninterruptibly();
          gate.release();
          return ScriptedTextEmbedder.vectors(batch);
        };
    MicroBatcher batcher = batcher(1, 100);
    List<Future<Embedding>> results = new ArrayList<>();
    results.add(batcher.submit("x", null));
    awaitUnchecked(running);
    results.add(batcher.submit("t", null));
    for (int i = 0; i < 31; i++) {
      results.add(batcher.submit(LONG + i, null));
    }
    open();

    for (Future<Embedding> result : results) {
      get(result);
    }
    assertThat(events).startsWith("x", "run of 1", "t", "long", "run of 1", "long");
  }

  @Test
  void answersWhatAWorkerHoldsThatFailsForAnyOtherReason() throws Exception {
    var setup =
        new MicroBatcher.Setup(
            this::thread,
            BatchListener.NONE,
            () -> {
              throw new AssertionError("by the test");
            });
    MicroBatcher batcher =
        new MicroBatcher(embedder, BatchPolicy.DEFAULT, new BatcherOptions(1, 10, 0), setup);
    batchers.add(batcher);

    for (Future<Embedding> result : List.of(batcher.submit("a", null), batcher.submit("b", null))) {
      assertThatThrownBy(() -> get(result))
          .hasCauseInstanceOf(InferenceException.class)
          .hasMessageContaining("A worker of the batcher failed: java.lang.AssertionError");
    }
  }

  @Test
  void answersEveryTextWhateverAnybodyThrows() throws Exception {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var faults = new Faults(random.nextLong(), random.nextInt(30));
      var faulty = new ScriptedTextEmbedder();
      faulty.tokeniser = text -> faults.tokens(text);
      faulty.model = batch -> faults.vectors(batch);
      faulty.probe = tokens -> faults.mayThrow();
      int workers = 1 + random.nextInt(4);
      MicroBatcher batcher =
          batcher(faulty, workers, 1 + random.nextInt(50), new FaultyListener(faults));
      List<CompletableFuture<Embedding>> results = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        CompletableFuture<Embedding> result =
            submitUnchecked(batcher, "abc".repeat(1 + random.nextInt(20)));
        results.add(result);
        result.whenComplete((embedding, failure) -> faults.callBack(batcher));
      }

      for (CompletableFuture<Embedding> result : results) {
        try {
          assertThat(result.get(20, TimeUnit.SECONDS)).as("seed %d", seed).isNotNull();
        } catch (TimeoutException e) {
          throw new AssertionError("A text was not answered, seed %d.".formatted(seed), e);
        } catch (ExecutionException e) {
          assertThat(e.getCause())
              .as("seed %d", seed)
              .isInstanceOfAny(TextRejectedException.class, InferenceException.class);
        } catch (CancellationException e) {
          // a callback closed the batcher
        }
      }
      batcher.close();
    }
  }

  /** Goes wrong now and then; by chance, but the same for the same seed and order. */
  private static final class Faults {
    private final Random random;
    private final int percent;

    Faults(long seed, int percent) {
      this.random = new Random(seed);
      this.percent = percent;
    }

    private boolean happens() {
      return random.nextInt(100) < percent;
    }

    void mayThrow() {
      if (happens()) {
        switch (random.nextInt(5)) {
          case 0 -> throw new IllegalStateException("by the test");
          case 1 -> throw new AssertionError("by the test");
          case 2 -> throw new StackOverflowError("by the test");
          case 3 -> throwUnchecked(new java.io.IOException("by the test"));
          default -> throw new UnsatisfiedLinkError("by the test");
        }
      }
    }

    TokenIds tokens(String text) {
      mayThrow();
      return ScriptedTextEmbedder.tokens(text);
    }

    @SuppressWarnings("NullAway")
    List<Embedding> vectors(List<TokenIds> batch) {
      mayThrow();
      List<Embedding> vectors = ScriptedTextEmbedder.vectors(batch);
      if (happens()) {
        return switch (random.nextInt(3)) {
          case 0 -> null;
          case 1 -> vectors.subList(1, vectors.size());
          default -> Arrays.asList(new Embedding[batch.size()]);
        };
      }
      return vectors;
    }

    void callBack(MicroBatcher batcher) {
      if (happens()) {
        switch (random.nextInt(20)) {
          case 0 -> batcher.close();
          case 1, 2, 3, 4 -> interruptWorker();
          case 5, 6, 7, 8 -> submitUnchecked(batcher, "from a callback");
          case 9, 10 -> submitUnchecked(batcher, "from a callback").join();
          default -> mayThrow();
        }
      }
    }

    /** Not the test's own thread, where callbacks run if the result is there before them. */
    private static void interruptWorker() {
      if (Thread.currentThread().getName().startsWith("test-worker-")) {
        Thread.currentThread().interrupt();
      }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void throwUnchecked(Throwable e) throws E {
      throw (E) e;
    }
  }

  private record FaultyListener(Faults faults) implements BatchListener {
    @Override
    public void tokenised(int texts, long nanos) {
      faults.mayThrow();
    }

    @Override
    public void waited(long nanos) {
      faults.mayThrow();
    }

    @Override
    public void embedded(int texts, int tokens, int paddedTokens, long nanos) {
      faults.mayThrow();
    }

    @Override
    public void reused(int texts) {
      faults.mayThrow();
    }

    @Override
    public void cacheHit() {
      faults.mayThrow();
    }
  }

  private record FailingListener(Throwable failure) implements BatchListener {
    private void fail() {
      Faults.throwUnchecked(failure);
    }

    @Override
    public void tokenised(int texts, long nanos) {
      fail();
    }

    @Override
    public void waited(long nanos) {
      fail();
    }

    @Override
    public void embedded(int texts, int tokens, int paddedTokens, long nanos) {
      fail();
    }

    @Override
    public void reused(int texts) {
      fail();
    }

    @Override
    public void cacheHit() {
      fail();
    }
  }

  private final Semaphore gate = new Semaphore(0);

  /** Submits a text, while all tokenising waits for {@link #open}; so callbacks run on workers. */
  private CompletableFuture<Embedding> held(MicroBatcher batcher, String text) {
    embedder.tokeniser =
        held -> {
          gate.acquireUninterruptibly();
          gate.release();
          return ScriptedTextEmbedder.tokens(held);
        };
    return submitUnchecked(batcher, text);
  }

  private void open() {
    gate.release();
  }

  private MicroBatcher batcher(int workers, int maxQueued) {
    return batcher(workers, maxQueued, BatchListener.NONE);
  }

  private MicroBatcher batcher(int workers, int maxQueued, BatchListener listener) {
    gate.drainPermits();
    return batcher(embedder, workers, maxQueued, listener);
  }

  private MicroBatcher batcher(
      TextEmbedder used, int workers, int maxQueued, BatchListener listener) {
    MicroBatcher batcher =
        new MicroBatcher(
            used,
            new BatchPolicy(8, 1000),
            new BatcherOptions(workers, maxQueued, /* cacheBytes= */ 10_000),
            this::thread,
            listener);
    batchers.add(batcher);
    return batcher;
  }

  private Thread thread(Runnable work) {
    Thread thread = new Thread(work, "test-worker-" + threads.size());
    thread.setDaemon(true);
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

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException("The test was interrupted.", e);
    }
  }

  private static <T> T get(Future<T> result) throws Exception {
    return result.get(20, TimeUnit.SECONDS);
  }
}
