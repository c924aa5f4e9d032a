package dev.streambed.e2e.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The default model gives the vectors that others get from it. */
class GoldenIT {
  // all-MiniLM-L6-v2 in float32 on CPUs of other kinds differs in the seventh digit.
  private static final Offset<Float> TOLERANCE = Offset.offset(1e-5f);

  @Test
  void embedsTheGoldenTextAsTheReferenceDoes() {
    float[] reference = {
      -0.0572025f,
      0.0982203f,
      0.0163038f,
      0.0526992f,
      0.0194730f,
      -0.0155915f,
      -0.0091555f,
      0.0597164f
    };

    try (var embedder = OnnxTextEmbedder.open(DefaultModel.open(), EmbedderOptions.DEFAULT)) {
      var tokens = embedder.tokenise("search_document: Hello!", EmbedderOptions.NO_PROMPT);
      float[] vector = embedder.embed(List.of(tokens)).get(0).vector();

      assertThat(vector).hasSize(384);
      assertThat(Arrays.copyOf(vector, reference.length)).containsExactly(reference, TOLERANCE);
    }
  }
}
