package dev.streambed.embedder.batch;

import static dev.streambed.embedder.batch.TestBatchers.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ways to submit and to close, and batchers that share an embedder. */
@Timeout(30)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherCallersTest {
  private static final Duration LONG = Duration.ofDays(1_000_000); // more nanoseconds than a long

  private final ManualTextEmbedder embedder = new ManualTextEmbedder();
  private final List<MicroBatcher> batchers = new ArrayList<>();

  @AfterEach
  void close() {
    batchers.forEach(MicroBatcher::close);
    embedder.close(); // throws if a worker still uses it
  }

  @Test
  void closingLeavesTheRunsOfAnotherBatcherAlone() throws Exception {
    MicroBatcher closed = batcher(10);
    MicroBatcher other = batcher(10);
    Future<Embedding> cancelled = closed.submit("a", null);
    embedder.nextBatch();
    Future<Embedding> result = other.submit("bb", null);
    StartedBatch running = embedder.nextBatch();

    closed.close();
    running.finish();

    assertThat(get(result).tokens()).isEqualTo(2);
    assertThatThrownBy(() -> get(cancelled)).isInstanceOf(CancellationException.class);
    Future<Embedding> later = other.submit("ccc", null);
    embedder.nextBatch().finish();
    assertThat(get(later).tokens()).isEqualTo(3);
  }

  @Test
  void itsEmbedderCanBeUsedAgainAfterItWasClosed() throws Exception {
    batcher(10).close();

    Future<Embedding> result = batcher(10).submit("a", null);
    embedder.nextBatch().finish();

    assertThat(get(result).tokens()).isEqualTo(1);
  }

  @Test
  void terminatingTheEmbedderEndsTheRunsOfAllBatchers() throws Exception {
    Future<Embedding> one = batcher(10).submit("a", null);
    embedder.nextBatch();

    embedder.terminate();

    assertThatThrownBy(() -> get(one)).isNotInstanceOf(CancellationException.class);
  }

  @Test
  void waitsForARunThatAnEmbedderCannotEndAndStartsNoOther() throws Exception {
    var simple = new ScriptedTextEmbedder();
    var running = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    var runs = new AtomicInteger();
    simple.model =
        batch -> {
          runs.incrementAndGet();
          running.countDown();
          TestBatchers.await(gate);
          return ScriptedTextEmbedder.vectors(batch);
        };
    MicroBatcher batcher = new MicroBatcher(simple, BatchPolicy.DEFAULT, options(10));
    batchers.add(batcher);
    batcher.submit("a", null);
    TestBatchers.await(running);
    Future<Embedding> queued = batcher.submit("b", null);

    Thread closer = new Thread(batcher::close);
    closer.start();
    assertThatThrownBy(() -> get(queued)).isInstanceOf(CancellationException.class); // at once
    gate.countDown();
    closer.join();

    assertThat(runs).hasValue(1);
    assertThat(simple.embed(List.of(ScriptedTextEmbedder.tokens("again")))).hasSize(1);
  }

  @Test
  void trySubmitTakesATextOnlyWhileThereIsSpace() throws Exception {
    MicroBatcher batcher = batcher(1);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();

    Optional<CompletableFuture<Embedding>> taken = batcher.trySubmit("a", null);
    Optional<CompletableFuture<Embedding>> refused = batcher.trySubmit("b", null);
    running.finish();
    embedder.nextBatch().finish();

    assertThat(get(taken.orElseThrow()).tokens()).isEqualTo(1);
    assertThat(refused).isEmpty();
    batcher.close();
    assertThatThrownBy(() -> get(batcher.trySubmit("c", null).orElseThrow()))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void embedAllGivesOneVectorPerTextInOrder() throws Exception {
    MicroBatcher batcher = simple(2); // fewer than the texts
    List<String> texts = List.of("a", "bb", "ccc", "a", "dddd", "eeeee", "ff");

    assertThat(batcher.embedAll(texts, null))
        .extracting(Embedding::tokens)
        .containsExactly(1, 2, 3, 1, 4, 5, 2);
    assertThat(batcher.embedAll(List.of(), null)).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway")
  void embedAllNamesTheTextThatIsRejectedAndQueuesNothingIfOneIsNull() {
    MicroBatcher batcher = batcher(10);

    assertThatThrownBy(() -> batcher.embedAll(List.of(ManualTextEmbedder.REJECTED), null))
        .isInstanceOf(TextRejectedException.class)
        .hasMessage("Text 1 of 1: rejected by the test");
    assertThatThrownBy(() -> batcher.embedAll(Arrays.asList("a", null), null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("Text 2 of 2 is null.");
    assertThat(embedder.tokenised()).containsExactly(ManualTextEmbedder.REJECTED);
  }

  @Test
  void embedsNoTextWhoseFutureWasCancelled() throws Exception {
    MicroBatcher batcher = batcher(10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    batcher.submit("cancelled", null).cancel(false);
    Future<Embedding> other = batcher.submit("a", null);
    running.finish();

    embedder.nextBatch().finish();

    assertThat(get(other).tokens()).isEqualTo(1);
    assertThat(embedder.tokenised()).containsExactly("x", "a");
  }

  @Test
  void closeAfterPendingAnswersWhatWasAcceptedAndNothingElse() throws Exception {
    for (int workers = 1; workers <= 3; workers++) {
      MicroBatcher batcher = batcher(10, workers);
      List<Future<Embedding>> accepted = new ArrayList<>();
      accepted.add(batcher.submit("a", null));
      StartedBatch running = embedder.nextBatch();
      accepted.add(batcher.submit("bb", null));
      var answered = new FutureTask<>(() -> batcher.closeAfterPending(LONG));

      Thread closer = new Thread(answered);
      closer.start();
      while (closer.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      Future<Embedding> late = batcher.submit("late", null);
      running.finish();
      embedder.nextBatch().finish();

      assertThat(answered.get(20, TimeUnit.SECONDS)).isTrue();
      for (Future<Embedding> result : accepted) {
        assertThat(result).isDone();
        assertThat(get(result).tokens()).isPositive();
      }
      assertThatThrownBy(() -> get(late)).isInstanceOf(CancellationException.class);
      assertThat(batcher.closeAfterPending(LONG)).isTrue(); // as before
    }
  }

  @Test
  void closeAfterPendingCancelsWhatTakesTooLong() throws Exception {
    MicroBatcher batcher = batcher(10);
    Future<Embedding> running = batcher.submit("a", null);
    embedder.nextBatch();

    assertThat(batcher.closeAfterPending(Duration.ofMillis(1))).isFalse();

    assertThatThrownBy(() -> get(running)).isInstanceOf(CancellationException.class);
    assertThat(batcher.closeAfterPending(LONG)).isFalse(); // it was closed
  }

  @Test
  void callbacksMustNotWaitForPendingTexts() throws Exception {
    MicroBatcher batcher = batcher(10);
    CompletableFuture<Embedding> result = batcher.submit("a", null);
    Future<Boolean> closed = result.thenApply(unused -> closeAfterPendingUnchecked(batcher));
    Future<List<Embedding>> all = result.thenApply(unused -> embedAllUnchecked(batcher));
    embedder.nextBatch().finish();

    assertThatThrownBy(() -> get(closed)).hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> get(all)).hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void itsOwnThreadsAreNamedAndDoNotKeepAnApplicationAlive() throws Exception {
    Future<Thread> worker;
    try (MicroBatcher batcher = new MicroBatcher(embedder, BatchPolicy.DEFAULT, options(10))) {
      worker = batcher.submit("a", null).thenApply(unused -> Thread.currentThread());
      embedder.nextBatch().finish();

      assertThat(get(worker).isDaemon()).isTrue();
    }
    assertThat(get(worker).getName()).startsWith("streambed-embed-");
  }

  @Test
  void startsNoWorkerIfNotAllCanBeStarted() {
    List<Thread> threads = new ArrayList<>();

    assertThatThrownBy(
            () ->
                new MicroBatcher(
                    embedder,
                    BatchPolicy.DEFAULT,
                    2,
                    10,
                    work -> {
                      if (threads.size() == 1) {
                        throw new IllegalStateException("no more threads");
                      }
                      threads.add(new Thread(work));
                      return threads.get(0);
                    }))
        .hasMessage("no more threads");

    assertThat(threads).hasSize(1).noneMatch(Thread::isAlive);
  }

  private static boolean closeAfterPendingUnchecked(MicroBatcher batcher) {
    try {
      return batcher.closeAfterPending(LONG);
    } catch (InterruptedException e) {
      throw new AssertionError("The test was interrupted.", e);
    }
  }

  private static List<Embedding> embedAllUnchecked(MicroBatcher batcher) {
    try {
      return batcher.embedAll(List.of("b"), null);
    } catch (InterruptedException e) {
      throw new AssertionError("The test was interrupted.", e);
    }
  }

  private MicroBatcher batcher(int maxQueued) {
    return batcher(maxQueued, 1);
  }

  private MicroBatcher batcher(int maxQueued, int workers) {
    var options = new BatcherOptions(workers, maxQueued, /* cacheBytes= */ 0);
    var batcher = new MicroBatcher(embedder, new BatchPolicy(8, 100), options);
    batchers.add(batcher);
    return batcher;
  }

  private MicroBatcher simple(int maxQueued) {
    var batcher =
        new MicroBatcher(new ScriptedTextEmbedder(), new BatchPolicy(8, 100), options(maxQueued));
    batchers.add(batcher);
    return batcher;
  }

  private static BatcherOptions options(int maxQueued) {
    return new BatcherOptions(1, maxQueued, /* cacheBytes= */ 0);
  }
}
