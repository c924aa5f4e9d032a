package dev.streambed.benchmarks.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CommitRateTest {
  private static final long MILLI = 1_000_000;

  private final CommitRate rate = new CommitRate(/* writers= */ 2, /* inputs= */ 1000);

  @Test
  void countsRecordsFromJumpToJump() {
    // Each second two writers commit 50 records and a marker each, 10 ms apart.
    long offset = 0;
    for (int second = 1; second <= 4; second++) {
      offset += 51;
      look(second * 1000L, offset);
      offset += 51;
      look(second * 1000L + 10, offset);
      look(second * 1000L + 500, offset);
    }

    assertThat(rate.window(0).recordsPerSecond()).isEqualTo(100);
  }

  @Test
  void leavesOutTheWarmUp() {
    jump(1000, 12); // 10 records
    jump(2000, 24); // 10 records
    jump(3000, 126); // 100 records
    jump(4000, 228); // 100 records

    assertThat(rate.window(0.9)).isEqualTo(new CommitRate.Window(24, 228, 200, 2));
    assertThat(rate.window(0.9).recordsPerSecond()).isEqualTo(100);
  }

  @Test
  void doesNotTakeAJumpThatMayNotBeComplete() {
    jump(1000, 102);
    jump(2000, 204);
    look(3000, 255); // the other writer may follow

    assertThat(rate.window(0).recordsPerSecond()).isEqualTo(100);
  }

  @Test
  void doesNotTakeTheEndWhenTheJobWaitedForInput() {
    jump(1000, 402);
    jump(2000, 804);
    jump(3000, 1006); // 200 records, the last ones

    assertThat(rate.window(0).recordsPerSecond()).isEqualTo(400);
    assertThat(rate.hasEnded()).isTrue();
  }

  @Test
  void halvesTheTimeIfTheWarmUpWouldTakeAllOfIt() {
    jump(1000, 12);
    jump(2000, 24);
    jump(3000, 126); // 100 records

    assertThat(rate.window(60).recordsPerSecond()).isEqualTo(100);
  }

  @Test
  void refusesToGuessFromOneJump() {
    jump(1000, 102);

    assertThatThrownBy(() -> rate.window(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Only 1 checkpoints were committed while there was input; send more or measure longer.");
  }

  private void jump(long millis, long offset) {
    look(millis, offset);
    look(millis + 400, offset);
  }

  private void look(long millis, long offset) {
    rate.look(millis * MILLI, offset);
  }
}
