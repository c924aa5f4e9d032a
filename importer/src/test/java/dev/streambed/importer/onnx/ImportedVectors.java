package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.util.List;

/** Vectors of imported models, and what they should be. */
final class ImportedVectors {
  private ImportedVectors() {}

  static float[] embed(ModelDirectory model, long... ids) {
    try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      return embedder.embed(List.of(new TokenIds(ids, false))).get(0).vector();
    }
  }

  /** The expected vector is normalised here; 1e-6 allows for float32 arithmetic over 8 terms. */
  static void assertUnit(float[] vector, double[] expected) {
    double norm = 0;
    for (double component : expected) {
      norm += component * component;
    }
    assertThat(vector).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) vector[i]).isCloseTo(expected[i] / Math.sqrt(norm), within(1e-6));
    }
  }

  /**
   * The vectors of the tokens, computed here in double precision from the encoder's own weights.
   */
  static float[][] hiddenStates(long[] ids) {
    ModelProto model = TinyEncoder.build(TinyEncoder.vocabulary().size());
    float[][] words = matrix(model, 0);
    float[][] types = matrix(model, 1);
    float[][] positions = matrix(model, 2);
    float[][] weights = matrix(model, 3);
    float[][] hidden = new float[ids.length][8];
    for (int token = 0; token < ids.length; token++) {
      for (int i = 0; i < 8; i++) {
        double sum = 0;
        for (int j = 0; j < 8; j++) {
          double in = (double) words[(int) ids[token]][j] + types[0][j] + positions[token + 1][j];
          sum += in * weights[j][i];
        }
        hidden[token][i] = (float) Math.tanh(sum);
      }
    }
    return hidden;
  }

  private static float[][] matrix(ModelProto model, int index) {
    TensorProto tensor = model.getGraph().getInitializer(index);
    var buffer =
        tensor
            .getRawData()
            .asReadOnlyByteBuffer()
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    float[][] matrix = new float[(int) tensor.getDims(0)][(int) tensor.getDims(1)];
    for (float[] row : matrix) {
      buffer.get(row);
    }
    return matrix;
  }
}
