package dev.streambed.embedder.batch;

import static dev.streambed.embedder.batch.TestBatchers.get;
import static dev.streambed.embedder.batch.TestBatchers.nextBatchIs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Queries before documents, and texts that nobody wants any more. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // some texts only keep a worker busy
class MicroBatcherLanesTest {
  private final ManualTextEmbedder embedder = new ManualTextEmbedder();
  @RegisterExtension final TestBatchers batchers = new TestBatchers();

  @Test
  void aQueryDoesNotWaitBehindAThousandDocuments() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(4, 100), 2000);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    for (int i = 0; i < 1000; i++) {
      batcher.submit("d".repeat(50) + i, null);
    }
    running.finish();
    StartedBatch documents = nextBatchIs(embedder, "d"); // now the pool is full of documents

    CompletableFuture<Embedding> query = query(batcher, "q");
    documents.finish();
    nextBatchIs(embedder, "q").finish();

    assertThat(get(query).tokens()).isOne();
    assertThat(batcher.queuedTexts()).isGreaterThan(990);
  }

  @Test
  void queriesKeepTheirOrder() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(1, 100), 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    query(batcher, "a");
    batcher.submit("d", null);
    query(batcher, "b");
    running.finish();

    nextBatchIs(embedder, "a").finish();
    nextBatchIs(embedder, "b").finish();
    nextBatchIs(embedder, "d").finish();
  }

  @Test
  void aQueryTakesADocumentForwardThatIsItsEqual() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(4, 3), 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    batcher.submit("ddd", null);
    Future<Embedding> equal = batcher.submit("same", null);
    running.finish();
    StartedBatch first = nextBatchIs(embedder, "d"); // "same" is tokenised
    batcher.submit("eee", null);

    CompletableFuture<Embedding> query = query(batcher, "same");
    first.finish();
    nextBatchIs(embedder, "s").finish();

    assertThat(get(equal).vector()).isEqualTo(get(query).vector());
    nextBatchIs(embedder, "e").finish();
  }

  @Test
  void aLaneThatIsFullKeepsNothingOutOfTheOther() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(4, 100), 1);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    batcher.submit("d", null);

    assertThat(batcher.trySubmit("e", null, Lane.DOCUMENTS)).isEmpty();
    assertThat(batcher.trySubmit("q", null, Lane.QUERIES)).isPresent();
    assertThat(batcher.trySubmit("r", null, Lane.QUERIES)).isEmpty();
    running.finish();
    embedder.nextBatch().finish();
  }

  @Test
  void embedsNoTextThatWasCancelledAfterItWasTokenised() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(4, 3), 10);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    batcher.submit("aaa", null);
    Future<Embedding> cancelled = batcher.submit("ccc", null);
    Future<Embedding> twin = batcher.submit("ddd", null);
    Future<Embedding> wanted = batcher.submit("ddd", null);
    Future<Embedding> last = batcher.submit("eee", null);
    running.finish();
    StartedBatch first = nextBatchIs(embedder, "a"); // the others are tokenised
    assertThat(embedder.tokenised()).contains("ccc", "ddd", "eee");

    cancelled.cancel(false);
    twin.cancel(false);
    first.finish();
    nextBatchIs(embedder, "d").finish(); // one of two still wants it
    nextBatchIs(embedder, "e").finish();

    assertThat(get(wanted).tokens()).isEqualTo(3);
    assertThat(get(last).tokens()).isEqualTo(3);
    assertThat(cancelled).isCancelled();
  }

  private MicroBatcher batcher(BatchPolicy policy, int maxQueued) {
    return batchers.start(embedder, policy, new BatcherOptions(1, maxQueued, 0));
  }

  private static CompletableFuture<Embedding> query(MicroBatcher batcher, String text) {
    return batcher.trySubmit(text, null, Lane.QUERIES).orElseThrow();
  }
}
