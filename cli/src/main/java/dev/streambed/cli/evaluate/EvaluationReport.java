package dev.streambed.cli.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The figures of one or two models, as a table or as JSON. */
final class EvaluationReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String task;
  private final Map<String, Long> counts;
  private final EvaluationOptions options;
  private final List<Result> results = new ArrayList<>();
  private @Nullable Difference difference;

  private record Result(String model, String space, Map<String, Double> figures) {}

  private record Difference(String figure, double value, PairedBootstrap interval) {}

  /**
   * @param counts what was evaluated, by name
   */
  EvaluationReport(String task, Map<String, Long> counts, EvaluationOptions options) {
    this.task = task;
    this.counts = counts;
    this.options = options;
  }

  /** Adds a model, with figures in the order of their columns. */
  void add(String model, String space, Map<String, Double> figures) {
    results.add(new Result(model, space, figures));
  }

  /** Adds the difference of the first model to the second. */
  void compare(String figure, double value, PairedBootstrap interval) {
    difference = new Difference(figure, value, interval);
  }

  /** The report; ends with a line feed. */
  String text() {
    return options.isJson() ? json() : table();
  }

  private String json() {
    ObjectNode root = JSON.createObjectNode().put("task", task);
    counts.forEach(root::put);
    root.put("encoding", options.encoding().toString());
    var list = root.putArray("results");
    for (Result result : results) {
      ObjectNode one = list.addObject().put("model", result.model).put("space", result.space);
      result.figures.forEach(one::put);
    }
    if (difference != null) {
      root.putObject("difference")
          .put("figure", difference.figure)
          .put("value", difference.value)
          .put("low", difference.interval.low())
          .put("high", difference.interval.high());
    }
    return root + "\n";
  }

  private String table() {
    StringBuilder text = new StringBuilder(task).append(':');
    counts.forEach(
        (name, count) -> text.append(String.format(Locale.ROOT, " %,d %s,", count, name)));
    text.append(" vectors in ").append(options.encoding()).append('\n');
    int width = results.stream().mapToInt(result -> result.model.length()).max().orElse(0) + 2;
    List<String> columns = List.copyOf(results.get(0).figures.keySet());
    text.append(" ".repeat(width));
    columns.forEach(column -> text.append("%12s".formatted(column)));
    for (Result result : results) {
      text.append(("\n%-" + width + "s").formatted(result.model));
      for (String column : columns) {
        text.append(String.format(Locale.ROOT, "%12.4f", result.figures.get(column)));
      }
      text.append("   ").append(result.space);
    }
    if (difference != null) {
      text.append(
          String.format(
              Locale.ROOT,
              "%nThe second has %+.4f %s: %+.4f to %+.4f in 95 %% of %,d resamples",
              difference.value,
              difference.figure,
              difference.interval.low(),
              difference.interval.high(),
              PairedBootstrap.RESAMPLES));
    }
    return text.append('\n').toString();
  }
}
