package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeadLetterCountsTest {
  private static final DeadLetterCounts THREE =
      DeadLetterCounts.NONE.plus("BLANK", 1).plus("INVALID_JSON", 1).plus("INVALID_JSON", 1);

  @Test
  void namesTheMostFrequentReasonFirst() {
    assertThat(THREE).hasToString("3 dead letters (INVALID_JSON 2, BLANK 1)");
    assertThat(DeadLetterCounts.NONE.plus("BLANK", 1)).hasToString("1 dead letter (BLANK 1)");
    assertThat(DeadLetterCounts.NONE).hasToString("0 dead letters");
  }

  @Test
  void sharesOutAmongAllRecords() {
    assertThat(THREE.shareBeside(9)).isEqualTo(0.25); // 3 of 12
    assertThat(DeadLetterCounts.NONE.shareBeside(0)).isZero();
  }
}
