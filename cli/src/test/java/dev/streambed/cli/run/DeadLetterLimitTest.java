package dev.streambed.cli.run;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.cli.local.DeadLetterCounts;
import dev.streambed.cli.terminal.CommandFailedException;
import org.junit.jupiter.api.Test;

class DeadLetterLimitTest {
  private static final DeadLetterCounts THREE =
      DeadLetterCounts.NONE.plus("BLANK", 1).plus("INVALID_JSON", 1).plus("INVALID_JSON", 1);

  @Test
  void failsARunAboveTheLimit() {
    var limit = new DeadLetterLimit(0.25);

    assertThatCode(() -> limit.checkAtEnd(THREE, 9)).doesNotThrowAnyException();
    assertThatThrownBy(() -> limit.checkAtEnd(THREE, 8))
        .isInstanceOf(CommandFailedException.class)
        .hasMessage(
            "Too many dead letters: 3 dead letters (INVALID_JSON 2, BLANK 1) beside 8 embedded"
                + " texts are 27.3 %; --max-dead-letter-share allows 25.0 %. The dead-letter topic"
                + " has them with their reasons.");
  }

  @Test
  void waitsForEnoughRecordsWhileTheJobRuns() {
    var limit = new DeadLetterLimit(0);

    assertThatCode(() -> limit.checkMeanwhile(THREE, 96)).doesNotThrowAnyException(); // 99
    assertThatThrownBy(() -> limit.checkMeanwhile(THREE, 97))
        .hasMessageEndingWith("The next run goes on from the last checkpoint.");
  }
}
