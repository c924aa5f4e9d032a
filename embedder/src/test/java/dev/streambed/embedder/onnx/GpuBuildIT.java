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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The build of the profile gpu, on a machine with an NVIDIA driver and on one without. */
@EnabledIfSystemProperty(named = "streambed.gpu", matches = "true") // else CpuBuildIT
class GpuBuildIT {
  private static final EmbedderOptions CUDA = EmbedderOptions.DEFAULT.withDevice(DeviceChoice.CUDA);
  private static final EmbedderOptions AUTO = EmbedderOptions.DEFAULT.withDevice(DeviceChoice.AUTO);

  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());

  @Test
  @DisabledIf("hasDriver")
  void cudaFailsAndNamesTheMissingLibrary() {
    OnnxTextEmbedder.checkOptions(model.description(), CUDA); // the build is the right one

    assertThatThrownBy(() -> OnnxTextEmbedder.open(model, CUDA))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Cannot run on cuda:0: ")
        .hasMessageMatching(
            "(?s).*lib(cublas|cublasLt|cudart|curand|cuda)\\.so\\.\\d+: cannot open.*")
        .hasMessageEndingWith("the libraries of CUDA 12 (docs/gpu.md).");
  }

  @Test
  @DisabledIf("hasDriver")
  void autoRunsOnTheCpuAndNamesTheMissingLibrary() {
    try (var embedder = OnnxTextEmbedder.open(model, AUTO);
        var onCpu = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      List<TokenIds> text = List.of(embedder.tokenise("the people of the world", null));

      assertThat(embedder.device().isCpu()).isTrue();
      assertThat(embedder.device().fallback()).contains("cannot open shared object file");
      assertThat(embedder.embed(text).get(0).vector()).isEqualTo(onCpu.embed(text).get(0).vector());
    }
  }

  @Test
  @EnabledIf("hasDriver")
  void aGpuRunsTheGraphWithTheVectorsOfTheCpu() {
    try (var onGpu = OnnxTextEmbedder.open(model, CUDA);
        var onCpu = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      List<TokenIds> text = List.of(onGpu.tokenise("the people of the world", null));

      float[] found = onGpu.embed(text).get(0).vector();

      assertThat(onGpu.device()).isEqualTo(Device.cuda(0));
      assertThat(GraphProfile.nodesByProvider(model, Device.cuda(0), text))
          .containsKey("CUDAExecutionProvider");
      assertThat(found)
          .usingComparatorWithPrecision(1e-3f) // TF32 has 10 bits of mantissa
          .containsExactly(onCpu.embed(text).get(0).vector());
    }
  }

  static boolean hasDriver() {
    return Files.exists(Path.of("/dev/nvidiactl"));
  }
}
