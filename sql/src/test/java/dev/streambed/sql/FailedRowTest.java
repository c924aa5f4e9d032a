package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.apache.flink.table.api.TableException;
import org.junit.jupiter.api.Test;

class FailedRowTest {
  private final RuntimeException reason =
      new IllegalArgumentException("What to do.", new IllegalStateException("What happened."));

  @Test
  void failsWithTheReasonThatFlinksClientShows() {
    Throwable failure = catchThrowable(() -> new FailedRow(reason).isNullAt(0));

    assertThat(failure)
        .isInstanceOf(TableException.class)
        .hasMessage("What to do.")
        .hasNoCause()
        .hasSuppressedException(reason);
    assertThat(RefusalsIT.shown(failure)).isEqualTo("What to do.");
  }
}
