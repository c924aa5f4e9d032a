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

  @Test
  void queriesThatNeverEndKeepNoDocumentAway() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(1, 100), 100);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    for (int i = 0; i < 3; i++) {
      batcher.submit("d" + i, null);
    }
    for (int i = 0; i < 20; i++) { // so many wait at any time
      query(batcher, "q" + i);
    }
    running.finish();

    StringBuilder order = new StringBuilder();
    for (int i = 20; i < 32; i++) {
      StartedBatch batch = embedder.nextBatch();
      order.append(batch.firstCharacters());
      query(batcher, "q" + i);
      batch.finish();
    }

    assertThat(order).hasToString("qqqdqqqdqqqd");
  }

  @Test
  void aTextThatWasCancelledTakesNoPlace() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(1, 100), 1);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    CompletableFuture<Embedding> cancelled = query(batcher, "c");

    cancelled.cancel(false);
    CompletableFuture<Embedding> query = query(batcher, "q");
    running.finish();
    nextBatchIs(embedder, "q").finish();

    assertThat(get(query).tokens()).isOne();
  }

  /** A client can send texts and hang up as fast as the network is. */
  @Test
  void textsThatWereCancelledTakeNoMemory() throws Exception {
    MicroBatcher batcher = batcher(new BatchPolicy(4, 100), 10_000);
    batcher.submit("x", null);
    StartedBatch running = embedder.nextBatch();
    CompletableFuture<Embedding> wanted = query(batcher, "w");

    for (int i = 0; i < 5_000; i++) {
      String million = "c".repeat(1_000_000); // 5 GB in all
      Lane lane = i % 2 == 0 ? Lane.QUERIES : Lane.DOCUMENTS;
      batcher.trySubmit(million, null, lane).orElseThrow().cancel(false);
    }

    assertThat(batcher.queuedTexts()).isLessThan(5);
    running.finish();
    nextBatchIs(embedder, "w").finish();
    assertThat(get(wanted).tokens()).isOne();
  }

  private MicroBatcher batcher(BatchPolicy policy, int maxQueued) {
    return batchers.start(embedder, policy, new BatcherOptions(1, maxQueued, 0));
  }

  private static CompletableFuture<Embedding> query(MicroBatcher batcher, String text) {
    return batcher.trySubmit(text, null, Lane.QUERIES).orElseThrow();
  }
}
