package dev.streambed.benchmarks.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EncoderFindingsTest {
  private static final Measurement OURS = Measurement.of("ours", List.of(190.0, 200.0));
  private static final Measurement LIMIT = Measurement.of("limit", List.of(200.0, 200.0));
  private static final Measurement HEAP = Measurement.of("ours", List.of(1500.0));

  @Test
  void comparesRoundByRoundWithThoseThatTookPart() {
    var findings = new EncoderFindings();
    findings.add(Peer.LIMIT, Optional.of(LIMIT), Optional.empty());
    findings.add(Peer.STREAMBED, Optional.of(OURS), Optional.of(HEAP));

    assertThat(findings.targets())
        .containsExactly(
            // 190/200 and 200/200
            new Target(
                "MicroBatcher against the limit", "at least 0.950", "0.975 (0.950 to 1.00)", true),
            new Target(
                "heap per text beyond the vector, bytes",
                "at most 2,048",
                "1,500 (1,500 to 1,500)",
                true));
  }

  @Test
  void comparesWithTheFirstRowOfAPeer() {
    var findings = new EncoderFindings();
    Measurement oneByOne = Measurement.of("one by one", List.of(100.0, 100.0));
    Measurement all = Measurement.of("all", List.of(400.0, 400.0));
    findings.add(Peer.STREAMBED, Optional.of(OURS), Optional.empty());
    findings.add(Peer.LANGCHAIN4J, Optional.of(oneByOne), Optional.empty());
    findings.add(Peer.LANGCHAIN4J, Optional.of(all), Optional.empty());

    assertThat(findings.targets())
        .extracting(Target::found)
        .containsExactly("1.95 (1.90 to 2.00)"); // 190/100 and 200/100
  }

  @Test
  void leavesOutARowThatDoesNotCount() {
    var findings = new EncoderFindings();
    findings.add(Peer.STREAMBED, Optional.of(OURS), Optional.empty());
    findings.add(Peer.SPRING_AI, Optional.empty(), Optional.empty());

    assertThat(findings.targets()).isEmpty();
    assertThat(findings.sections()).hasSize(1);
    assertThat(findings.sections()).flatExtracting(Section::measurements).containsExactly(OURS);
  }
}
