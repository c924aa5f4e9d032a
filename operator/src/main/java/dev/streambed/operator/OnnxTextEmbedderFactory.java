package dev.streambed.operator;

import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.SharedInstances;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.apache.flink.annotation.Internal;

/**
 * Opens the embedder of a model directory.
 *
 * @param modelDirectory path of the directory on every TaskManager; or a URI, from which each
 *     copies it once for all of its slots
 * @param options how it is used
 * @param digest the {@link ModelDirectory#digest} that the job was started with: a TaskManager that
 *     finds another model under the same path must not write its vectors
 * @param sharing who shares its session; slots on different GPUs never do
 */
@Internal
public record OnnxTextEmbedderFactory(
    String modelDirectory, EmbedderOptions options, String digest, SessionSharing sharing)
    implements TextEmbedderFactory {
  private static final long serialVersionUID = 1L;

  private static final SharedInstances<Session, OnnxTextEmbedder> SHARED = new SharedInstances<>();

  private static final SharedInstances<Origin, ModelCopy> COPIES = new SharedInstances<>();

  /** Embedders with equal keys share a copy of a model directory. */
  private record Origin(String uri, String digest) {}

  /** Embedders with equal keys share a session; prompts and dimensions are not part of the key. */
  private record Session(
      String modelDirectory, String digest, DeviceChoice device, int intraOpThreads) {}

  /** With a session for each slot. */
  public OnnxTextEmbedderFactory(String modelDirectory, EmbedderOptions options, String digest) {
    this(modelDirectory, options, digest, SessionSharing.SLOT);
  }

  @Override
  public TextEmbedder open(OptionalInt gpu) {
    OnnxTextEmbedderFactory here = onDevice(device(gpu));
    if (!LocatedModel.isUri(modelDirectory)) {
      return here.openAt(Path.of(modelDirectory));
    }
    return new SharedTextEmbedder<>(
        COPIES,
        new Origin(modelDirectory, digest),
        () -> ModelCopy.of(modelDirectory, digest),
        copy -> here.openAt(copy.directory()));
  }

  private TextEmbedder openAt(Path directory) {
    return switch (sharing) {
      case SLOT -> openAlone(directory);
      case TASK_MANAGER ->
          new SharedTextEmbedder<>(
              SHARED, session(), () -> openAlone(directory), opened -> opened.lease(options));
    };
  }

  /** How many sessions are shared now. */
  static int openSessions() {
    return SHARED.size();
  }

  /** How many copies of model directories there are now. */
  static int copies() {
    return COPIES.size();
  }

  private Session session() {
    return new Session(modelDirectory, digest, options.device(), options.intraOpThreads());
  }

  /** The device that this slot tries, within the choice of the job. */
  private DeviceChoice device(OptionalInt gpu) {
    DeviceChoice asked = options.device();
    if (asked.namesGpu() || asked.kind() == DeviceChoice.Kind.CPU) {
      return asked;
    }
    if (gpu.isPresent()) {
      return asked.on(gpu.getAsInt());
    }
    return switch (asked.kind()) {
      case CPU, AUTO -> DeviceChoice.CPU;
      case CUDA ->
          throw new InvalidModelException(
              "Cannot run on a GPU: Flink lists none for this TaskManager. Set external-resources: gpu in its configuration, or name the GPU, as in cuda:0 (docs/gpu.md).");
    };
  }

  private OnnxTextEmbedderFactory onDevice(DeviceChoice device) {
    return new OnnxTextEmbedderFactory(modelDirectory, options.withDevice(device), digest, sharing);
  }

  private OnnxTextEmbedder openAlone(Path directory) {
    ModelDirectory model = ModelDirectory.open(directory);
    if (!model.digest().equals(digest)) {
      throw new InvalidModelException(
          "Model directory %s on this machine has the digest %s; the job was started with %s. Copy the same directory to every machine."
              .formatted(modelDirectory, model.digest(), digest));
    }
    return OnnxTextEmbedder.open(model, options);
  }
}
