package dev.streambed.embedder.batch;

import static dev.streambed.embedder.batch.TestBatchers.failTwice;
import static dev.streambed.embedder.batch.TestBatchers.get;
import static dev.streambed.embedder.batch.TestBatchers.nextBatchIs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Texts that come again, with a cache. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherCacheTest {
  private final ManualTextEmbedder embedder = new ManualTextEmbedder();
  @RegisterExtension final TestBatchers batchers = new TestBatchers();

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
    nextBatchIs(embedder, "B").finish();
    batcher.submit("AaAa", "query");
    nextBatchIs(embedder, "A").finish();
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
    failTwice(embedder, "!");
    assertThatThrownBy(() -> get(failed)).hasCauseInstanceOf(TextRejectedException.class);

    Future<Embedding> again = batcher.submit("!", null);
    nextBatchIs(embedder, "!").finish();

    assertThat(get(again).vector()).containsExactly('!', 1);
  }

  private MicroBatcher caching(long cacheBytes) {
    return batchers.start(embedder, new BatchPolicy(8, 100), new BatcherOptions(1, 10, cacheBytes));
  }
}
