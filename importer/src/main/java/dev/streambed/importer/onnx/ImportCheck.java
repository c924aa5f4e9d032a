package dev.streambed.importer.onnx;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.embedder.onnx.TokenBatch;
import dev.streambed.importer.onnx.OnnxImport.BatchDependence;
import java.util.List;

/**
 * Tries a freshly made model directory as the job will use it: the longest text, the highest token
 * id, and whether a vector depends on its batch-mates. Used once.
 */
final class ImportCheck {
  private final ModelDirectory model;
  private final OnnxImport source;
  private final long highestId;
  private boolean batchDependent;

  /**
   * A check of a directory.
   *
   * @param highestId the highest token id of the tokeniser; -1 if not known
   */
  ImportCheck(ModelDirectory model, OnnxImport source, long highestId) {
    this.model = model;
    this.source = source;
    this.highestId = highestId;
  }

  /**
   * Runs the checks.
   *
   * @return a remark for people, in one line
   * @throws InvalidModelException if the model does not work
   */
  String run() {
    BatchInvariance invariance;
    try (OnnxTextEmbedder embedder = open()) {
      checkHighestId(embedder);
      invariance = new BatchInvariance(model, embedder);
    }
    return checkBatchMates(invariance.measure());
  }

  /** True if vectors were found to depend on the other texts of a batch. */
  boolean findsBatchDependence() {
    return batchDependent;
  }

  /** Opens the embedder, which tries the longest text; explains a failure. */
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
      int fails = model.description().maxTokens() + 1;
      while (fails - works > 1) {
        int middle = (works + fails) >>> 1;
        if (runs(session, middle)) {
          works = middle;
        } else {
          fails = middle;
        }
      }
      if (works < model.description().maxTokens()) {
        throw new InvalidModelException(
            "ONNX model %s cannot run texts of %d tokens; %d are the most. Import it with: --max-tokens %d"
                .formatted(source.onnxFile(), model.description().maxTokens(), works, works),
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

  private void checkHighestId(OnnxTextEmbedder embedder) {
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

  private String checkBatchMates(BatchInvariance.Result result) {
    if (result.differing() == 0) {
      return "vectors do not depend on the other texts of the batch";
    }
    batchDependent = true;
    if (source.batchDependence() == BatchDependence.REFUSED) {
      throw new InvalidModelException(
          "The vectors of ONNX model %s depend on the other texts of the batch (%s). Streambed serves only models that embed each text by itself, unless imported with: --allow-batch-dependence"
              .formatted(source.onnxFile(), result));
    }
    return "warning: vectors depend on the other texts of the batch (%s), as allowed"
        .formatted(result);
  }
}
