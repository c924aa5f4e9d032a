package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphProfileTest {
  /** Events as ONNX Runtime 1.28 writes them, shortened; the last has no provider. */
  private static final String PROFILE =
      """
      [
      {"cat" : "Session","dur" :631,"name" :"model_loading_uri","args" : {}},
      {"cat" : "Node","dur" :94,"name" :"a_kernel_time","args" : {"provider" : "CUDAExecutionProvider","op_name" : "MatMul"}},
      {"cat" : "Node","dur" :10,"name" :"b_kernel_time","args" : {"op_name" : "Shape","provider" : "CPUExecutionProvider"}},
      {"cat" : "Node","dur" :12,"name" :"c_kernel_time","args" : {"provider" : "CUDAExecutionProvider"}},
      {"cat" : "Kernel","dur" :12,"name" :"gemm","args" : {"provider" : "CUDAExecutionProvider"}},
      {"cat" : "Node","dur" :1,"name" :"c_fence_after","args" : {"op_name" : "MatMul"}}
      ]
      """;

  @Test
  void countsTheNodesThatRanOnEachProvider(@TempDir Path directory) throws Exception {
    Path profile = Files.writeString(directory.resolve("profile.json"), PROFILE);

    assertThat(GraphProfile.count(profile))
        .isEqualTo(Map.of("CUDAExecutionProvider", 2, "CPUExecutionProvider", 1));
  }
}
