package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Callbacks that throw what cannot be printed. A {@link CompletableFuture} prints what a callback
 * throws, so it throws in turn, into the batcher.
 */
@Timeout(30)
@SuppressWarnings("FutureReturnValueIgnored") // the stages that fail are never completed
class MicroBatcherUnprintableFailuresTest {
  private static final String REJECTED = "!";

  private final ScriptedTextEmbedder embedder = new ScriptedTextEmbedder();
  private final Semaphore gate = new Semaphore(0);
  private final List<Thread> threads = new ArrayList<>();
  private final MicroBatcher batcher =
      new MicroBatcher(
          embedder, BatchPolicy.DEFAULT, /* workers= */ 1, /* maxQueued= */ 100, this::thread);

  MicroBatcherUnprintableFailuresTest() {
    embedder.tokeniser =
        text -> {
          gate.acquireUninterruptibly();
          gate.release();
          if (text.equals(REJECTED)) {
            throw new TextRejectedException(Reason.BLANK, "by the test");
          }
          return ScriptedTextEmbedder.tokens(text);
        };
  }

  @AfterEach
  void noThreadIsLeft() {
    gate.release();
    batcher.close();

    assertThat(threads).noneMatch(Thread::isAlive);
  }

  @Test
  void embedsEqualTextsOfOtherCallers() throws Exception {
    List<CompletableFuture<Embedding>> results = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      results.add(batcher.submit("same", null));
    }
    results.get(4).thenApply(MicroBatcherUnprintableFailuresTest::fail);

    gate.release();

    for (Future<Embedding> result : results) {
      assertThat(get(result).tokens()).isEqualTo(4);
    }
  }

  @Test
  void embedsOtherTextsThanARejectedOne() throws Exception {
    CompletableFuture<Embedding> rejected = batcher.submit(REJECTED, null);
    rejected.exceptionally(MicroBatcherUnprintableFailuresTest::fail);
    List<Future<Embedding>> others = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      others.add(batcher.submit("a", null));
    }

    gate.release();

    assertThatThrownBy(() -> get(rejected)).hasCauseInstanceOf(TextRejectedException.class);
    for (Future<Embedding> other : others) {
      assertThat(get(other).tokens()).isEqualTo(1);
    }
    assertThat(get(batcher.submit("later", null)).tokens()).isEqualTo(5);
  }

  @Test
  void closesAndCancelsAllQueuedTexts() throws Exception {
    batcher.submit("running", null);
    while (batcher.queuedTexts() > 0) {
      Thread.onSpinWait();
    }
    List<CompletableFuture<Embedding>> results = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      results.add(batcher.submit("a", null));
    }
    results.get(0).whenComplete((embedding, failure) -> gate.release());
    results.get(7).exceptionally(MicroBatcherUnprintableFailuresTest::fail);

    batcher.close();

    assertThat(threads).noneMatch(Thread::isAlive);
    for (Future<Embedding> result : results) {
      assertThat(result).isDone();
      assertThatThrownBy(() -> get(result)).isInstanceOf(CancellationException.class);
    }
  }

  @Test
  void callsTheOtherCallbacksOfTheResult() throws Exception {
    CompletableFuture<Embedding> result = batcher.submit("a", null);
    Future<Integer> before = result.thenApply(Embedding::tokens);
    result.thenApply(MicroBatcherUnprintableFailuresTest::fail);
    Future<Integer> between = result.thenApply(Embedding::tokens);
    result.thenApply(MicroBatcherUnprintableFailuresTest::fail);
    Future<Integer> after = result.thenApply(Embedding::tokens);

    gate.release();

    assertThat(get(before)).isEqualTo(1);
    assertThat(get(between)).isEqualTo(1);
    assertThat(get(after)).isEqualTo(1);
  }

  private static Embedding fail(Object result) {
    throw new UnprintableException();
  }

  private Thread thread(Runnable work) {
    Thread thread = new Thread(work, "test-worker");
    thread.setDaemon(true);
    threads.add(thread);
    return thread;
  }

  /** A thread that waits in get() would run the callbacks itself, and be thrown what they throw. */
  private static <T> T get(Future<T> result) throws Exception {
    while (!result.isDone()) {
      Thread.onSpinWait();
    }
    return result.get(5, TimeUnit.SECONDS);
  }

  /** Has a common mistake: a message that is made of a field that is null. */
  private static final class UnprintableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new NullPointerException("by the test");
    }
  }
}
