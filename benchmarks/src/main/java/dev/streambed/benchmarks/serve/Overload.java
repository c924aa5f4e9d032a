package dev.streambed.benchmarks.serve;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.cli.terminal.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Ten times as much as the server embeds, at an even pace, for as long as a round takes. Each
 * request must get an answer: vectors, or a refusal with 429 or 503; and memory must not grow.
 */
final class Overload {
  private static final int TIMES = 10;
  private static final int TEXTS_OF_REQUEST = 16;
  private static final int CONNECTIONS = 64; // more than the requests that are accepted at a time
  private static final int MINUTES_TO_ANSWER = 3;
  private static final double MAX_GROWTH = 1.05;

  /** Accepts few, so that a round is long against the time of what waits: options of serve. */
  private static final String[] OPTIONS = {"--max-waiting", "512", "--max-inputs", "64"};

  private final ServeSettings settings;
  private final List<Double> offered = new ArrayList<>();
  private final List<Double> answered = new ArrayList<>();
  private final List<Double> refused = new ArrayList<>();
  private final List<Double> lost = new ArrayList<>();
  private final List<Double> resident = new ArrayList<>();
  private final List<Double> live = new ArrayList<>();

  Overload(ServeSettings settings) {
    this.settings = settings;
  }

  Findings measure() throws Exception {
    try (ServedProcess served =
        ServedProcess.streambed(settings.model(), settings.work(), OPTIONS)) {
      Progress.say("overload: how much is embedded without it");
      double capacity = capacity(served);
      for (int round = 0; round <= settings.rounds(); round++) {
        Progress.say(
            "overload: "
                + (round == 0
                    ? "warming up"
                    : "round %d of %d".formatted(round, settings.rounds())));
        round(served, TIMES * capacity / TEXTS_OF_REQUEST, /* counts= */ round > 0);
      }
    }
    return findings();
  }

  /** Texts per second. */
  private double capacity(ServedProcess served) throws Exception {
    List<byte[]> lists = lists();
    List<HttpCaller> callers = new ArrayList<>();
    try {
      for (int i = 0; i < 2 * ServeSettings.workers(); i++) {
        callers.add(new HttpCaller(served.port(), Bodies.PATH, lists));
      }
      return lists.size() * TEXTS_OF_REQUEST / Caller.share(callers, lists.size());
    } finally {
      for (HttpCaller each : callers) {
        each.close();
      }
    }
  }

  private List<byte[]> lists() throws IOException {
    return Bodies.lists(settings.texts(), TEXTS_OF_REQUEST);
  }

  private void round(ServedProcess served, double requestsPerSecond, boolean counts)
      throws Exception {
    List<byte[]> lists = lists();
    ConcurrentHashMap<Integer, LongAdder> statuses = new ConcurrentHashMap<>();
    AtomicLong next = new AtomicLong();
    LongAdder failed = new LongAdder();
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    long start = System.nanoTime();
    for (int i = 0; i < CONNECTIONS; i++) {
      threads.execute(
          () -> {
            try (var caller = new HttpCaller(served.port(), Bodies.PATH, lists)) {
              for (long number = next.getAndIncrement();
                  number < requestsPerSecond * settings.length().toSeconds();
                  number = next.getAndIncrement()) {
                long due = start + (long) (number / requestsPerSecond * 1e9);
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                int status = caller.post((int) (number % lists.size())).status();
                statuses.computeIfAbsent(status, each -> new LongAdder()).increment();
              }
            } catch (IOException | InterruptedException e) {
              failed.increment();
              Progress.say("a request was lost: " + e);
            }
          });
    }
    threads.shutdown();
    if (!threads.awaitTermination(MINUTES_TO_ANSWER, TimeUnit.MINUTES)) {
      throw new IOException(
          "The server did not answer within %d minutes.".formatted(MINUTES_TO_ANSWER));
    }
    if (counts) {
      double all = statuses.values().stream().mapToDouble(LongAdder::sum).sum() + failed.sum();
      double seconds = (System.nanoTime() - start) / 1e9;
      offered.add(all * TEXTS_OF_REQUEST / seconds);
      double vectors = count(statuses, 200);
      double refusals = count(statuses, 429) + count(statuses, 503);
      answered.add(vectors);
      refused.add(refusals);
      lost.add(all - vectors - refusals);
      resident.add(served.residentMiB());
      live.add(served.liveHeapMiB());
    }
  }

  private static double count(ConcurrentHashMap<Integer, LongAdder> statuses, int status) {
    LongAdder count = statuses.get(status);
    return count == null ? 0 : count.sum();
  }

  private Findings findings() {
    return new Findings(
        List.of(
            new Section(
                "Overload of %d times: requests of %d texts, per round"
                    .formatted(TIMES, TEXTS_OF_REQUEST),
                "requests",
                List.of(
                    Measurement.of("answered with vectors", answered),
                    Measurement.of("refused with 429 or 503", refused),
                    Measurement.of("lost", lost)),
                Chart.NONE),
            new Section(
                "Texts sent, until the last answer",
                "texts/s",
                List.of(Measurement.of("sent", offered)),
                Chart.NONE),
            new Section(
                "Memory of the server after each round",
                "MiB",
                List.of(
                    Measurement.of("of the process", resident),
                    Measurement.of("heap after a collection", live)),
                Chart.NONE)),
        List.of(
            Target.atMost("requests lost under overload", 0, Measurement.of("", lost)),
            Target.atMost("growth of the process", MAX_GROWTH, growth(resident)),
            Target.atMost("growth of the heap", MAX_GROWTH, growth(live))),
        List.of(
            "A server of its own, with %s; growth is the last round against the first."
                .formatted(String.join(" ", OPTIONS))));
  }

  private static Measurement growth(List<Double> sizes) {
    return Measurement.of("growth", List.of(sizes.get(sizes.size() - 1) / sizes.get(0)));
  }
}
