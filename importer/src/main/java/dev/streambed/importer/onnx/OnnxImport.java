package dev.streambed.importer.onnx;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.Pooling;
import java.nio.file.Path;
import java.util.Map;

/**
 * What to import from a plain ONNX file, and how.
 *
 * @param onnxFile the encoder; its external weights, if any, lie beside it
 * @param tokenizerFile its tokenizer.json
 * @param name for people and for the provenance of each vector
 * @param revision of the source, such as a commit; empty if not known
 * @param pooling how the vectors of the tokens become one
 * @param maxTokens most tokens of a text, special tokens and prompt included, at least 3
 * @param prompts text to put before a text, by the name of its use
 * @param minimumDimensions shortest length that vectors may be truncated to; 0: none but the full
 *     length, as for every model that was not trained for it (Matryoshka)
 */
public record OnnxImport(
    Path onnxFile,
    Path tokenizerFile,
    String name,
    String revision,
    Pooling pooling,
    int maxTokens,
    Map<String, String> prompts,
    int minimumDimensions) {
  /**
   * The positions that BERT and its relatives know; a model that knows fewer is found out by the
   * import.
   */
  public static final int DEFAULT_MAX_TOKENS = 512;

  public OnnxImport {
    check(!name.isBlank(), "name", "'" + name + "'", "a name");
    check(maxTokens >= 3, "maxTokens", maxTokens, "at least 3 (two special tokens and a word)");
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

  /**
   * Mean pooling, {@value #DEFAULT_MAX_TOKENS} tokens, no prompts, full length, named after the
   * file.
   */
  public static OnnxImport of(Path onnxFile, Path tokenizerFile) {
    return new OnnxImport(
        onnxFile,
        tokenizerFile,
        nameOf(onnxFile),
        "",
        Pooling.MEAN,
        DEFAULT_MAX_TOKENS,
        Map.of(),
        0);
  }

  public OnnxImport withName(String newName) {
    return new OnnxImport(
        onnxFile, tokenizerFile, newName, revision, pooling, maxTokens, prompts, minimumDimensions);
  }

  public OnnxImport withRevision(String newRevision) {
    return new OnnxImport(
        onnxFile, tokenizerFile, name, newRevision, pooling, maxTokens, prompts, minimumDimensions);
  }

  public OnnxImport withPooling(Pooling newPooling) {
    return new OnnxImport(
        onnxFile, tokenizerFile, name, revision, newPooling, maxTokens, prompts, minimumDimensions);
  }

  public OnnxImport withMaxTokens(int newMaxTokens) {
    return new OnnxImport(
        onnxFile, tokenizerFile, name, revision, pooling, newMaxTokens, prompts, minimumDimensions);
  }

  public OnnxImport withPrompts(Map<String, String> newPrompts) {
    return new OnnxImport(
        onnxFile, tokenizerFile, name, revision, pooling, maxTokens, newPrompts, minimumDimensions);
  }

  public OnnxImport withMinimumDimensions(int newMinimum) {
    return new OnnxImport(
        onnxFile, tokenizerFile, name, revision, pooling, maxTokens, prompts, newMinimum);
  }

  /**
   * The file's name without its ending; of the usual {@code model.onnx}, the name of its folder.
   */
  private static String nameOf(Path onnxFile) {
    Path absolute = onnxFile.toAbsolutePath().normalize();
    String name = String.valueOf(absolute.getFileName());
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    Path folder = absolute.getParent();
    if (stem.equals("model") && folder != null && folder.getFileName() != null) {
      return folder.getFileName().toString();
    }
    return stem;
  }

  private static void check(boolean valid, String name, Object value, String expected) {
    if (!valid) {
      throw new IllegalArgumentException(
          "Invalid value %s for %s: must be %s.".formatted(value, name, expected));
    }
  }
}
