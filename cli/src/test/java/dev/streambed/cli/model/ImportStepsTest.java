package dev.streambed.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImportStepsTest {
  private final List<String> lines = new ArrayList<>();
  private long nanos;
  private final ImportSteps steps = new ImportSteps(lines::add, () -> nanos);

  @Test
  void tellsEachStepAndWhatCameOfIt() {
    steps.stepBegins("Reading");
    steps.stepEnds("3 tensors");
    steps.stepBegins("Writing");
    steps.stepEnds("");

    assertThat(lines).containsExactly("Reading", "  3 tensors", "Writing");
  }

  @Test
  void tellsTheProgressOfALongStepEveryTwoSeconds() {
    steps.stepBegins("Writing");
    for (int second = 1; second <= 5; second++) {
      nanos = Duration.ofSeconds(second).toNanos();
      steps.stepAdvances(second * 25L, 100); // 125 % at last: totals may be estimates
    }

    assertThat(lines).containsExactly("Writing", "  50 %", "  100 %");
  }
}
