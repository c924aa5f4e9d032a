package dev.streambed.server;

import static java.util.Objects.requireNonNull;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.batch.Lane;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.server.ServedEmbedder.Run;
import dev.streambed.server.ServedEmbedder.Submitted;
import dev.streambed.server.dialect.EmbedAnswer;
import dev.streambed.server.dialect.EmbedRequest;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * One request for embeddings, from its parsed body to its answer. All of its inputs are submitted
 * at once; no thread waits for them. The first end (the last vector, a rejected input, the
 * deadline, a client that hangs up) cancels the rest. Thread-safe: workers of the batcher and
 * threads of the HTTP library call it.
 */
final class EmbedCall {
  private final Exchange exchange;
  private final EmbedRequest request;
  private final ServedModel model;
  private final ServerMetrics metrics;
  private final int dimensions;
  private final long startNanos = System.nanoTime();

  private final AtomicReferenceArray<@Nullable CompletableFuture<Embedding>> futures;
  private final AtomicReferenceArray<@Nullable Embedding> results;
  private final AtomicInteger pending;
  private final LongAccumulator queueNanos = new LongAccumulator(Math::max, 0);
  private final LongAccumulator runNanos = new LongAccumulator(Math::max, 0);

  /** Checks what a request asks of the model. */
  EmbedCall(Exchange exchange, EmbedRequest request, ServedModel model, ServerMetrics metrics) {
    this.exchange = exchange;
    this.request = request;
    this.model = model;
    this.metrics = metrics;
    model.checkName(request.model());
    this.dimensions = model.dimensions(request.options());
    int inputs = request.inputs().size();
    this.futures = new AtomicReferenceArray<>(inputs);
    this.results = new AtomicReferenceArray<>(inputs);
    this.pending = new AtomicInteger(inputs);
  }

  /**
   * Submits all inputs.
   *
   * @param broken called if the model turns out not to work any more
   */
  void submit(MicroBatcher batcher, Lane lane, Consumer<InferenceException> broken) {
    List<Submitted> all = new ArrayList<>(request.inputs().size());
    request.inputs().forEach(input -> all.add(model.submitted(input, request)));
    Request.addCompletionListener(exchange.request(), failure -> cancel());
    for (int i = 0; i < all.size() && !exchange.isAnswered(); i++) {
      Optional<CompletableFuture<Embedding>> result =
          batcher.trySubmit(all.get(i).text(), all.get(i).promptName(), lane);
      if (result.isEmpty()) {
        exchange.fail(EmbedHandler.busy());
        return;
      }
      int index = i;
      futures.set(i, result.get());
      var unused =
          result.get().whenComplete((found, failure) -> arrived(index, found, failure, broken));
    }
    if (exchange.isAnswered()) {
      cancel(); // it may have ended before the last one was submitted
    }
  }

  /** The client has hung up. */
  void hungUp() {
    if (!exchange.isAnswered()) {
      metrics.hungUp();
      exchange.abort("The client hung up.");
    }
    cancel();
  }

  private void cancel() {
    for (int i = 0; i < futures.length(); i++) {
      CompletableFuture<Embedding> future = futures.get(i);
      if (future != null) {
        future.cancel(/* mayInterruptIfRunning= */ false);
      }
    }
  }

  private void arrived(
      int index,
      @Nullable Embedding found,
      @Nullable Throwable failure,
      Consumer<InferenceException> broken) {
    if (exchange.isAnswered()) {
      return;
    }
    if (found == null) {
      if (failure instanceof InferenceException inference) {
        broken.accept(inference);
      }
      exchange.fail(explained(index, failure));
      return;
    }
    results.set(index, found);
    Run run = ServedEmbedder.lastRun();
    if (run != null) {
      queueNanos.accumulate(run.startNanos() - startNanos);
      runNanos.accumulate(run.endNanos() - run.startNanos());
    }
    if (pending.decrementAndGet() == 0) {
      exchange.request().getComponents().getExecutor().execute(this::answer);
    }
  }

  private RequestException explained(int index, @Nullable Throwable failure) {
    if (failure instanceof TextRejectedException rejected) {
      Kind kind = rejected.reason() == Reason.INFERENCE_FAILED ? Kind.FAILED : Kind.INVALID;
      String message =
          "Input %d of %d: %s".formatted(index + 1, request.inputs().size(), rejected.getMessage());
      return new RequestException(kind, message, "input", rejected);
    }
    if (failure instanceof CancellationException) {
      return new RequestException(Kind.UNAVAILABLE, "The server is shutting down.");
    }
    return new RequestException(Kind.FAILED, "The model failed.", null, failure);
  }

  private void answer() {
    try {
      List<float[]> vectors = new ArrayList<>(results.length());
      long tokens = 0;
      int truncated = 0;
      for (int i = 0; i < results.length(); i++) {
        Embedding pooled = requireNonNull(results.get(i), "an embedding");
        vectors.add(ServedModel.vector(pooled, dimensions, request.options().normalize()));
        tokens += pooled.tokens();
        truncated += pooled.truncated() ? 1 : 0;
        metrics.input(pooled.tokens());
      }
      setHeaders(tokens, truncated);
      exchange.answerJson(
          exchange
              .dialect()
              .write(
                  new EmbedAnswer(
                      model.description().name(),
                      vectors,
                      tokens,
                      truncated,
                      request.options().encoding())));
      metrics.times(queueNanos.get(), runNanos.get());
    } catch (RuntimeException | Error e) { // a vector without norm, or no memory
      exchange.fail(new RequestException(Kind.FAILED, "Cannot make the answer.", null, e));
      if (e instanceof Error error) {
        throw error;
      }
    }
  }

  private void setHeaders(long tokens, int truncated) {
    if (request.options().normalize()) {
      exchange.headers().put("x-streambed-space", model.space(dimensions).toString());
    }
    exchange.headers().put("x-streambed-truncated", Integer.toString(truncated));
    exchange.headers().put("x-compute-tokens", Long.toString(tokens));
    exchange.headers().put("x-queue-time", millis(queueNanos.get()));
    exchange.headers().put("x-inference-time", millis(runNanos.get()));
    exchange.headers().put("x-total-time", millis(System.nanoTime() - startNanos));
  }

  private static String millis(long nanos) {
    return Long.toString(nanos / 1_000_000);
  }
}
