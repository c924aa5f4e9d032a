package dev.streambed.operator;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.ModelDirectory;
import dev.streambed.embedder.OnnxTextEmbedder;
import dev.streambed.embedder.SharedInstances;
import dev.streambed.embedder.TextEmbedder;
import java.nio.file.Path;

/**
 * Opens the embedder of a model directory.
 *
 * @param modelDirectory path of the directory on every TaskManager
 * @param options how it is used
 * @param digest the {@link ModelDirectory#digest} that the job was started with: a TaskManager that
 *     finds another model under the same path must not write its vectors
 * @param sharing who shares its session
 */
public record OnnxTextEmbedderFactory(
    String modelDirectory, EmbedderOptions options, String digest, SessionSharing sharing)
    implements TextEmbedderFactory {
  private static final long serialVersionUID = 1L;

  private static final SharedInstances<OnnxTextEmbedderFactory, TextEmbedder> SHARED =
      new SharedInstances<>();

  /** With a session for each slot. */
  public OnnxTextEmbedderFactory(String modelDirectory, EmbedderOptions options, String digest) {
    this(modelDirectory, options, digest, SessionSharing.SLOT);
  }

  @Override
  public TextEmbedder open() {
    return switch (sharing) {
      case SLOT -> openAlone();
      case TASK_MANAGER -> new SharedTextEmbedder<>(SHARED, this, this::openAlone);
    };
  }

  private TextEmbedder openAlone() {
    ModelDirectory model = ModelDirectory.open(Path.of(modelDirectory));
    if (!model.digest().equals(digest)) {
      throw new InvalidModelException(
          "Model directory %s on this machine has the digest %s; the job was started with %s. Copy the same directory to every machine."
              .formatted(modelDirectory, model.digest(), digest));
    }
    return OnnxTextEmbedder.open(model, options);
  }
}
