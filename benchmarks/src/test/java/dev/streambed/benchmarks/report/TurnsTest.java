package dev.streambed.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TurnsTest {
  @Test
  void letsEachWayTakeItsTurnInEachRound() throws Exception {
    List<String> runs = new ArrayList<>();
    List<String> told = new ArrayList<>();

    Map<String, Measurement> measured =
        new Turns(2, "m/s", told::add)
            .measure(
                List.of("slow", "fast"),
                way -> "the " + way,
                (way, round) -> {
                  runs.add(way + round);
                  return way.length() * round;
                });

    assertThat(runs).containsExactly("slow1", "fast1", "slow2", "fast2");
    assertThat(measured)
        .containsExactly(
            Map.entry("slow", Measurement.of("the slow", List.of(4.0, 8.0))),
            Map.entry("fast", Measurement.of("the fast", List.of(4.0, 8.0))));
    assertThat(told).startsWith("round 1 of 2: the slow", "  4.00 m/s").hasSize(8);
  }
}
