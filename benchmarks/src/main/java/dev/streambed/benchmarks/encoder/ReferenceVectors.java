package dev.streambed.benchmarks.encoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * The vectors that every contestant must find: the published graph, one text a run, mean pooling in
 * plain Java. Nothing of Streambed but its tokeniser takes part.
 */
final class ReferenceVectors {
  private ReferenceVectors() {}

  /**
   * Embeds the texts.
   *
   * @param progress takes the number of texts done
   */
  static float[][] of(List<String> texts, ModelFiles model, IntConsumer progress)
      throws OrtException {
    OrtEnvironment environment = OnnxRuntime.environment();
    float[][] vectors = new float[texts.size()][];
    try (TextTokenizer tokenizer = TextTokenizer.open(model.tokenizer(), ModelFiles.MAX_TOKENS);
        OrtSession session = open(environment, model)) {
      for (int i = 0; i < vectors.length; i++) {
        long[] ids = tokenizer.tokenise(texts.get(i)).ids();
        vectors[i] = mean(run(environment, session, ids));
        progress.accept(i + 1);
      }
    }
    return vectors;
  }

  private static OrtSession open(OrtEnvironment environment, ModelFiles model) throws OrtException {
    try (var options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1); // others may use the machine: nothing is measured here
      return environment.createSession(model.onnx().toString(), options);
    }
  }

  private static float[][] run(OrtEnvironment environment, OrtSession session, long[] ids)
      throws OrtException {
    long[] ones = new long[ids.length];
    java.util.Arrays.fill(ones, 1);
    try (OnnxTensor inputIds = OnnxTensor.createTensor(environment, new long[][] {ids});
        OnnxTensor mask = OnnxTensor.createTensor(environment, new long[][] {ones});
        OnnxTensor types =
            OnnxTensor.createTensor(environment, new long[][] {new long[ids.length]});
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", inputIds, "attention_mask", mask, "token_type_ids", types))) {
      return ((float[][][]) result.get(0).getValue())[0];
    }
  }

  private static float[] mean(float[][] tokens) {
    float[] mean = new float[tokens[0].length];
    for (int column = 0; column < mean.length; column++) {
      double sum = 0;
      for (float[] token : tokens) {
        sum += token[column];
      }
      mean[column] = (float) (sum / tokens.length);
    }
    return mean;
  }
}
