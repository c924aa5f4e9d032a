package dev.streambed.importer.onnx;

import static dev.streambed.embedder.Requirements.check;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.SpecialTokensInText;
import java.nio.file.Path;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * How to import a plain ONNX file. Settings that are absent here come from the publisher's files
 * beside it, or else are defaults. Immutable: each {@code with} gives a copy.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class OnnxImport {
  /** The positions of BERT and its relatives; the import notices a model that has fewer. */
  public static final int DEFAULT_MAX_TOKENS = 512;

  /** Two special tokens and a word. */
  public static final int FEWEST_TOKENS = 3;

  /** The treatment of the layers that follow pooling. */
  public enum Layers {
    AS_PUBLISHED,
    LEFT_OUT
  }

  /** The treatment of a graph whose vectors depend on the other texts of their batch. */
  public enum BatchDependence {
    REFUSED,
    /** The model directory and each record say that it is so. */
    ALLOWED
  }

  private final Path onnxFile;
  private final Path tokenizerFile;

  // Set before a copy is handed out, never afterwards.
  private @Nullable String name;
  private @Nullable String revision;
  private @Nullable Pooling pooling;
  private Layers layers = Layers.AS_PUBLISHED;
  private int maxTokens;
  private Map<String, String> prompts = Map.of();
  private int minimumDimensions;
  private SpecialTokensInText specialTokensInText = SpecialTokensInText.TEXT;
  private BatchDependence batchDependence = BatchDependence.REFUSED;

  private OnnxImport(Path onnxFile, Path tokenizerFile) {
    this.onnxFile = onnxFile;
    this.tokenizerFile = tokenizerFile;
  }

  /**
   * All as published, or else by default.
   *
   * @param onnxFile the encoder; its external weights, if any, lie beside it
   * @param tokenizerFile its tokenizer.json
   */
  public static OnnxImport of(Path onnxFile, Path tokenizerFile) {
    return new OnnxImport(onnxFile, tokenizerFile);
  }

  private OnnxImport copy() {
    OnnxImport copy = new OnnxImport(onnxFile, tokenizerFile);
    copy.name = name;
    copy.revision = revision;
    copy.pooling = pooling;
    copy.layers = layers;
    copy.maxTokens = maxTokens;
    copy.prompts = prompts;
    copy.minimumDimensions = minimumDimensions;
    copy.specialTokensInText = specialTokensInText;
    copy.batchDependence = batchDependence;
    return copy;
  }

  /**
   * Names the model, for people and for the provenance of each vector; otherwise it is called after
   * its folder or file.
   */
  public OnnxImport withName(String newName) {
    check(!newName.isBlank(), "name", "'" + newName + "'", "a name");
    OnnxImport copy = copy();
    copy.name = newName;
    return copy;
  }

  /** Says the revision of the source, such as a commit; otherwise as its folder says, or empty. */
  public OnnxImport withRevision(String newRevision) {
    OnnxImport copy = copy();
    copy.revision = newRevision;
    return copy;
  }

  /**
   * Says how the vectors of the tokens become one; otherwise as published, or {@link Pooling#MEAN}.
   */
  public OnnxImport withPooling(Pooling newPooling) {
    OnnxImport copy = copy();
    copy.pooling = newPooling;
    return copy;
  }

  /** Says whether layers that follow pooling, as published, become part of the graph. */
  public OnnxImport withLayers(Layers newLayers) {
    OnnxImport copy = copy();
    copy.layers = newLayers;
    return copy;
  }

  /**
   * Limits the tokens of a text, special tokens and prompt included; otherwise as published, or
   * {@value #DEFAULT_MAX_TOKENS}.
   *
   * @param newMaxTokens at least 3
   */
  public OnnxImport withMaxTokens(int newMaxTokens) {
    check(
        newMaxTokens >= FEWEST_TOKENS,
        "maxTokens",
        newMaxTokens,
        "at least 3 (two special tokens and a word)");
    OnnxImport copy = copy();
    copy.maxTokens = newMaxTokens;
    return copy;
  }

  /** Texts to put before a text, by the name of their use; added to those published. */
  public OnnxImport withPrompts(Map<String, String> newPrompts) {
    for (String prompt : newPrompts.keySet()) {
      check(
          !prompt.isBlank() && !prompt.equals(EmbedderOptions.NO_PROMPT),
          "prompts",
          "'" + prompt + "'",
          "another name ('none' always means no prompt)");
    }
    OnnxImport copy = copy();
    copy.prompts = Map.copyOf(newPrompts);
    return copy;
  }

  /**
   * Says the shortest length that vectors may be truncated to.
   *
   * @param newMinimumDimensions 0: none but the full length, as for every model that was not
   *     trained for it (Matryoshka)
   */
  public OnnxImport withMinimumDimensions(int newMinimumDimensions) {
    check(
        newMinimumDimensions >= 0,
        "minimumDimensions",
        newMinimumDimensions,
        "at least 1, or 0 for the full length alone");
    OnnxImport copy = copy();
    copy.minimumDimensions = newMinimumDimensions;
    return copy;
  }

  /** Says what a special token in a text is. */
  public OnnxImport withSpecialTokensInText(SpecialTokensInText newSpecialTokensInText) {
    OnnxImport copy = copy();
    copy.specialTokensInText = newSpecialTokensInText;
    return copy;
  }

  /**
   * Says whether a graph may be imported whose vectors depend on the other texts of their batch.
   */
  public OnnxImport withBatchDependence(BatchDependence newBatchDependence) {
    OnnxImport copy = copy();
    copy.batchDependence = newBatchDependence;
    return copy;
  }

  public Path onnxFile() {
    return onnxFile;
  }

  Path tokenizerFile() {
    return tokenizerFile;
  }

  /** Null if nothing was said. */
  @Nullable String name() {
    return name;
  }

  /** Null if nothing was said. */
  @Nullable String revision() {
    return revision;
  }

  /** Null if nothing was said. */
  @Nullable Pooling pooling() {
    return pooling;
  }

  Layers layers() {
    return layers;
  }

  /** 0 if nothing was said. */
  int maxTokens() {
    return maxTokens;
  }

  Map<String, String> prompts() {
    return prompts;
  }

  int minimumDimensions() {
    return minimumDimensions;
  }

  SpecialTokensInText specialTokensInText() {
    return specialTokensInText;
  }

  BatchDependence batchDependence() {
    return batchDependence;
  }
}
