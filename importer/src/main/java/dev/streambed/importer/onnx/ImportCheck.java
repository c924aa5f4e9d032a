package dev.streambed.importer.onnx;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.embedder.onnx.TokenBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * Tries a freshly made model directory as the job will use it: the longest text, the highest token
 * id, and whether a vector depends on its batch-mates.
 */
final class ImportCheck {
  /**
   * A difference that an encoder with whole-batch arithmetic shows at once, and that rounding in
   * another order of addition (1e-7 a component) does not.
   */
  private static final float MAX_DIFFERENCE = 1e-5f;

  private static final List<String> TEXTS =
      List.of(
          "Hello!",
          "The quick brown fox jumps over the lazy dog.",
          "A stream of records goes in on one side and leaves, in the same order, on the other.",
          "42");

  private final ModelDirectory model;
  private final OnnxImport source;

  private ImportCheck(ModelDirectory model, OnnxImport source) {
    this.model = model;
    this.source = source;
  }

  /**
   * Runs the checks.
   *
   * @param highestId the highest token id of the tokeniser; -1 if not known
   * @return what a person should know, in one line
   * @throws InvalidModelException if the model does not work
   */
  static String run(ModelDirectory model, OnnxImport source, long highestId) {
    ImportCheck check = new ImportCheck(model, source);
    try (OnnxTextEmbedder embedder = check.open()) {
      check.checkHighestId(embedder, highestId);
      return check.checkBatchMates(embedder);
    }
  }

  /** Opens the embedder, which tries the longest text, and says more if it fails. */
  private OnnxTextEmbedder open() {
    try {
      return OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
    } catch (InvalidModelException e) {
      if (e.getCause() instanceof InferenceException) {
        checkLengths(e);
      }
      throw e;
    }
  }

  /** Finds the longest text that the model runs, if it runs any. */
  private void checkLengths(InvalidModelException failure) {
    try (OnnxSession session = OnnxSession.open(model, /* intraOpThreads= */ 1)) {
      if (!runs(session, 1)) {
        return;
      }
      int works = 1;
      int fails = source.maxTokens() + 1;
      while (fails - works > 1) {
        int middle = (works + fails) >>> 1;
        if (runs(session, middle)) {
          works = middle;
        } else {
          fails = middle;
        }
      }
      if (works < source.maxTokens()) {
        throw new InvalidModelException(
            "ONNX model %s cannot run texts of %d tokens; %d are the most. Import it with: --max-tokens %d"
                .formatted(source.onnxFile(), source.maxTokens(), works, works),
            failure);
      }
    }
  }

  private static boolean runs(OnnxSession session, int tokens) {
    TokenIds zeros = new TokenIds(new long[tokens], /* truncated= */ false);
    try {
      session.run(TokenBatch.pad(List.of(zeros)), PooledGraph.OUTPUT);
      return true;
    } catch (InferenceException e) {
      return false;
    }
  }

  private void checkHighestId(OnnxTextEmbedder embedder, long highestId) {
    if (highestId < 0) {
      return;
    }
    try {
      embedder.embed(List.of(new TokenIds(new long[] {highestId}, /* truncated= */ false)));
    } catch (InferenceException e) {
      throw new InvalidModelException(
          "ONNX model %s fails on token id %d, the highest of tokeniser %s. They do not belong together. (%s)"
              .formatted(source.onnxFile(), highestId, source.tokenizerFile(), e.getMessage()),
          e);
    }
  }

  private String checkBatchMates(OnnxTextEmbedder embedder) {
    List<TokenIds> batch = new ArrayList<>();
    TEXTS.forEach(text -> batch.add(embedder.tokenise(text, EmbedderOptions.NO_PROMPT)));
    List<Embedding> together = embedder.embed(batch);
    float difference = 0;
    for (int i = 0; i < batch.size(); i++) {
      float[] alone = embedder.embed(List.of(batch.get(i))).get(0).vector();
      difference = Math.max(difference, difference(alone, together.get(i).vector()));
    }
    if (difference > MAX_DIFFERENCE) {
      throw new InvalidModelException(
          "The vectors of ONNX model %s depend on the other texts of the batch (by up to %s). Streambed serves only models that embed each text by itself."
              .formatted(source.onnxFile(), difference));
    }
    return difference == 0
        ? "vectors do not depend on the other texts of the batch"
        : "in the last bits (up to %s), vectors depend on the other texts of the batch"
            .formatted(difference);
  }

  private static float difference(float[] one, float[] other) {
    float greatest = 0;
    for (int i = 0; i < one.length; i++) {
      greatest = Math.max(greatest, Math.abs(one[i] - other[i]));
    }
    return greatest;
  }
}
