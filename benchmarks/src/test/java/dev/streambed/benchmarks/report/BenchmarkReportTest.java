package dev.streambed.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkReportTest {
  private static final Measurement FAST =
      new Measurement("fast & good", List.of(300.0, 310.0, 290.0), Map.of("version", "1.28.0"));
  private static final Measurement SLOW = Measurement.of("slow", List.of(100.0, 155.0, 145.0));

  @Test
  void tableHasMedianAndSpread() {
    String markdown = report().markdown();

    assertThat(markdown)
        .contains(
            "| | texts/s, median | lowest | highest | rounds | version |".replace("| |", "|  |"))
        .contains("| fast & good | 300 | 290 | 310 | 3 | 1.28.0 |")
        .contains("| slow | 145 | 100 | 155 | 3 |  |");
  }

  @Test
  void tellsWhatIsNeededToRepeatIt() {
    String markdown = report().markdown();

    assertThat(markdown)
        .contains("| command | `./streambed benchmark x` |")
        .contains("| date | 2026-11-22T03:04:05Z |")
        .contains("| machine | 2 cores of Some CPU with avx2, 24 GiB, Linux 6, Some JVM 17 |")
        .contains("| texts | 7 |");
  }

  @Test
  void ratioComparesRoundByRound() {
    Measurement ratio = BenchmarkReport.ratio("fast to slow", FAST, SLOW);

    assertThat(ratio.values()).containsExactly(3.0, 2.0, 2.0); // 300/100, 310/155, 290/145
  }

  @Test
  void targetIsReachedByTheMedian() {
    Measurement ratio = BenchmarkReport.ratio("", FAST, SLOW);

    assertThat(Target.atLeast("speed", 2.0, ratio))
        .isEqualTo(new Target("speed", "at least 2.00", "2.00 (2.00 to 3.00)", true));
    assertThat(Target.atLeast("speed", 2.5, ratio).reached()).isFalse();
    assertThat(Target.atMost("speed", 1.5, ratio).reached()).isFalse();
  }

  @Test
  void jsonHasEveryRound() throws IOException {
    JsonNode json = new ObjectMapper().readTree(report().json());

    JsonNode slow = json.at("/sections/0/measurements/1");
    assertThat(slow.get("name").asText()).isEqualTo("slow");
    assertThat(slow.get("median").asDouble()).isEqualTo(145);
    assertThat(slow.get("rounds")).hasSize(3);
    assertThat(json.at("/machine/cores").asInt()).isEqualTo(2);
    assertThat(json.at("/targets/0/reached").asBoolean()).isTrue();
  }

  @Test
  void chartIsXmlWithABarForEachFigure(@TempDir Path results) throws Exception {
    Path folder = report().write(results);

    String svg = Files.readString(folder.resolve("result.svg"));
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    int background = 1;
    assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(background + 2);
    assertThat(svg).contains("fast &amp; good");
    assertThat(folder.resolve("result.md")).exists();
    assertThat(folder.resolve("result.json")).exists();
  }

  @Test
  void numbersHaveThreeDigitsAtLeast() {
    assertThat(List.of(12345.6, 123.4, 12.34, 1.234, 0.1234, 0.0))
        .extracting(BenchmarkReport::number)
        .containsExactly("12,346", "123", "12.3", "1.23", "0.123", "0");
  }

  private static BenchmarkReport report() {
    return new BenchmarkReport(
        "x",
        "Benchmark X",
        "./streambed benchmark x",
        Instant.parse("2026-11-22T03:04:05.678Z"),
        new Machine(2, "Some CPU", "avx2", 24, "Linux 6", "Some JVM 17"),
        Map.of("texts", "7"),
        List.of(
            new Section("Speed", "texts/s", List.of(FAST, SLOW), Chart.BARS),
            new Section("Memory", "KB", List.of(SLOW), Chart.NONE)),
        List.of(Target.atLeast("fast to slow", 1.4, BenchmarkReport.ratio("", FAST, SLOW))),
        List.of("A remark."));
  }
}
