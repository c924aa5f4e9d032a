package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.calibration.BatchTuning;
import dev.streambed.embedder.calibration.CalibrationOptions;
import org.junit.jupiter.api.Test;

class BatchingOptionsTest {
  private static final Device GPU = Device.cuda(0);

  @Test
  void standsForOneWorkerOnACpuAndTwoOnAGpu() {
    BatchingOptions options = BatchingOptions.DEFAULT;

    assertThat(options.candidates(Device.CPU).get(0)).isEqualTo(new BatchTuning(512, 1));
    assertThat(options.candidates(GPU).get(0)).isEqualTo(new BatchTuning(16_384, 2));
  }

  @Test
  void leavesNothingToChooseWhereBothAreSet() {
    BatchingOptions options = new BatchingOptions(8, 100, 3);

    assertThat(options.candidates(Device.CPU)).containsExactly(new BatchTuning(100, 3));
    assertThat(options.candidates(GPU)).containsExactly(new BatchTuning(100, 3));
  }

  @Test
  void choosesOnlyWhatIsNotSet() {
    assertThat(new BatchingOptions(8, 100, 0).candidates(Device.CPU))
        .containsExactly(new BatchTuning(100, 1), new BatchTuning(100, 2));
    assertThat(new BatchingOptions(8, 0, 3).candidates(Device.CPU))
        .containsExactly(
            new BatchTuning(512, 3), new BatchTuning(256, 3), new BatchTuning(1024, 3));
  }

  @Test
  void hasRoomForWhateverIsChosen() {
    for (Device device : new Device[] {Device.CPU, GPU}) {
      for (BatchingOptions options :
          new BatchingOptions[] {BatchingOptions.DEFAULT, new BatchingOptions(8, 0, 3)}) {
        assertThat(options.candidates(device))
            .allSatisfy(
                chosen ->
                    assertThat(options.capacity())
                        .isGreaterThanOrEqualTo(
                            options.policy().maxRecords() * (chosen.workers() + 2)));
      }
    }
  }

  @Test
  void hasTheCapacityForTheWorkersOfAnyDevice() {
    assertThat(BatchingOptions.DEFAULT.capacity()).isEqualTo(1024); // 256 x (2 + 2)
    assertThat(new BatchingOptions(8, 100, 3).capacity()).isEqualTo(40); // 8 x (3 + 2)
  }

  @Test
  void holdsAsManyRecordsInFlightAsItIsTold() {
    var batcher = new BatcherOptions(3, /* maxQueued= */ 7, /* cacheBytes= */ 0);
    var options = new BatchingOptions(new BatchPolicy(8, 100), batcher, CalibrationOptions.OFF, 0);

    assertThat(options.capacity()).isEqualTo(7);
    assertThat(options.batcher(new BatchTuning(100, 3)).maxQueued()).isEqualTo(7);
  }

  @Test
  void handsOnToTheBatcherWhatItDoesNotDecide() {
    var open = new BatcherOptions(/* workers= */ 0, /* maxQueued= */ 0, /* cacheBytes= */ 99);
    var options =
        new BatchingOptions(BatchPolicy.DEFAULT.withMaxTokens(0), open, CalibrationOptions.OFF, 0);
    BatchTuning tuning = new BatchTuning(100, 2);

    assertThat(options.policy(tuning)).isEqualTo(new BatchPolicy(256, 100));
    assertThat(options.batcher(tuning)).isEqualTo(new BatcherOptions(2, 1024, 99));
  }

  @Test
  void refusesWhatIsOutOfItsRange() {
    assertThatThrownBy(() -> new BatchingOptions(8, -1, 1))
        .hasMessage(
            "Invalid value -1 for maxTokens: must be at least 1, or 0 for what suits the device.");
    assertThatThrownBy(() -> new BatchingOptions(8, 1, 1025)).hasMessageContaining("workers");
    assertThatThrownBy(() -> new BatchingOptions(0, 1, 1)).hasMessageContaining("maxRecords");
  }

  @Test
  void takesNoMoreMemoryOfAGpuThanTheDefault() {
    assertThat(BatchingOptions.DEFAULT.candidates(GPU))
        .allSatisfy(
            chosen -> {
              assertThat(chosen.maxTokens()).isLessThanOrEqualTo(16_384);
              assertThat(chosen.workers()).isLessThanOrEqualTo(2);
            });
  }
}
