package dev.streambed.benchmarks.serve;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.MicroBatcher;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Many callers of one text each: over HTTP, against callers of a bare batcher in this process, and
 * of a peer's server. They take turns with the same texts.
 */
final class Throughput {
  private static final double WANTED = 0.95;
  private static final int MAX_WAITING = 8192; // the server's default
  private static final int OWN_ROWS = 2;

  private final ServeSettings settings;
  private final int callers;
  private final List<Row> rows = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  /**
   * Makes callers for one pass: servers close connections that are idle while others have their
   * turn.
   */
  private interface Callers {
    List<? extends Caller> open() throws IOException;
  }

  /** Somebody whose callers are measured. */
  private static final class Row {
    private final String name;
    private final Callers callers;
    private final List<Double> rates = new ArrayList<>();
    private final List<Double> ownCpu = new ArrayList<>();

    Row(String name, Callers callers) {
      this.name = name;
      this.callers = callers;
    }

    Measurement rate() {
      return new Measurement(
          name,
          rates,
          Map.of(
              "CPU of this process, of one core",
              BenchmarkReport.withSpread(Measurement.of("CPU", ownCpu))));
    }
  }

  Throughput(ServeSettings settings, int callers) {
    this.settings = settings;
    this.callers = callers;
  }

  /**
   * Measures.
   *
   * @param peer null if there is none
   */
  Findings measure(ServedProcess served, @Nullable ServedProcess peer)
      throws IOException, InterruptedException {
    List<byte[]> bodies = Bodies.single(settings.texts());
    // As the server's own: EmbeddingServer.
    var options = new BatcherOptions(ServeSettings.workers(), 2 * MAX_WAITING, 0);
    try (var batcher =
        new MicroBatcher(
            settings.embedder(), BatchPolicy.forDevice(settings.embedder().device()), options)) {
      rows.add(new Row("over HTTP", () -> connect(served, bodies)));
      Caller bare = text -> batcher.submit(settings.texts().get(text), null).get();
      rows.add(new Row("bare batcher", () -> Collections.nCopies(callers, bare)));
      if (peer != null) {
        rows.add(new Row("transformers.js behind Node's HTTP server", () -> connect(peer, bodies)));
      }
      long tokens = settings.tokens();
      for (int round = 0; round <= settings.rounds(); round++) {
        List<Row> order = new ArrayList<>(rows);
        Collections.rotate(order, -round); // none always follows the same one
        for (Row row : order) {
          Progress.say(
              round == 0
                  ? "warming up: " + row.name
                  : "round %d of %d: %s".formatted(round, settings.rounds(), row.name));
          try {
            pass(row, tokens, /* counts= */ round > 0);
          } catch (IOException e) {
            leaveOut(row, e);
          }
        }
      }
      return findings();
    }
  }

  /** Goes on without the peer, or ends if it is no peer. */
  private void leaveOut(Row row, IOException reason) throws IOException {
    if (rows.indexOf(row) < OWN_ROWS) {
      throw reason;
    }
    rows.remove(row);
    remarks.add("%s was left out: %s".formatted(row.name, reason.getMessage()));
    Progress.say(remarks.get(remarks.size() - 1));
  }

  private List<HttpCaller> connect(ServedProcess served, List<byte[]> bodies) throws IOException {
    List<HttpCaller> connected = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      connected.add(new HttpCaller(served.port(), Bodies.PATH, bodies));
    }
    return connected;
  }

  private void pass(Row row, long tokens, boolean counts) throws IOException, InterruptedException {
    List<? extends Caller> open = row.callers.open();
    double before = cpuSeconds();
    double seconds = Caller.share(open, settings.texts().size());
    if (counts) {
      row.rates.add(tokens / seconds);
      row.ownCpu.add((cpuSeconds() - before) / seconds);
    }
    for (Caller each : open) {
      each.close();
    }
  }

  private static double cpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime() / 1e9
        : Double.NaN;
  }

  private Findings findings() {
    List<Measurement> rates = rows.stream().map(Row::rate).toList();
    Measurement http = rates.get(0);
    List<Measurement> ratios =
        IntStream.range(1, rates.size())
            .mapToObj(
                i ->
                    BenchmarkReport.ratio("over HTTP / " + rates.get(i).name(), http, rates.get(i)))
            .toList();
    return new Findings(
        List.of(
            new Section(
                "%d callers of one text each".formatted(callers), "tokens/s", rates, Chart.BARS),
            new Section("The same, in turns", "times", ratios, Chart.NONE)),
        List.of(
            Target.atLeast(
                "tokens/s of %d callers over HTTP, against the bare batcher".formatted(callers),
                WANTED,
                ratios.get(0))),
        remarks);
  }
}
