package dev.streambed.benchmarks.report;

import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import java.util.List;
import java.util.Locale;

/** Draws a bar for each median, with a whisker from the lowest to the highest value, as SVG. */
final class BarChart {
  private static final int WIDTH = 800;
  private static final int LEFT = 300; // where bars begin; names stand before
  private static final int RIGHT = 700; // where the longest bar ends; its number follows
  private static final int BAR = 18;
  private static final int STEP = 28;
  private static final int HEADING = 34;

  private final String title;
  private final List<Section> sections;

  BarChart(String title, List<Section> sections) {
    this.title = title;
    this.sections = sections.stream().filter(section -> section.chart() == Chart.BARS).toList();
  }

  String svg() {
    int height = HEADING + 10;
    for (Section section : sections) {
      height += HEADING + STEP * section.measurements().size();
    }
    var out = new StringBuilder();
    out.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                + " font-family=\"sans-serif\" font-size=\"13\">\n",
            WIDTH, height, WIDTH, height));
    out.append(format("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, height));
    out.append(text(16, 22, "start", "font-weight=\"bold\" font-size=\"15\"", title));
    int top = HEADING;
    for (Section section : sections) {
      draw(section, top, out);
      top += HEADING + STEP * section.measurements().size();
    }
    return out.append("</svg>\n").toString();
  }

  private static void draw(Section section, int top, StringBuilder out) {
    out.append(
        text(
            16,
            top + 22,
            "start",
            "fill=\"#444444\"",
            section.title() + ", " + section.unit() + " (median, lowest to highest)"));
    double largest =
        section.measurements().stream().mapToDouble(Measurement::maximum).max().orElse(1);
    double scale = largest > 0 ? (RIGHT - LEFT) / largest : 0;
    int y = top + HEADING;
    for (Measurement measurement : section.measurements()) {
      double end = LEFT + measurement.median() * scale;
      double low = LEFT + measurement.minimum() * scale;
      double high = LEFT + measurement.maximum() * scale;
      int middle = y + BAR / 2;
      out.append(text(LEFT - 8, middle + 5, "end", "", measurement.name()));
      out.append(
          format(
              "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#4c78a8\"/>\n",
              LEFT, y, end - LEFT, BAR));
      out.append(
          format(
              "<path d=\"M%.1f %d H%.1f M%.1f %d v8 M%.1f %d v8\" stroke=\"#222222\" fill=\"none\"/>\n",
              low, middle, high, low, middle - 4, high, middle - 4));
      out.append(
          text(
              Math.max(end, high) + 8,
              middle + 5,
              "start",
              "",
              BenchmarkReport.number(measurement.median())));
      y += STEP;
    }
  }

  private static String text(double x, int y, String anchor, String style, String content) {
    return format(
        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" %s>%s</text>\n",
        x, y, anchor, style, escape(content));
  }

  private static String escape(String content) {
    return content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
