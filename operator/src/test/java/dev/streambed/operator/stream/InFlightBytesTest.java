package dev.streambed.operator.stream;

import static dev.streambed.operator.stream.InFlightBytes.RECORD_OVERHEAD;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InFlightBytesTest {
  private static final long TEXT = 200;
  private static final long TEXT_BYTES = RECORD_OVERHEAD + TEXT;

  @Test
  void hasRoomForWhatFitsIntoTheLimit() {
    var inFlight = new InFlightBytes(2 * TEXT_BYTES);

    assertThat(inFlight.tryTake(TEXT)).isTrue();
    assertThat(inFlight.tryTake(TEXT)).isTrue();
    assertThat(inFlight.tryTake(TEXT)).isFalse();
    assertThat(inFlight.taken()).isEqualTo(2 * TEXT_BYTES);
  }

  @Test
  void hasRoomAgainWhenARecordIsEmitted() {
    var inFlight = new InFlightBytes(2 * TEXT_BYTES);
    inFlight.tryTake(TEXT);
    inFlight.tryTake(TEXT);

    inFlight.giveBack(TEXT);

    assertThat(inFlight.tryTake(TEXT)).isTrue();
  }

  @Test
  void hasRoomForALargerRecordAlone() {
    var inFlight = new InFlightBytes(/* limit= */ 1);

    assertThat(inFlight.tryTake(TEXT)).isTrue();
    assertThat(inFlight.tryTake(0)).isFalse();
    inFlight.giveBack(TEXT);
    assertThat(inFlight.taken()).isZero();
    assertThat(inFlight.tryTake(TEXT)).isTrue();
  }
}
