package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.pipeline.LatencyProbe.Latencies;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.embedder.model.ModelDirectory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.annotation.Internal;

/** How long a text takes at several shares of the capacity, against its bare inference. */
@Internal
public final class LatencyUnderLoad {
  private static final int[] PERCENT_OF_CAPACITY = {1, 10, 50};
  private static final double[] QUANTILES = {0.5, 0.99};
  private static final int FEWEST_TEXTS = 30;
  private static final int MOST_TEXTS = 1000;
  private static final int WARM_UP_TEXTS = 200;

  private final PipelineSettings settings;

  public LatencyUnderLoad(PipelineSettings settings) {
    this.settings = settings;
  }

  public Findings measure(Consumer<String> progress) throws Exception {
    Limit limit = Limit.open(settings.model(), settings.texts());
    double capacity = limit.rate() / limit.tokensPerText();
    List<Measurement> rows = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    try (LatencyProbe test =
        new LatencyProbe(
            ModelDirectory.open(settings.model().streambed()),
            settings.texts(),
            settings.cores())) {
      var unused = test.bare(WARM_UP_TEXTS);
      for (int percent : PERCENT_OF_CAPACITY) {
        progress.accept("latency at %d %% of %.0f texts/s".formatted(percent, capacity));
        double perSecond = capacity * percent / 100;
        int count = texts(perSecond);
        Latencies batched = test.batched(count, perSecond);
        // A lone run at 1 % finds cold caches, as a lone record does; more load has no pauses.
        Latencies bare = percent == 1 ? test.bare(count, perSecond) : test.bare(count);
        for (double quantile : QUANTILES) {
          rows.add(row(percent, quantile, batched, bare));
        }
        if (percent == 1) {
          targets.add(target(batched, bare));
        }
      }
    }
    return new Findings(
        List.of(new Section("From submission to embedding", "ms", rows, Chart.NONE)),
        targets,
        List.of(
            "Latency: from MicroBatcher.submit, which is what asyncInvoke calls, to the completed result; texts arrive at random (Poisson)."));
  }

  /** Two windows' worth, but enough for a quantile and no more than it needs. */
  private int texts(double perSecond) {
    double wanted = perSecond * settings.window().toSeconds() * 2;
    return (int) Math.max(FEWEST_TEXTS, Math.min(MOST_TEXTS, wanted));
  }

  private static Target target(Latencies batched, Latencies bare) {
    double added = batched.minus(bare).quantile(0.5);
    return Target.atMost(
        "latency at 1 % load beyond 10 % of bare inference, median of the texts, ms",
        1, Measurement.of("", List.of(added - 0.1 * bare.quantile(0.5))));
  }

  private static Measurement row(int percent, double quantile, Latencies batched, Latencies bare) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("bare inference", BenchmarkReport.number(bare.quantile(quantile)));
    details.put(
        "added, text by text", BenchmarkReport.number(batched.minus(bare).quantile(quantile)));
    details.put("texts", Integer.toString(batched.millis().length));
    return new Measurement(
        "%d %% of capacity, p%.0f".formatted(percent, quantile * 100),
        List.of(batched.quantile(quantile)),
        details);
  }
}
