package dev.streambed.embedder.batch;

import static dev.streambed.embedder.batch.TestBatchers.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextRejectedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Faults of tokenisers and models, which must not reach other texts. */
@Timeout(30)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherFaultsTest {
  private static final String LONG = "l".repeat(1_000_000);

  private final ScriptedTextEmbedder embedder = new ScriptedTextEmbedder();
  @RegisterExtension final TestBatchers batchers = new TestBatchers();

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
    TestBatchers.await(started);
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
    var gate = new Semaphore(0);
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
    TestBatchers.await(running);
    results.add(batcher.submit("t", null));
    for (int i = 0; i < 31; i++) {
      results.add(batcher.submit(LONG + i, null));
    }
    gate.release();

    for (Future<Embedding> result : results) {
      get(result);
    }
    assertThat(events).startsWith("x", "run of 1", "t", "long", "run of 1", "long");
  }

  @Test
  void answersWhatAWorkerHoldsThatFailsForAnyOtherReason() throws Exception {
    MicroBatcher batcher =
        batchers.start(
            embedder,
            BatchPolicy.DEFAULT,
            new BatcherOptions(1, 10, 0),
            BatchListener.NONE,
            () -> {
              throw new AssertionError("by the test");
            });

    for (Future<Embedding> result : List.of(batcher.submit("a", null), batcher.submit("b", null))) {
      assertThatThrownBy(() -> get(result))
          .hasCauseInstanceOf(InferenceException.class)
          .hasMessageContaining("A worker of the batcher failed: java.lang.AssertionError");
    }
  }

  private MicroBatcher batcher(int workers, int maxQueued) {
    return batchers.start(
        embedder,
        new BatchPolicy(8, 1000),
        new BatcherOptions(workers, maxQueued, /* cacheBytes= */ 10_000),
        BatchListener.NONE,
        System::nanoTime);
  }
}
