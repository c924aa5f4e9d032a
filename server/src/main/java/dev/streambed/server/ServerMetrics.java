package dev.streambed.server;

import dev.streambed.embedder.batch.BatchListener;
import dev.streambed.server.dialect.RequestException.Kind;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/**
 * The numbers of a server, in the text format of Prometheus and under the names of
 * text-embeddings-inference where it has them. Thread-safe.
 */
final class ServerMetrics implements BatchListener {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double[] SECONDS = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
  };
  private static final double[] POWERS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384};

  private final LongAdder requests = new LongAdder();
  private final LongAdder successes = new LongAdder();
  private final Map<Kind, LongAdder> failures = new EnumMap<>(Kind.class);
  private final LongAdder hangUps = new LongAdder();
  private final LongAdder reused = new LongAdder();
  private final Histogram duration = new Histogram(SECONDS);
  private final Histogram queued = new Histogram(SECONDS);
  private final Histogram inference = new Histogram(SECONDS);
  private final Histogram inputTokens = new Histogram(POWERS);
  private final Histogram batchTexts = new Histogram(POWERS);
  private final Histogram batchTokens = new Histogram(POWERS);

  /** Counts of values up to each bound, as Prometheus wants them. */
  private static final class Histogram {
    private final double[] bounds;
    private final LongAdder[] counts;
    private final DoubleAdder sum = new DoubleAdder();

    Histogram(double[] bounds) {
      this.bounds = bounds;
      this.counts = new LongAdder[bounds.length + 1];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = new LongAdder();
      }
    }

    void add(double value) {
      int i = 0;
      while (i < bounds.length && value > bounds[i]) {
        i++;
      }
      counts[i].increment();
      sum.add(value);
    }

    void write(StringBuilder out, String name) {
      out.append("# TYPE %s histogram\n".formatted(name));
      long all = 0;
      for (int i = 0; i < counts.length; i++) {
        all += counts[i].sum();
        String bound = i < bounds.length ? Double.toString(bounds[i]) : "+Inf";
        out.append("%s_bucket{le=\"%s\"} %d\n".formatted(name, bound, all));
      }
      out.append(String.format(Locale.ROOT, "%s_sum %s\n", name, sum.sum()));
      out.append("%s_count %d\n".formatted(name, all));
    }
  }

  ServerMetrics() {
    for (Kind kind : Kind.values()) {
      failures.put(kind, new LongAdder());
    }
  }

  void request() {
    requests.increment();
  }

  void succeeded(long nanos) {
    successes.increment();
    duration.add(nanos / NANOS_PER_SECOND);
  }

  void failed(Kind kind) {
    LongAdder count = failures.get(kind);
    if (count != null) { // always
      count.increment();
    }
  }

  void hungUp() {
    hangUps.increment();
  }

  void input(int tokens) {
    inputTokens.add(tokens);
  }

  void times(long queueNanos, long inferenceNanos) {
    queued.add(queueNanos / NANOS_PER_SECOND);
    inference.add(inferenceNanos / NANOS_PER_SECOND);
  }

  @Override
  public void tokenised(int texts, long nanos) {
    // TEI's tokenisation is per request; here it is in the time in the queue
  }

  @Override
  public void waited(long nanos) {
    // per text; requests have the longest of theirs
  }

  @Override
  public void embedded(int texts, int tokens, int paddedTokens, long nanos) {
    batchTexts.add(texts);
    batchTokens.add(paddedTokens);
  }

  @Override
  public void reused(int texts) {
    reused.add(texts);
  }

  @Override
  public void cacheHit() {
    reused.increment();
  }

  /**
   * All numbers.
   *
   * @param waiting inputs that were accepted and are not answered
   */
  String write(IntSupplier waiting) {
    var out = new StringBuilder();
    counter(out, "te_request_count", requests);
    counter(out, "te_request_success", successes);
    out.append("# TYPE te_request_failure counter\n");
    failures.forEach(
        (kind, count) ->
            out.append(
                "te_request_failure{err=\"%s\"} %d\n"
                    .formatted(kind.name().toLowerCase(Locale.ROOT), count.sum())));
    counter(out, "streambed_request_hung_up", hangUps);
    counter(out, "streambed_texts_reused", reused);
    out.append("# TYPE te_queue_size gauge\nte_queue_size %d\n".formatted(waiting.getAsInt()));
    duration.write(out, "te_request_duration");
    queued.write(out, "te_request_queue_duration");
    inference.write(out, "te_request_inference_duration");
    inputTokens.write(out, "te_request_input_length");
    batchTexts.write(out, "te_batch_next_size");
    batchTokens.write(out, "te_batch_next_tokens");
    return out.toString();
  }

  private static void counter(StringBuilder out, String name, LongAdder count) {
    out.append("# TYPE %s counter\n%s %d\n".formatted(name, name, count.sum()));
  }
}
