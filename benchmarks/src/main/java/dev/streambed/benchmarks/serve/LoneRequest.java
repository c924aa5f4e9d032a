package dev.streambed.benchmarks.serve;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One caller of one text at a time: over HTTP, and by the bare embedder in this process, text by
 * text. What HTTP adds to a text is the difference of the two; a round has the median of all texts.
 */
final class LoneRequest {
  private static final double WANTED_MILLIS = 2;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final int WARM_UP_ROUNDS = 1;

  private final ServeSettings settings;
  private final Map<String, List<Double>> medians = new LinkedHashMap<>();

  LoneRequest(ServeSettings settings) {
    this.settings = settings;
  }

  /**
   * Measures.
   *
   * @param peer null if there is none
   */
  Findings measure(ServedProcess served, @Nullable ServedProcess peer) throws Exception {
    List<byte[]> bodies = Bodies.single(settings.texts());
    try (var http = new HttpCaller(served.port(), Bodies.PATH, bodies);
        var ofPeer = peer == null ? null : new HttpCaller(peer.port(), Bodies.PATH, bodies)) {
      for (int round = 1 - WARM_UP_ROUNDS; round <= settings.rounds(); round++) {
        Progress.say("lone requests: round %d of %d".formatted(round, settings.rounds()));
        Map<String, List<Double>> times = round(http, ofPeer);
        if (round > 0) {
          times.forEach(
              (name, values) ->
                  medians
                      .computeIfAbsent(name, each -> new ArrayList<>())
                      .add(Quantiles.of(values, 0.5)));
        }
      }
    }
    return findings();
  }

  private Map<String, List<Double>> round(HttpCaller http, @Nullable HttpCaller ofPeer)
      throws Exception {
    Map<String, List<Double>> times = new LinkedHashMap<>();
    for (int text = 0; text < settings.texts().size(); text++) {
      double served;
      double bare;
      if (text % 2 == 0) {
        served = millis(http, text);
        bare = millis(this::embed, text);
      } else {
        bare = millis(this::embed, text);
        served = millis(http, text);
      }
      add(times, "over HTTP", served);
      add(times, "bare embedder", bare);
      add(times, "added by HTTP", served - bare);
      if (ofPeer != null) {
        add(times, "transformers.js behind Node's HTTP server", millis(ofPeer, text));
      }
    }
    return times;
  }

  private static void add(Map<String, List<Double>> times, String name, double value) {
    times.computeIfAbsent(name, each -> new ArrayList<>()).add(value);
  }

  private void embed(int text) {
    OnnxTextEmbedder embedder = settings.embedder();
    embedder.embed(List.of(embedder.tokenise(settings.texts().get(text), null)));
  }

  private static double millis(Caller caller, int text) throws Exception {
    long start = System.nanoTime();
    caller.call(text);
    return (System.nanoTime() - start) / NANOS_PER_MILLI;
  }

  private Findings findings() throws IOException {
    List<Measurement> found = new ArrayList<>();
    medians.forEach((name, values) -> found.add(Measurement.of(name, values)));
    Measurement added =
        found.stream().filter(each -> each.name().startsWith("added")).findFirst().orElseThrow();
    return new Findings(
        List.of(
            new Section(
                "A lone request of one text, median of all texts", "ms", found, Chart.NONE)),
        List.of(Target.atMost("latency added to a lone request, ms", WANTED_MILLIS, added)),
        List.of());
  }
}
