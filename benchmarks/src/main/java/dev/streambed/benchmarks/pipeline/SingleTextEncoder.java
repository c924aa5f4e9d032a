package dev.streambed.benchmarks.pipeline;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.streambed.benchmarks.pipeline.OneByOneJob.Threads;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** Embeds one text a run, as plainly as ONNX Runtime's examples do. Thread-safe. */
@Internal
public final class SingleTextEncoder implements TextEmbedder {
  private final OrtEnvironment environment;
  private final TextTokenizer tokenizer;
  private final OrtSession session;

  /** A vector and the tokens it was made of. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Result(float[] vector, int tokens) {}

  private SingleTextEncoder(
      OrtEnvironment environment, TextTokenizer tokenizer, OrtSession session) {
    this.environment = environment;
    this.tokenizer = tokenizer;
    this.session = session;
  }

  /** With ONNX Runtime's defaults: each run uses all cores, whose threads spin while they wait. */
  public static SingleTextEncoder openWithDefaults(Path modelDirectory) {
    try {
      return open(modelDirectory, Threads.DEFAULTS);
    } catch (OrtException e) {
      throw new InferenceException("ONNX Runtime cannot load the model: " + e.getMessage(), e);
    }
  }

  static SingleTextEncoder open(Path modelDirectory, Threads threads) throws OrtException {
    ModelDirectory model = ModelDirectory.open(modelDirectory);
    OrtEnvironment environment = OnnxRuntime.environment();
    try (var options = new OrtSession.SessionOptions()) {
      if (threads == Threads.ONE_A_RUN) {
        options.setIntraOpNumThreads(1);
      }
      OnnxRuntime.addExternalWeights(options, model);
      return new SingleTextEncoder(
          environment,
          TextTokenizer.open(model.tokenizerFile(), model.description().maxTokens()),
          environment.createSession(model.graphFile().toString(), options));
    }
  }

  Result encode(String text) {
    return encode(tokenise(text, /* promptName= */ null));
  }

  private Result encode(TokenIds tokens) {
    long[] ids = tokens.ids();
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 1);
    try (OnnxTensor inputIds = OnnxTensor.createTensor(environment, new long[][] {ids});
        OnnxTensor attentionMask = OnnxTensor.createTensor(environment, new long[][] {mask});
        OrtSession.Result result =
            session.run(Map.of("input_ids", inputIds, "attention_mask", attentionMask))) {
      float[] vector = ((float[][]) result.get(0).getValue())[0];
      return new Result(normalised(vector), ids.length);
    } catch (OrtException e) {
      throw new InferenceException("ONNX Runtime failed on one text: " + e.getMessage(), e);
    }
  }

  private static float[] normalised(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / Math.sqrt(squares));
    }
    return vector;
  }

  @Override
  public TokenLayout layout() {
    return TokenLayout.PADDED;
  }

  @Override
  public String modelDigest() {
    return "one by one";
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public TokenIds tokenise(String text, @Nullable String promptName) {
    return tokenizer.tokenise(text);
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    return batch.stream()
        .map(tokens -> new Embedding(encode(tokens).vector(), tokens.length(), tokens.truncated()))
        .toList();
  }

  @Override
  public void probe() {
    var unused = encode("a");
  }

  @Override
  public void terminate() {} // a run of one text ends soon

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new InferenceException("ONNX Runtime cannot close: " + e.getMessage(), e);
    }
    tokenizer.close();
  }
}
