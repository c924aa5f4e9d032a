package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Test;

class FailedRowTest {
  private static String shown(RuntimeException reason) {
    return RefusalsIT.shown(catchThrowable(() -> new FailedRow(reason).isNullAt(0)));
  }

  @Test
  void failsWithWhatToDoAboutABadText() {
    assertThat(
            shown(
                new IllegalArgumentException(
                    "Do this.", new IllegalStateException("It is blank."))))
        .isEqualTo("org.apache.flink.table.api.TableException: Do this.");
  }

  @Test
  void failsWithTheInnermostReasonOfAnyOtherFailure() {
    assertThat(
            shown(new IllegalStateException("A batch failed.", new IllegalStateException("Why."))))
        .startsWith("java.lang.IllegalStateException: Why.");
  }
}
