package dev.streambed.server;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.Vocabulary;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.ServerOptions.Defaults;
import dev.streambed.server.dialect.EmbedRequest;
import dev.streambed.server.dialect.Input;
import dev.streambed.server.dialect.InputLimits;
import dev.streambed.server.dialect.RequestException;
import dev.streambed.server.dialect.RequestException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The model that requests are for: checks what they ask of it, and makes the vectors that they ask
 * for of what the graph pooled. Thread-safe; the embedder is its own.
 */
final class ServedModel implements AutoCloseable {
  private final ModelDescription description;
  private final ServedEmbedder embedder;
  private final Defaults defaults;
  private final String defaultPrompt;
  private final int vocabulary;

  /**
   * Serves a model.
   *
   * @param pooled gives the pooled vectors of the model
   * @param vocabulary token ids of the model, from 0
   */
  ServedModel(
      ModelDescription description, TextEmbedder pooled, Defaults defaults, int vocabulary) {
    this.description = description;
    this.vocabulary = vocabulary;
    this.embedder = new ServedEmbedder(pooled, description.maxTokens());
    this.defaults = defaults;
    this.defaultPrompt = OnnxTextEmbedder.defaultPrompt(description, defaults.embedder());
  }

  /** Serves an open embedder, which stays the caller's. */
  static ServedModel of(OnnxTextEmbedder embedder, Defaults defaults) {
    TextEmbedder pooled = embedder.leasePooled(defaults.embedder());
    int vocabulary = Vocabulary.size(embedder.model().tokenizerFile());
    return new ServedModel(embedder.model().description(), pooled, defaults, vocabulary);
  }

  ModelDescription description() {
    return description;
  }

  TextEmbedder embedder() {
    return embedder;
  }

  /** The limits of a request to this model. */
  InputLimits limits(int maxInputs) {
    return new InputLimits(maxInputs, description.maxTokens(), vocabulary);
  }

  boolean truncates() {
    return defaults.truncate();
  }

  /** Its own name, and the others that requests may use. */
  List<String> names() {
    Set<String> names = new LinkedHashSet<>();
    names.add(description.name());
    names.addAll(new TreeSet<>(defaults.otherNames()));
    return List.copyOf(names);
  }

  /** Checks that a request is for this model: vectors of another are of another space. */
  void checkName(@Nullable String name) {
    if (name != null && !names().contains(name)) {
      throw new RequestException(
          Kind.NO_SUCH_MODEL,
          "There is no such model here; there is %s.".formatted(String.join(", ", names())),
          "model",
          null);
    }
  }

  /** Length of the vectors that a request asks for. */
  int dimensions(EmbedRequest.Options options) {
    Integer asked = options.dimensions();
    if (asked == null) {
      return description.space(defaults.embedder().dimensions().get(0)).dimensions();
    }
    if (!description.dimensions().contains(asked)) {
      throw new RequestException(
          Kind.INVALID,
          "The model has no vectors of %d dimensions; it has %s."
              .formatted(asked, description.dimensions()),
          "dimensions",
          null);
    }
    return asked;
  }

  VectorSpace space(int dimensions) {
    return description.space(dimensions);
  }

  /** An input as the batcher gets it. */
  ServedEmbedder.Submitted submitted(Input input, EmbedRequest request) {
    Boolean truncate = request.options().truncate();
    return ServedEmbedder.submitted(
        input, prompt(request.prompt()), truncate == null ? defaults.truncate() : truncate);
  }

  private String prompt(@Nullable String asked) {
    if (asked == null) {
      return defaultPrompt;
    }
    if (!asked.equals(EmbedderOptions.NO_PROMPT) && !description.prompts().containsKey(asked)) {
      throw new RequestException(
          Kind.INVALID,
          "The model has no such prompt; it has %s.".formatted(promptNames()),
          "prompt_name",
          null);
    }
    return asked;
  }

  private String promptNames() {
    var names = new ArrayList<>(description.prompts().keySet());
    names.add(EmbedderOptions.NO_PROMPT);
    return String.join(", ", names);
  }

  /** The vector that a request asks for. */
  static float[] vector(Embedding pooled, int dimensions, boolean normalize) {
    return normalize
        ? OnnxTextEmbedder.unitVector(pooled.vector(), dimensions)
        : Arrays.copyOf(pooled.vector(), dimensions);
  }

  @Override
  public void close() {
    embedder.close();
  }
}
