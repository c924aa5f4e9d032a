package dev.streambed.embedder.batch;

import static dev.streambed.embedder.batch.TestBatchers.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Embedding;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Faults of callers and listeners in callbacks, which must not reach other texts. */
@Timeout(30)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherCallbacksTest {
  private final ScriptedTextEmbedder embedder = new ScriptedTextEmbedder();
  @RegisterExtension final TestBatchers batchers = new TestBatchers();
  private final Semaphore gate = new Semaphore(0);

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
    TestBatchers.await(both);
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
                  first.complete(TestBatchers.submit(batcher, "bb")); // fills the queue
                  return TestBatchers.submit(batcher, "c").join();
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
        held(batcher, "a").thenApply(unused -> TestBatchers.submit(batcher, "b").join());
    Future<Embedding> derived =
        held(batcher, "c")
            .thenApply(unused -> TestBatchers.submit(batcher, "d").thenApply(d -> d).join());
    Future<Embedding> composed =
        held(batcher, "e").thenCompose(unused -> TestBatchers.submit(batcher, "f"));
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

    batchers.threads().forEach(Thread::interrupt);

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
    Runnable exception =
        () -> {
          throw new IllegalStateException("by the test");
        };
    Runnable error =
        () -> {
          throw new StackOverflowError("by the test");
        };
    for (Runnable failure : List.of(exception, error)) {
      MicroBatcher batcher = batcher(1, 10, new ThrowingListener(failure));

      Future<Embedding> one = held(batcher, "a");
      Future<Embedding> twin = held(batcher, "a");
      open();

      assertThat(get(one).tokens()).isEqualTo(1);
      assertThat(get(twin).tokens()).isEqualTo(1);
      assertThat(get(batcher.submit("a", null)).tokens()).isEqualTo(1); // from the cache
    }
  }

  /** Submits a text, while all tokenising waits for {@link #open}; so callbacks run on workers. */
  private CompletableFuture<Embedding> held(MicroBatcher batcher, String text) {
    embedder.tokeniser =
        held -> {
          gate.acquireUninterruptibly();
          gate.release();
          return ScriptedTextEmbedder.tokens(held);
        };
    return TestBatchers.submit(batcher, text);
  }

  private void open() {
    gate.release();
  }

  private MicroBatcher batcher(int workers, int maxQueued) {
    return batcher(workers, maxQueued, BatchListener.NONE);
  }

  private MicroBatcher batcher(int workers, int maxQueued, BatchListener listener) {
    gate.drainPermits();
    return batchers.start(
        embedder,
        new BatchPolicy(8, 1000),
        new BatcherOptions(workers, maxQueued, /* cacheBytes= */ 10_000),
        listener,
        System::nanoTime);
  }
}
