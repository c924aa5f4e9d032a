package dev.streambed.benchmarks.serve;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.cli.terminal.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Queries of one caller while another one keeps the server busy with lists of documents. Their time
 * is given in times of a batch, which is what the workers were busy with, on average: a query waits
 * for a batch that runs, and then for its own.
 */
final class QueriesBesideBulk {
  private static final double WANTED_BATCHES = 3;
  private static final int BULK_CONNECTIONS = 8;
  private static final int BULK_TEXTS = 64; // of a request
  private static final int QUERY_WORDS = 8;
  private static final int MAX_PAUSE_MILLIS = 50; // between two queries
  private static final double NANOS_PER_MILLI = 1e6;
  private static final String BATCHES = "te_batch_next_size_count";

  private final ServeSettings settings;
  private final List<Double> medians = new ArrayList<>();
  private final List<Double> worst = new ArrayList<>();
  private final List<Double> batches = new ArrayList<>();
  private final List<Double> counts = new ArrayList<>();

  QueriesBesideBulk(ServeSettings settings) {
    this.settings = settings;
  }

  Findings measure(ServedProcess served) throws IOException, InterruptedException {
    List<byte[]> lists =
        Bodies.lists(settings.texts(), Math.min(BULK_TEXTS, settings.texts().size()));
    var end = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(BULK_CONNECTIONS);
    List<Future<?>> bulk = new ArrayList<>();
    try {
      for (int i = 0; i < BULK_CONNECTIONS; i++) {
        int first = i;
        bulk.add(threads.submit(() -> sendLists(served, lists, first, end)));
      }
      for (int round = 0; round <= settings.rounds(); round++) {
        Progress.say(
            "queries beside a bulk client: "
                + (round == 0
                    ? "warming up"
                    : "round %d of %d".formatted(round, settings.rounds())));
        round(served, round);
      }
      end.set(true);
      for (Future<?> each : bulk) {
        each.get();
      }
      return findings();
    } catch (ExecutionException e) {
      throw new IOException("The bulk client failed: " + e.getCause(), e);
    } finally {
      end.set(true);
      threads.shutdownNow();
    }
  }

  private static Void sendLists(
      ServedProcess served, List<byte[]> lists, int first, AtomicBoolean end) throws IOException {
    try (var caller = new HttpCaller(served.port(), Bodies.PATH, lists)) {
      for (int i = first; !end.get(); i++) {
        caller.call(i % lists.size());
      }
    }
    return null;
  }

  private void round(ServedProcess served, int round) throws IOException, InterruptedException {
    List<byte[]> queries =
        Bodies.single(settings.texts().stream().map(QueriesBesideBulk::beginning).toList());
    var pauses = new Random(round);
    List<Double> times = new ArrayList<>();
    try (var caller = new HttpCaller(served.port(), Bodies.PATH, queries)) {
      double batchesBefore = served.metric(BATCHES);
      long start = System.nanoTime();
      while (System.nanoTime() - start < settings.length().toNanos()) {
        long asked = System.nanoTime();
        caller.call(times.size() % queries.size());
        times.add((System.nanoTime() - asked) / NANOS_PER_MILLI);
        TimeUnit.MILLISECONDS.sleep(pauses.nextInt(MAX_PAUSE_MILLIS));
      }
      double millis = (System.nanoTime() - start) / NANOS_PER_MILLI;
      if (round > 0) {
        batches.add(ServeSettings.workers() * millis / (served.metric(BATCHES) - batchesBefore));
        medians.add(Quantiles.of(times, 0.5));
        worst.add(Quantiles.of(times, 0.99));
        counts.add((double) times.size());
      }
    }
  }

  private static String beginning(String text) {
    String[] words = text.split(" ", QUERY_WORDS + 1);
    return String.join(" ", List.of(words).subList(0, Math.min(QUERY_WORDS, words.length)));
  }

  private Findings findings() {
    Measurement inBatches =
        BenchmarkReport.ratio(
            "99 % of queries / a batch", Measurement.of("", worst), Measurement.of("", batches));
    return new Findings(
        List.of(
            new Section(
                "Queries beside a bulk client, %s per round"
                    .formatted(BenchmarkReport.withSpread(Measurement.of("", counts))),
                "ms",
                List.of(
                    Measurement.of("half of the queries, at most", medians),
                    Measurement.of("99 % of the queries, at most", worst),
                    Measurement.of("a batch, on average", batches)),
                Chart.NONE),
            new Section("The same", "times", List.of(inBatches), Chart.NONE)),
        List.of(
            Target.atMost(
                "99 % of queries beside a bulk client, in times of a batch",
                WANTED_BATCHES, inBatches)),
        List.of());
  }
}
