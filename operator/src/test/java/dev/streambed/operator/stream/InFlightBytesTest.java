package dev.streambed.operator;

import static dev.streambed.operator.InFlightBytes.RECORD_OVERHEAD;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InFlightBytesTest {
  private static final Line TEXT = new Line(1, "x".repeat(100));

  /** Two bytes a character. */
  private static final long TEXT_BYTES = RECORD_OVERHEAD + 200;

  @Test
  void hasRoomForWhatFitsIntoTheLimit() {
    var inFlight = new InFlightBytes<>(2 * TEXT_BYTES, new Line.Extractor());

    assertThat(inFlight.tryTake(TEXT)).isTrue();
    assertThat(inFlight.tryTake(TEXT)).isTrue();
    assertThat(inFlight.tryTake(TEXT)).isFalse();
    assertThat(inFlight.taken()).isEqualTo(2 * TEXT_BYTES);
  }

  @Test
  void hasRoomAgainWhenARecordIsEmitted() {
    var inFlight = new InFlightBytes<>(2 * TEXT_BYTES, new Line.Extractor());
    inFlight.tryTake(TEXT);
    inFlight.tryTake(TEXT);

    inFlight.giveBack(TEXT);

    assertThat(inFlight.tryTake(TEXT)).isTrue();
  }

  @Test
  void hasRoomForALargerRecordAlone() {
    var inFlight = new InFlightBytes<>(/* limit= */ 1, new Line.Extractor());

    assertThat(inFlight.tryTake(TEXT)).isTrue();
    assertThat(inFlight.tryTake(new Line(2, null))).isFalse();
    inFlight.giveBack(TEXT);
    assertThat(inFlight.taken()).isZero();
    assertThat(inFlight.tryTake(TEXT)).isTrue();
  }
}
