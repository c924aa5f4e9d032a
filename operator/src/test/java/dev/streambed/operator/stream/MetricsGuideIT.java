package dev.streambed.operator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

/** Compares the metrics of a job in a mini-cluster with those that docs/metrics.md promises. */
class MetricsGuideIT {
  private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| (\\w+) \\|.*");
  private static final String GROUP = ".embedding.";

  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());

  @Test
  void aReporterSeesTheMetricsOfTheGuideAndNoOthers() throws Exception {
    Map<String, Metric> reported = metricsOfAJob();

    Map<String, String> kinds = new TreeMap<>();
    reported.forEach((name, metric) -> kinds.put(general(name), kind(metric)));
    assertThat(kinds).isEqualTo(guide());
    assertThat(count(reported, "texts")).isEqualTo(3);
    assertThat(count(reported, "failures.BLANK")).isEqualTo(1);
    assertThat(value(reported, "model." + model.digest() + ".info")).isEqualTo(1);
    assertThat(value(reported, "maxBatchTokens")).isEqualTo(512);
    assertThat(value(reported, "workers")).isEqualTo(1);
    assertThat(value(reported, "device")).isEqualTo(-1);
    assertThat(value(reported, "queueLength")).isEqualTo(0);
  }

  private Map<String, Metric> metricsOfAJob() throws Exception {
    InMemoryReporter reporter = InMemoryReporter.createWithRetainedMetrics();
    try {
      var environment =
          StreamExecutionEnvironment.createLocalEnvironment(
              1, reporter.addToConfiguration(new Configuration()));
      List<Line> lines =
          List.of(
              new Line(0, "war"), new Line(1, " "), new Line(2, "peace"), new Line(3, "people"));
      StreamEmbedder.<Line>builder()
          .setModelDirectory(model.path().toString())
          .setText(Line::text)
          .setFailures(Line.FAILED)
          .build()
          .embed(environment.fromData(lines, Line.TYPE))
          .sinkTo(new DiscardingSink<>());
      JobID job = environment.execute().getJobID();
      Map<String, Metric> metrics = new TreeMap<>();
      reporter
          .getMetricsByIdentifiers(job)
          .forEach(
              (identifier, metric) -> {
                int group = identifier.indexOf(GROUP);
                if (group >= 0) {
                  metrics.put(identifier.substring(group + GROUP.length()), metric);
                }
              });
      return metrics;
    } finally {
      reporter.close();
    }
  }

  /** As the guide has it, with a word for what varies. */
  private String general(String name) {
    return name.replaceAll("failures\\.[A-Z_]+", "failures.REASON")
        .replace(model.digest(), "DIGEST");
  }

  private static String kind(Metric metric) {
    if (metric instanceof Counter) {
      return "counter";
    }
    if (metric instanceof Histogram) {
      return "histogram";
    }
    assertThat(metric).isInstanceOf(Gauge.class);
    return "gauge";
  }

  private static long count(Map<String, Metric> metrics, String name) {
    return ((Counter) Objects.requireNonNull(metrics.get(name))).getCount();
  }

  private static Object value(Map<String, Metric> metrics, String name) {
    return ((Gauge<?>) Objects.requireNonNull(metrics.get(name))).getValue();
  }

  private static Map<String, String> guide() throws IOException {
    String guide = Files.readString(Path.of("../docs/metrics.md"));
    String table =
        guide.substring(
            guide.indexOf("<!-- metrics:start -->"), guide.indexOf("<!-- metrics:end -->"));
    Map<String, String> kinds = new TreeMap<>();
    for (String line : table.lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        kinds.put(row.group(1), row.group(2));
      }
    }
    assertThat(kinds).isNotEmpty();
    return kinds;
  }
}
