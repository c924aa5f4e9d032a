package dev.streambed.sql;

import static java.util.Objects.requireNonNull;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.EmbeddingRuntime;
import dev.streambed.operator.EmbeddingTask;
import dev.streambed.operator.TextEmbedderFactory;
import dev.streambed.schemas.VectorEncoding;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.jspecify.annotations.Nullable;

/**
 * Embeds the rows of a query, batched across rows: the thin adapter of {@link EmbeddingRuntime},
 * which it owns, to Flink SQL. Flink keeps the rows in flight in its checkpoints.
 *
 * <p>Flink's task thread opens it, evaluates and closes; the batcher's workers complete.
 *
 * <p>Flink prints the row of a future that fails, in messages of its own, on two levels. So no
 * future fails here: one that should completes with a {@link FailedRow}, which fails the task that
 * reads it.
 */
@Internal
public final class EmbeddingPredictFunction extends AsyncPredictFunction {
  private static final long serialVersionUID = 1L;

  /** Of a UTF-16 unit of a text: two as a String, and up to two in Flink's row, about. */
  private static final int BYTES_PER_UNIT = 4;

  private final PredictSettings settings;

  private transient @Nullable EmbeddingRuntime runtime;
  private transient @Nullable InFlightBytes inFlight;

  EmbeddingPredictFunction(PredictSettings settings) {
    this.settings = settings;
  }

  /**
   * A function over an embedder of the caller's, which marks what is truncated, and gives no vector
   * to a text that cannot be embedded.
   *
   * @param output its columns, as those of a model
   * @param space address of the space of the vectors
   * @throws org.apache.flink.table.api.ValidationException if no model puts out such a column
   */
  public static EmbeddingPredictFunction of(
      TextEmbedderFactory embedders,
      BatchingOptions batching,
      ResolvedSchema output,
      String space) {
    return new EmbeddingPredictFunction(
        new PredictSettings(
            embedders,
            batching,
            OutputColumns.of(output),
            VectorEncoding.FLOAT32_BYTES,
            space,
            new PredictSettings.Failures(OnError.NULL, OnTruncation.FLAG)));
  }

  @Override
  public void open(FunctionContext context) {
    open(
        new EmbeddingTask(
            context.getTaskInfo(),
            context.getMetricGroup(),
            context::getExternalResourceInfos,
            (name, hook) -> {})); // Flink offers none here: docs/sql.md, "ADD JAR"
  }

  void open(EmbeddingTask task) {
    runtime = EmbeddingRuntime.open(task, settings.embedders(), settings.batching());
    inFlight =
        new InFlightBytes(
            settings
                .batching()
                .maxInFlightBytes(
                    Runtime.getRuntime().maxMemory(),
                    EmbeddingRuntime.busySlots(task),
                    /* largestState= */ Long.MAX_VALUE));
  }

  @Override
  public void eval(CompletableFuture<Collection<RowData>> future, Object... args) {
    Duration timeout = settings.failures().timeout();
    long startNanos = System.nanoTime(); // Flink's timer runs while this waits for its turn
    var unused =
        asyncPredict(GenericRowData.of(args))
            .thenAccept(future::complete); // asyncPredict fails only when nobody waits any more
    if (!timeout.isZero() && !future.isDone()) {
      // Flink's own message would have the row.
      long leftNanos = timeout.toNanos() / 10 * 9 - (System.nanoTime() - startNanos);
      if (leftNanos <= 0) {
        future.complete(failed(late(timeout)));
      } else {
        var unusedToo =
            future.completeOnTimeout(failed(late(timeout)), leftNanos, TimeUnit.NANOSECONDS);
      }
    }
  }

  private static TimeoutException late(Duration timeout) {
    return new TimeoutException(
        "A row was not embedded within nine tenths of %d ms, the time that Flink gives it. A row waits for all before it: make table.exec.async-ml-predict.timeout longer, or max-concurrent-operations and max-records smaller."
            .formatted(timeout.toMillis()));
  }

  @Override
  public CompletableFuture<Collection<RowData>> asyncPredict(RowData row) {
    if (row.isNullAt(0)) {
      return CompletableFuture.completedFuture(List.of(settings.output().empty()));
    }
    String text = row.getString(0).toString();
    String prompt = row.getArity() > 1 && !row.isNullAt(1) ? row.getString(1).toString() : null;
    InFlightBytes budget = requireNonNull(inFlight, "The function is not open.");
    long bytes = (long) BYTES_PER_UNIT * text.length();
    try {
      budget.take(bytes);
      return submit(text, prompt)
          .handle(
              (embeddings, failure) -> {
                budget.giveBack(bytes);
                return result(embeddings, failure);
              });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the task is cancelled
      return new CompletableFuture<>();
    }
  }

  private CompletableFuture<List<Embedding>> submit(String text, @Nullable String prompt)
      throws InterruptedException {
    try {
      return opened().submit(List.of(text), prompt);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Collection<RowData> result(
      @Nullable List<Embedding> embeddings, @Nullable Throwable failure) {
    if (failure instanceof CancellationException cancelled) { // closed: nobody waits
      throw cancelled;
    }
    try {
      if (embeddings != null) {
        return embedded(embeddings.get(0));
      }
    } catch (RuntimeException e) {
      return failed(e);
    }
    return failure instanceof TextRejectedException rejection
        ? rejected(rejection.reason().name(), rejection)
        : failed(requireNonNull(failure));
  }

  private Collection<RowData> embedded(Embedding embedding) {
    if (embedding.truncated() && settings.failures().onTruncation() == OnTruncation.FAIL) {
      return rejected(
          "TOO_MANY_TOKENS",
          new IllegalArgumentException(
              "The text has more tokens than the %d that the model takes."
                  .formatted(embedding.tokens())));
    }
    return List.of(
        settings
            .output()
            .embedded(embedding, settings.encoding(), settings.space(), opened().modelDigest()));
  }

  private Collection<RowData> rejected(String reason, RuntimeException rejection) {
    String message = reason + ": " + rejection.getMessage();
    return switch (settings.failures().onError()) {
      case NULL -> List.of(settings.output().rejected(message));
      case FAIL ->
          failed(
              new IllegalArgumentException(
                  "Cannot embed a row (%s) To go on without such texts, create the model with 'on-error' = 'null'."
                      .formatted(message),
                  rejection));
    };
  }

  private static Collection<RowData> failed(Throwable failure) {
    return List.of(new FailedRow(failure));
  }

  private EmbeddingRuntime opened() {
    return requireNonNull(runtime, "The function is not open.");
  }

  @Override
  public void close() {
    EmbeddingRuntime open = runtime;
    if (open != null) {
      open.close();
    }
  }
}
