package dev.streambed.embedder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "auto", "cuda", "cuda:0", "cuda:17"})
  void isReadAsItIsWritten(String text) {
    assertThat(DeviceChoice.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "CUDA", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:99999", "cpu:0"})
  void refusesAnythingElse(String text) {
    assertThatThrownBy(() -> DeviceChoice.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid value '%s' for device: must be cpu, auto, cuda, or cuda:N with the index N of a GPU.",
            text);
  }

  @Test
  void takesTheFirstGpuUnlessOneIsNamed() {
    assertThat(DeviceChoice.CUDA.preferredGpu()).isEqualTo(Device.cuda(0));
    assertThat(DeviceChoice.AUTO.on(3).preferredGpu()).isEqualTo(Device.cuda(3));
    assertThatThrownBy(() -> DeviceChoice.CPU.on(0)).hasMessageContaining("-1 for the CPU");
  }

  @Test
  void aDeviceSaysWhatItIsAndWhyItIsNoGpu() {
    assertThat(Device.CPU).hasToString("cpu");
    assertThat(Device.cuda(1)).hasToString("cuda:1");
    assertThat(Device.cpuBecause("no driver")).hasToString("cpu, not a GPU: no driver");
  }
}
