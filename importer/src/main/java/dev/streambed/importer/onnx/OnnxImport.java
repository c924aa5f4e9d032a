package dev.streambed.importer.onnx;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.SpecialTokensInText;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to import from a plain ONNX file, and how. What is not said here is taken from the files
 * that its publisher wrote beside it, or else from defaults.
 *
 * @param onnxFile the encoder; its external weights, if any, lie beside it
 * @param tokenizerFile its tokenizer.json
 * @param name for people and for the provenance of each vector; null: after its folder or file
 * @param revision of the source, such as a commit; null: as its folder says, or empty
 * @param pooling how the vectors of the tokens become one; null: as published, or {@link
 *     Pooling#MEAN}
 * @param layers whether layers that follow pooling, as published, become part of the graph
 * @param maxTokens most tokens of a text, special tokens and prompt included, at least 3; 0: as
 *     published, or {@value #DEFAULT_MAX_TOKENS}
 * @param prompts text to put before a text, by the name of its use; added to those published
 * @param minimumDimensions shortest length that vectors may be truncated to; 0: none but the full
 *     length, as for every model that was not trained for it (Matryoshka)
 * @param specialTokensInText what a special token in a text is
 * @param batchDependence whether a graph may be imported whose vectors depend on the other texts of
 *     their batch
 */
public record OnnxImport(
    Path onnxFile,
    Path tokenizerFile,
    @Nullable String name,
    @Nullable String revision,
    @Nullable Pooling pooling,
    Layers layers,
    int maxTokens,
    Map<String, String> prompts,
    int minimumDimensions,
    SpecialTokensInText specialTokensInText,
    BatchDependence batchDependence) {
  /**
   * The positions that BERT and its relatives know; a model that knows fewer is found out by the
   * import.
   */
  public static final int DEFAULT_MAX_TOKENS = 512;

  /** Two special tokens and a word. */
  public static final int FEWEST_TOKENS = 3;

  /** What becomes of the layers that follow pooling. */
  public enum Layers {
    AS_PUBLISHED,
    LEFT_OUT
  }

  /** What becomes of a graph whose vectors depend on the other texts of their batch. */
  public enum BatchDependence {
    REFUSED,
    /** The model directory and each record say that it is so. */
    ALLOWED
  }

  public OnnxImport {
    check(name == null || !name.isBlank(), "name", "'" + name + "'", "a name");
    check(
        maxTokens == 0 || maxTokens >= FEWEST_TOKENS,
        "maxTokens",
        maxTokens,
        "at least 3 (two special tokens and a word)");
    check(
        minimumDimensions >= 0,
        "minimumDimensions",
        minimumDimensions,
        "at least 1, or 0 for the full length alone");
    for (String prompt : prompts.keySet()) {
      check(
          !prompt.isBlank() && !prompt.equals(EmbedderOptions.NO_PROMPT),
          "prompts",
          "'" + prompt + "'",
          "another name ('none' always means no prompt)");
    }
    prompts = Map.copyOf(prompts);
  }

  /** All as published, or else by default. */
  public static OnnxImport of(Path onnxFile, Path tokenizerFile) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        /* name= */ null,
        /* revision= */ null,
        /* pooling= */ null,
        Layers.AS_PUBLISHED,
        /* maxTokens= */ 0,
        Map.of(),
        /* minimumDimensions= */ 0,
        SpecialTokensInText.TEXT,
        BatchDependence.REFUSED);
  }

  public OnnxImport withName(String newName) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        newName,
        revision,
        pooling,
        layers,
        maxTokens,
        prompts,
        minimumDimensions,
        specialTokensInText,
        batchDependence);
  }

  public OnnxImport withRevision(String newRevision) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        name,
        newRevision,
        pooling,
        layers,
        maxTokens,
        prompts,
        minimumDimensions,
        specialTokensInText,
        batchDependence);
  }

  public OnnxImport withPooling(Pooling newPooling) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        name,
        revision,
        newPooling,
        layers,
        maxTokens,
        prompts,
        minimumDimensions,
        specialTokensInText,
        batchDependence);
  }

  public OnnxImport withLayers(Layers newLayers) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        name,
        revision,
        pooling,
        newLayers,
        maxTokens,
        prompts,
        minimumDimensions,
        specialTokensInText,
        batchDependence);
  }

  public OnnxImport withMaxTokens(int newMaxTokens) {
    check(
        newMaxTokens >= FEWEST_TOKENS,
        "maxTokens",
        newMaxTokens,
        "at least 3 (two special tokens and a word)");
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        name,
        revision,
        pooling,
        layers,
        newMaxTokens,
        prompts,
        minimumDimensions,
        specialTokensInText,
        batchDependence);
  }

  public OnnxImport withPrompts(Map<String, String> newPrompts) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        name,
        revision,
        pooling,
        layers,
        maxTokens,
        newPrompts,
        minimumDimensions,
        specialTokensInText,
        batchDependence);
  }

  public OnnxImport withMinimumDimensions(int newMinimumDimensions) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        name,
        revision,
        pooling,
        layers,
        maxTokens,
        prompts,
        newMinimumDimensions,
        specialTokensInText,
        batchDependence);
  }

  public OnnxImport withSpecialTokensInText(SpecialTokensInText newSpecialTokensInText) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        name,
        revision,
        pooling,
        layers,
        maxTokens,
        prompts,
        minimumDimensions,
        newSpecialTokensInText,
        batchDependence);
  }

  public OnnxImport withBatchDependence(BatchDependence newBatchDependence) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        name,
        revision,
        pooling,
        layers,
        maxTokens,
        prompts,
        minimumDimensions,
        specialTokensInText,
        newBatchDependence);
  }

  private static void check(boolean valid, String name, Object value, String expected) {
    if (!valid) {
      throw new IllegalArgumentException(
          "Invalid value %s for %s: must be %s.".formatted(value, name, expected));
    }
  }
}
