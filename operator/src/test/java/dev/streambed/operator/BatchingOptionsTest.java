package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.BatchPolicy;
import dev.streambed.embedder.Device;
import org.junit.jupiter.api.Test;

class BatchingOptionsTest {
  @Test
  void takesWhatSuitsTheDeviceUnlessTold() {
    BatchingOptions unset = BatchingOptions.DEFAULT;

    assertThat(unset.policy(Device.CPU)).isEqualTo(new BatchPolicy(256, 512));
    assertThat(unset.workers(Device.CPU)).isEqualTo(1);
    assertThat(unset.policy(Device.cuda(0))).isEqualTo(new BatchPolicy(256, 16_384));
    assertThat(unset.workers(Device.cuda(0))).isEqualTo(2);
  }

  @Test
  void takesWhatItIsToldOnAnyDevice() {
    var told = new BatchingOptions(8, 100, 3);

    for (Device device : new Device[] {Device.CPU, Device.cuda(0)}) {
      assertThat(told.policy(device)).isEqualTo(new BatchPolicy(8, 100));
      assertThat(told.workers(device)).isEqualTo(3);
    }
    assertThat(told.capacity()).isEqualTo(40); // 8 x (3 + 2)
  }

  @Test
  void hasTheCapacityForTheWorkersOfAnyDevice() {
    assertThat(BatchingOptions.DEFAULT.capacity()).isEqualTo(1024); // 256 x (2 + 2)
  }

  @Test
  void refusesWhatIsOutOfItsRange() {
    assertThatThrownBy(() -> new BatchingOptions(8, -1, 1))
        .hasMessage(
            "Invalid value -1 for maxTokens: must be at least 1, or 0 for what suits the device.");
    assertThatThrownBy(() -> new BatchingOptions(8, 1, 1025)).hasMessageContaining("workers");
    assertThatThrownBy(() -> new BatchingOptions(0, 1, 1)).hasMessageContaining("maxRecords");
  }
}
