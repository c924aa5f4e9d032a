package dev.streambed.benchmarks.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.flink.annotation.Internal;

/**
 * The findings of a benchmark, and all that is needed to repeat it: as Markdown, as JSON and as a
 * chart.
 *
 * @param name of the folder under benchmarks/results
 * @param title for people
 * @param command that repeats it
 * @param settings what else matters, in order: options, versions
 * @param sections the figures
 * @param targets what the figures should be
 * @param remarks for people, a sentence or two each
 */
@Internal
public record BenchmarkReport(
    String name,
    String title,
    String command,
    Instant date,
    Machine machine,
    Map<String, String> settings,
    List<Section> sections,
    List<Target> targets,
    List<String> remarks) {

  private static final double NEARLY_ONE = 0.99;

  /**
   * Figures that can be compared with each other.
   *
   * @param unit of all values
   * @param chart whether they are worth a picture
   */
  public record Section(String title, String unit, List<Measurement> measurements, Chart chart) {}

  /** Whether a section is drawn. */
  public enum Chart {
    BARS,
    NONE
  }

  /**
   * A figure that was asked for.
   *
   * @param wanted such as "at least 0.95"
   * @param found such as "0.97 (0.96 to 0.98)"
   */
  public record Target(String what, String wanted, String found, boolean reached) {
    public static Target atLeast(String what, double wanted, Measurement found) {
      return new Target(
          what, "at least " + number(wanted), withSpread(found), found.median() >= wanted);
    }

    public static Target atMost(String what, double wanted, Measurement found) {
      return new Target(
          what, "at most " + number(wanted), withSpread(found), found.median() <= wanted);
    }
  }

  /** Round by round how many times the first is of the second: measured side by side. */
  public static Measurement ratio(String name, Measurement first, Measurement second) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(first.values().size(), second.values().size()); i++) {
      ratios.add(first.values().get(i) / second.values().get(i));
    }
    return Measurement.of(name, ratios);
  }

  /** Writes result.md, result.json and result.svg; gives the folder. */
  public Path write(Path results) throws IOException {
    Path folder = Files.createDirectories(results.resolve(name));
    Files.writeString(folder.resolve("result.md"), markdown());
    Files.writeString(folder.resolve("result.json"), json());
    Files.writeString(folder.resolve("result.svg"), new BarChart(title, sections).svg());
    return folder;
  }

  String markdown() {
    var text = new StringBuilder();
    text.append("# ").append(title).append("\n\n");
    text.append("![](result.svg)\n\n");
    for (Section section : sections) {
      text.append("## ").append(section.title).append("\n\n").append(table(section)).append('\n');
    }
    if (!targets.isEmpty()) {
      text.append("## Against the targets\n\n").append(targetTable()).append('\n');
    }
    if (!remarks.isEmpty()) {
      text.append("## Remarks\n\n");
      remarks.forEach(remark -> text.append("* ").append(remark).append('\n'));
      text.append('\n');
    }
    text.append("## How\n\n| | |\n|---|---|\n");
    text.append(row(List.of("command", "`" + command + "`")));
    text.append(row(List.of("date", seconds(date))));
    text.append(row(List.of("machine", machine.describe())));
    settings.forEach((setting, value) -> text.append(row(List.of(setting, value))));
    return text.toString();
  }

  /** Only the figures and their targets. */
  public String summary() {
    var text = new StringBuilder();
    for (Section section : sections) {
      text.append(section.title).append("\n\n").append(table(section)).append('\n');
    }
    if (!targets.isEmpty()) {
      text.append("Against the targets\n\n").append(targetTable());
    }
    return text.toString();
  }

  private static String table(Section section) {
    Set<String> details = new LinkedHashSet<>();
    section.measurements.forEach(measurement -> details.addAll(measurement.details().keySet()));
    List<String> heading =
        new ArrayList<>(List.of("", section.unit + ", median", "lowest", "highest", "rounds"));
    heading.addAll(details);
    var text = new StringBuilder(row(heading));
    text.append("|---|").append("---:|".repeat(4)).append("---|".repeat(details.size()));
    text.append('\n');
    for (Measurement measurement : section.measurements) {
      List<String> cells =
          new ArrayList<>(
              List.of(
                  measurement.name(),
                  number(measurement.median()),
                  number(measurement.minimum()),
                  number(measurement.maximum()),
                  Integer.toString(measurement.values().size())));
      details.forEach(detail -> cells.add(measurement.details().getOrDefault(detail, "")));
      text.append(row(cells));
    }
    return text.toString();
  }

  private String targetTable() {
    var text = new StringBuilder(row(List.of("", "wanted", "found", "reached")));
    text.append("|---|---|---|---|\n");
    for (Target target : targets) {
      text.append(
          row(
              List.of(
                  target.what, target.wanted, target.found, target.reached ? "yes" : "**no**")));
    }
    return text.toString();
  }

  String json() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("name", name).put("title", title).put("command", command).put("date", seconds(date));
    root.set("machine", mapper.valueToTree(machine));
    root.set("settings", mapper.valueToTree(settings));
    ArrayNode list = root.putArray("sections");
    for (Section section : sections) {
      ObjectNode node = list.addObject().put("title", section.title).put("unit", section.unit);
      ArrayNode figures = node.putArray("measurements");
      for (Measurement measurement : section.measurements) {
        ObjectNode figure = figures.addObject().put("name", measurement.name());
        figure.put("median", measurement.median());
        figure.put("lowest", measurement.minimum()).put("highest", measurement.maximum());
        figure.set("rounds", mapper.valueToTree(measurement.values()));
        figure.set("details", mapper.valueToTree(measurement.details()));
      }
    }
    root.set("targets", mapper.valueToTree(targets));
    root.set("remarks", mapper.valueToTree(remarks));
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  public static String withSpread(Measurement measurement) {
    return "%s (%s to %s)"
        .formatted(
            number(measurement.median()),
            number(measurement.minimum()),
            number(measurement.maximum()));
  }

  /**
   * Three significant digits, and all digits before the point; five of what is nearly one, as
   * cosines are.
   */
  public static String number(double value) {
    double size = Math.abs(value);
    int decimals =
        size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= NEARLY_ONE ? 5 : 3;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  private static String seconds(Instant date) {
    return date.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }
}
