package dev.streambed.operator.stream;

import static java.util.Objects.requireNonNull;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.operator.EmbeddingRuntime;
import dev.streambed.operator.EmbeddingTask;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.jspecify.annotations.Nullable;

/**
 * Embeds the texts of a stream, batched across records: the thin adapter of {@link MicroBatcher} to
 * Flink. {@link EmbeddingOperator}, which runs it, keeps the records in flight in checkpointed
 * state and replays them after a failure; so there is no snapshot code here.
 *
 * <p>Flink's task thread opens it, submits and closes; the batcher's workers complete. Owns the
 * {@link EmbeddingRuntime} of its task.
 *
 * @param <T> type of the records
 */
final class EmbeddingFunction<T> extends RichAsyncFunction<T, Outcome<T>> {
  private static final long serialVersionUID = 1L;

  private final EmbeddingSettings<T> settings;

  private transient @Nullable EmbeddingRuntime runtime;
  private transient @Nullable RecordContent next;

  EmbeddingFunction(EmbeddingSettings<T> settings) {
    this.settings = settings;
  }

  @Override
  public void open(OpenContext openContext) {
    runtime =
        EmbeddingRuntime.open(
            EmbeddingTask.of(getRuntimeContext()), settings.embedders(), settings.batching());
    if (settings.extractor().prompt() instanceof FixedPrompt<?> prompt) {
      runtime.requirePrompt(prompt.name());
    }
  }

  /** Hands over the content of the record that {@link #asyncInvoke} gets next. */
  void expect(RecordContent content) {
    next = content;
  }

  @Override
  public void asyncInvoke(T input, ResultFuture<Outcome<T>> result) throws InterruptedException {
    RecordContent content = requireNonNull(next, "The operator hands over the content first.");
    next = null;
    if (content.texts().isEmpty()) {
      settleWithoutText(input, content, result);
    } else if (content.texts().stream().anyMatch(Objects::isNull)) {
      reject(input, content, noText("One of the texts of a record is null."), result);
    } else {
      var unused =
          opened()
              .submit(content.texts(), content.prompt())
              .whenComplete(
                  (embeddings, failure) -> settle(input, content, embeddings, failure, result));
    }
  }

  private void settleWithoutText(T input, RecordContent content, ResultFuture<Outcome<T>> result) {
    switch (settings.failures().missingText()) {
      case PASS -> embed(input, content, List.of(), result);
      case FAIL -> reject(input, content, noText("The record has no text."), result);
      case SKIP -> throw new IllegalStateException("The operator skips records without text.");
    }
  }

  private void settle(
      T input,
      RecordContent content,
      @Nullable List<Embedding> embeddings,
      @Nullable Throwable failure,
      ResultFuture<Outcome<T>> result) {
    try {
      if (embeddings != null) {
        embed(input, content, embeddings, result);
      } else if (failure instanceof TextRejectedException rejection) {
        reject(input, content, rejection, result);
      } else if (failure instanceof Exception exception
          && !(failure instanceof CancellationException)) { // closed: nobody waits
        fail(exception, result);
      }
    } catch (RejectedExecutionException e) {
      // The task was closed meanwhile, its mailbox takes no more; the record is in the checkpoint.
    }
  }

  private void embed(
      T input, RecordContent content, List<Embedding> embeddings, ResultFuture<Outcome<T>> result) {
    result.complete(List.of(Outcome.of(embedded(input, content, embeddings), content.bytes())));
  }

  private Embedded<T> embedded(T input, RecordContent content, List<Embedding> embeddings) {
    EmbeddingRuntime open = opened();
    return new Embedded<>(
        input, embeddings, open.promptName(content.prompt()), open.modelName(), open.modelDigest());
  }

  private void reject(
      T input,
      RecordContent content,
      TextRejectedException rejection,
      ResultFuture<Outcome<T>> result) {
    if (settings.failures().tag() != null) {
      Rejected<T> rejected =
          new Rejected<>(input, rejection.reason(), String.valueOf(rejection.getMessage()));
      Outcome<T> outcome = Outcome.of(rejected, content.bytes());
      result.complete(
          settings.failures().passes()
              ? List.of(outcome, Outcome.of(embedded(input, content, List.of()), 0))
              : List.of(outcome));
    } else {
      fail(
          new TextRejectedException(
              rejection.reason(),
              "Cannot embed a record (%s): %s To go on without such records, give the builder of StreamEmbedder an output tag with setFailures."
                  .formatted(rejection.reason(), rejection.getMessage()),
              rejection),
          result);
    }
  }

  /** Fails the job. Flink's completeExceptionally would do so too, and print the record. */
  private static void fail(Exception failure, ResultFuture<?> result) {
    result.complete(
        () -> {
          throw failure;
        });
  }

  private static TextRejectedException noText(String message) {
    return new TextRejectedException(Reason.BLANK, message);
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
