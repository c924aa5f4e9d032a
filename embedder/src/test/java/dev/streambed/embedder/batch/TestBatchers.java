package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The batchers of a test and their threads; checks after each test that none of these is left. */
final class TestBatchers implements AfterEachCallback {
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final List<MicroBatcher> batchers = new ArrayList<>();
  private final List<TextEmbedder> embedders = new ArrayList<>();

  /** Starts a batcher without a listener, whose clock stands still. */
  MicroBatcher start(TextEmbedder embedder, BatchPolicy policy, BatcherOptions options) {
    return start(embedder, policy, options, BatchListener.NONE, TestBatchers::stillClock);
  }

  MicroBatcher start(
      TextEmbedder embedder,
      BatchPolicy policy,
      BatcherOptions options,
      BatchListener listener,
      LongSupplier clock) {
    MicroBatcher batcher =
        new MicroBatcher(
            embedder, policy, options, new MicroBatcher.Setup(this::thread, listener, clock));
    batchers.add(batcher);
    embedders.add(embedder);
    return batcher;
  }

  private Thread thread(Runnable work) {
    Thread thread = new Thread(work, "test-worker-" + threads.size());
    thread.setDaemon(true);
    threads.add(thread);
    return thread;
  }

  /** A loaded machine may stop a worker between two texts; batches are the same nevertheless. */
  static long stillClock() {
    return 0;
  }

  /** The workers of all batchers. */
  List<Thread> threads() {
    return threads;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    batchers.forEach(MicroBatcher::close);

    assertThat(threads).noneMatch(Thread::isAlive);
    embedders.forEach(TextEmbedder::close); // a manual one throws if a worker still uses it
  }

  static CompletableFuture<Embedding> submit(MicroBatcher batcher, String text) {
    try {
      return batcher.submit(text, null);
    } catch (InterruptedException e) {
      throw new IllegalStateException("The test was interrupted.", e);
    }
  }

  static <T> T get(Future<T> result) throws Exception {
    return result.get(20, TimeUnit.SECONDS);
  }

  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException("The test was interrupted.", e);
    }
  }

  static StartedBatch nextBatchIs(ManualTextEmbedder embedder, String firstCharacters)
      throws InterruptedException {
    StartedBatch batch = embedder.nextBatch();
    assertThat(batch.firstCharacters()).isEqualTo(firstCharacters);
    return batch;
  }

  /** A text is blamed for the second failure, not for the first. */
  static void failTwice(ManualTextEmbedder embedder, String firstCharacters)
      throws InterruptedException {
    for (int i = 0; i < 2; i++) {
      nextBatchIs(embedder, firstCharacters).fail(new InferenceException("some text is bad"));
    }
  }
}
