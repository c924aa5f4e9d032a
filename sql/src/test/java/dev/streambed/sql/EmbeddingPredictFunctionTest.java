package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.EmbeddingTask;
import dev.streambed.schemas.VectorEncoding;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over an embedder that finishes a batch when the test says so. */
class EmbeddingPredictFunctionTest {
  private static final String CANARY = "canary-5c1d";

  private final ManualTextEmbedder embedder = new ManualTextEmbedder();
  private @Nullable EmbeddingPredictFunction function;

  private EmbeddingPredictFunction open(Duration timeout) {
    return open(timeout, /* inFlightBytes= */ 0);
  }

  private EmbeddingPredictFunction open(Duration timeout, long inFlightBytes) {
    BatchingOptions batching =
        new BatchingOptions(/* maxRecords= */ 2, /* maxTokens= */ 1000, /* workers= */ 1);
    OutputColumns output =
        OutputColumns.of(
            ResolvedSchema.of(
                Column.physical("tokens", DataTypes.INT()),
                Column.physical("error", DataTypes.STRING())));
    EmbeddingPredictFunction opened =
        new EmbeddingPredictFunction(
            new PredictSettings(
                gpu -> embedder,
                new BatchingOptions(
                    batching.policy(), batching.batcher(), batching.calibration(), inFlightBytes),
                output,
                VectorEncoding.FLOAT32_BYTES,
                "a space",
                new PredictSettings.Failures(OnError.NULL, OnTruncation.FLAG).within(timeout)));
    opened.open(
        new EmbeddingTask(
            new TaskInfoImpl("embed", 1, 0, 1, 0),
            new UnregisteredMetricsGroup(),
            name -> Set.of(),
            (name, hook) -> {}));
    function = opened;
    return opened;
  }

  @AfterEach
  void close() {
    if (function != null) {
      function.close();
    }
  }

  private static CompletableFuture<Collection<RowData>> eval(
      EmbeddingPredictFunction function, String text) {
    CompletableFuture<Collection<RowData>> future = new CompletableFuture<>();
    function.eval(future, StringData.fromString(text));
    return future;
  }

  private static RowData row(CompletableFuture<Collection<RowData>> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS).iterator().next();
  }

  private static void assertFails(RowData row, String message) {
    assertThat(row.toString()).doesNotContain(CANARY);
    assertThatThrownBy(() -> row.isNullAt(0))
        .isInstanceOf(TableException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining(CANARY);
    assertThatThrownBy(() -> row.getInt(0)).isInstanceOf(TableException.class);
  }

  @Test
  void putsRowsThatWaitIntoOneBatch() throws Exception {
    EmbeddingPredictFunction function = open(Duration.ZERO);

    var first = eval(function, "abc");
    ManualTextEmbedder.StartedBatch running = embedder.nextBatch();
    var second = eval(function, "defg");
    var third = eval(function, "hijk");
    running.finish();
    ManualTextEmbedder.StartedBatch next = embedder.nextBatch();
    next.finish();

    assertThat(next.lengths()).containsExactly(4, 4);
    assertThat(row(first).getInt(0)).isEqualTo(3);
    assertThat(row(second).getInt(0)).isEqualTo(4);
    assertThat(row(third).getInt(0)).isEqualTo(4);
  }

  @Test
  void failsARowBeforeFlinkDoesWhoseMessageHasTheRow() throws Exception {
    EmbeddingPredictFunction function = open(Duration.ofMillis(20));

    RowData late = row(eval(function, CANARY)); // the batch never finishes

    assertFails(late, "A row was not embedded within nine tenths of 20 ms");
  }

  /** A row that waits for its turn, and the thread that evaluates it. */
  private record WaitingRow(Thread task, CompletableFuture<Collection<RowData>> future) {
    static WaitingRow begin(EmbeddingPredictFunction function, String text)
        throws InterruptedException {
      CompletableFuture<Collection<RowData>> future = new CompletableFuture<>();
      Thread task = new Thread(() -> function.eval(future, StringData.fromString(text)));
      task.setDaemon(true);
      task.start();
      while (task.getState() != Thread.State.WAITING) {
        assertThat(task.isAlive()).as("It waits.").isTrue();
        Thread.sleep(1);
      }
      return new WaitingRow(task, future);
    }
  }

  @Test
  void holdsNoMoreTextsThanTheirBytesAllow() throws Exception {
    EmbeddingPredictFunction function = open(Duration.ZERO, /* inFlightBytes= */ 40);

    var first = eval(function, "abcdef"); // 24 bytes
    ManualTextEmbedder.StartedBatch running = embedder.nextBatch();
    var fits = eval(function, "ghij"); // 16 bytes
    var larger = WaitingRow.begin(function, "klmnopqrstuvwxyz"); // 64 bytes: alone
    running.finish();
    embedder.nextBatch().finish();
    embedder.nextBatch().finish();

    assertThat(row(first).getInt(0)).isEqualTo(6);
    assertThat(row(fits).getInt(0)).isEqualTo(4);
    assertThat(row(larger.future()).getInt(0)).isEqualTo(16);
  }

  @Test
  void givesBackTheBytesOfARejectedText() throws Exception {
    EmbeddingPredictFunction function = open(Duration.ZERO, /* inFlightBytes= */ 1);

    assertThat(row(eval(function, ManualTextEmbedder.REJECTED)).isNullAt(0)).isTrue();
    var next = eval(function, "abc");
    embedder.nextBatch().finish();

    assertThat(row(next).getInt(0)).isEqualTo(3);
  }

  @Test
  void countsTheWaitForBytesAsTimeOfTheRow() throws Exception {
    EmbeddingPredictFunction function = open(Duration.ofSeconds(1), /* inFlightBytes= */ 1);

    assertFails(row(eval(function, "abc")), "A row was not embedded within"); // goes on, too late
    WaitingRow late = WaitingRow.begin(function, CANARY);
    Thread.sleep(1_000);
    embedder.nextBatch().finish();
    late.task().join();

    assertThat(late.future()).as("No time is left for it.").isDone();
    assertFails(row(late.future()), "A row was not embedded within nine tenths of 1000 ms");
  }

  @Test
  void failsTheJobWhenTheRuntimeIsBroken() throws Exception {
    EmbeddingPredictFunction function = open(Duration.ZERO);
    embedder.breakRuntime();

    var broken = eval(function, CANARY);
    embedder.nextBatch().fail(new InferenceException("failed by the test"));

    assertFails(row(broken), "The runtime fails even on a known good text.");
  }

  @Test
  void saysWhyATextIsRejected() throws Exception {
    EmbeddingPredictFunction function = open(Duration.ZERO);

    RowData rejected = row(eval(function, ManualTextEmbedder.REJECTED));

    assertThat(rejected.isNullAt(0)).isTrue();
    assertThat(rejected.getString(1).toString()).startsWith("BLANK: ");
  }

  @Test
  void leavesRowsAloneThatAreInFlightWhenItCloses() throws Exception {
    EmbeddingPredictFunction function = open(Duration.ZERO);
    var running = eval(function, "abc");
    ManualTextEmbedder.StartedBatch batch = embedder.nextBatch();
    var waiting = eval(function, "def");

    batch.finish();
    function.close();

    assertThat(waiting.isCompletedExceptionally()).isFalse();
    assertThat(running.isCompletedExceptionally()).isFalse();
  }
}
