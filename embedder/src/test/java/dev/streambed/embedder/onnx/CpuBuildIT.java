package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A wish for a GPU, in the default build. */
@DisabledIfSystemProperty(named = "streambed.gpu", matches = "true") // GpuBuildIT instead
class CpuBuildIT {
  private static final String NO_SUPPORT =
      "Cannot run on %s: this build of Streambed has no GPU support. Build it with: mvn package -Pgpu (docs/gpu.md).";

  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());

  @Test
  void refusesCudaAndNamesTheBuildThatHasIt() {
    EmbedderOptions cuda = EmbedderOptions.DEFAULT.withDevice(DeviceChoice.CUDA);

    assertThatThrownBy(
            () -> OnnxTextEmbedder.checkOptions(model.description(), cuda)) // before any is loaded
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(NO_SUPPORT, "cuda");
    assertThatThrownBy(
            () -> OnnxSession.open(model, /* intraOpThreads= */ 1, Device.cuda(1)).close())
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(NO_SUPPORT, "cuda:1");
  }

  @Test
  void autoRunsOnTheCpuAndSaysWhyWithTheSameVectors() {
    EmbedderOptions auto = EmbedderOptions.DEFAULT.withDevice(DeviceChoice.AUTO);
    try (var embedder = OnnxTextEmbedder.open(model, auto);
        var onCpu = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      List<TokenIds> text = List.of(embedder.tokenise("the people of the world", null));

      assertThat(embedder.device().isCpu()).isTrue();
      assertThat(embedder.device().fallback()).isEqualTo(NO_SUPPORT.formatted("cuda:0"));
      assertThat(onCpu.device()).isEqualTo(Device.CPU);
      assertThat(embedder.embed(text).get(0).vector()).isEqualTo(onCpu.embed(text).get(0).vector());
    }
  }

  @Test
  void everyNodeOfAGraphOnTheCpuRunsThere() {
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      List<TokenIds> batch = List.of(embedder.tokenise("the people", null));

      Map<String, Integer> nodes = GraphProfile.nodesByProvider(model, Device.CPU, batch);

      assertThat(nodes).containsOnlyKeys("CPUExecutionProvider");
      assertThat(nodes.get("CPUExecutionProvider")).isPositive();
    }
  }
}
