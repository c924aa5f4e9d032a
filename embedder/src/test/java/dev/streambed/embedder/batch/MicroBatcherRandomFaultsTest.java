package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** All that may go wrong around a batcher, at once and by chance. */
@Timeout(30)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherRandomFaultsTest {
  @RegisterExtension final TestBatchers batchers = new TestBatchers();

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
          batchers.start(
              faulty,
              new BatchPolicy(8, 1000),
              new BatcherOptions(workers, 1 + random.nextInt(50), /* cacheBytes= */ 10_000),
              new ThrowingListener(faults::mayThrow),
              System::nanoTime);
      List<CompletableFuture<Embedding>> results = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        CompletableFuture<Embedding> result =
            TestBatchers.submit(batcher, "abc".repeat(1 + random.nextInt(20)));
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
          case 5, 6, 7, 8 -> TestBatchers.submit(batcher, "from a callback");
          case 9, 10 -> TestBatchers.submit(batcher, "from a callback").join();
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
}
