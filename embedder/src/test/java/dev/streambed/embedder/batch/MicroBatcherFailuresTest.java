package dev.streambed.embedder.batch;

import static dev.streambed.embedder.batch.TestBatchers.failTwice;
import static dev.streambed.embedder.batch.TestBatchers.get;
import static dev.streambed.embedder.batch.TestBatchers.nextBatchIs;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Texts, runs and batchers that fail or end. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherFailuresTest {
  private final ManualTextEmbedder embedder = new ManualTextEmbedder();
  @RegisterExtension final TestBatchers batchers = new TestBatchers();

  @Test
  void failsAllTwinsOfAGuiltyText() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(8, 100), 1, 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    Future<Embedding> guilty = batcher.submit("!", null);
    Future<Embedding> twin = batcher.submit("!", null);
    running.finish();

    failTwice(embedder, "!");

    assertThatThrownBy(() -> get(guilty)).hasCauseInstanceOf(TextRejectedException.class);
    assertThatThrownBy(() -> get(twin)).hasCauseInstanceOf(TextRejectedException.class);
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

    nextBatchIs(embedder, "a!b").fail(new InferenceException("some text is bad"));
    nextBatchIs(embedder, "a").finish();
    nextBatchIs(embedder, "!b").fail(new InferenceException("some text is bad"));
    failTwice(embedder, "!");
    nextBatchIs(embedder, "b").finish();

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
    Thread caller = new Thread(() -> late.complete(TestBatchers.submit(batcher, "b")));
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
      int workers = 1 + random.nextInt(4);
      var options = new BatcherOptions(workers, 1 + random.nextInt(50), /* cacheBytes= */ 0);
      MicroBatcher batcher = batchers.start(loaded, policy, options);
      List<String> texts = randomTexts(random, 200);
      List<CompletableFuture<Embedding>> results = new CopyOnWriteArrayList<>();
      Thread caller =
          new Thread(() -> texts.forEach(text -> results.add(TestBatchers.submit(batcher, text))));
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
