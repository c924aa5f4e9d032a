package dev.streambed.importer.nomic.checkpoint;

import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apiguardian.api.API;

/**
 * A checkpoint directory as published (config.json, model.safetensors, tokenizer.json), opened and
 * found to be a model that the graph builder implements: every tensor present, none besides, each
 * of the expected shape. Its files may be symbolic links, as in the download cache of the hub.
 */
@API(status = API.Status.INTERNAL)
public final class Checkpoint {
  private static final String WEIGHTS = "model.safetensors";

  private final CheckpointConfig config;
  private final Safetensors weights;
  private final Path tokenizerFile;

  private Checkpoint(CheckpointConfig config, Safetensors weights, Path tokenizerFile) {
    this.config = config;
    this.weights = weights;
    this.tokenizerFile = tokenizerFile;
  }

  /**
   * Opens a checkpoint; only headers are read.
   *
   * @throws InvalidModelException if a file is missing or is not what the graph builder implements
   */
  public static Checkpoint open(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidModelException(directory + " is not a directory.");
    }
    if (!Files.exists(directory.resolve(WEIGHTS))
        && Files.exists(directory.resolve(WEIGHTS + ".index.json"))) {
      throw new InvalidModelException(
          directory
              + " holds its weights in several files; only one "
              + WEIGHTS
              + " is supported.");
    }
    CheckpointConfig config = ConfigFile.read(requiredFile(directory, "config.json"));
    Safetensors weights = Safetensors.open(requiredFile(directory, WEIGHTS));
    checkTensors(config.expectedTensors(), weights);
    return new Checkpoint(config, weights, requiredFile(directory, "tokenizer.json"));
  }

  public CheckpointConfig config() {
    return config;
  }

  /** The weights file, all links resolved. */
  public Path weightsFile() {
    return weights.file();
  }

  /** The tokenizer file, all links resolved. */
  public Path tokenizerFile() {
    return tokenizerFile;
  }

  /** One of {@link CheckpointConfig#expectedTensors}. */
  public Tensor tensor(String name) {
    Tensor tensor = weights.tensors().get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("No tensor " + name + " in a checked checkpoint.");
    }
    return tensor;
  }

  /** Whether every tensor is stored as 32-bit float, so that a graph can use the file as it is. */
  public boolean isStoredAsFloat() {
    return weights.tensors().values().stream().allMatch(t -> t.type() == ElementType.F32);
  }

  /** Number of tensors. */
  public int tensorCount() {
    return weights.tensors().size();
  }

  /** Number of values in all tensors. */
  public long parameters() {
    return weights.tensors().values().stream().mapToLong(Tensor::elements).sum();
  }

  /**
   * The parameters that one token's vector is computed from: those of the chosen experts, and of no
   * other.
   */
  public long activeParameters() {
    int idleExperts = config.experts() - CheckpointConfig.EXPERTS_PER_TOKEN;
    long expert = 2L * config.innerSize() * config.hiddenSize();
    return parameters() - (long) config.mixtureLayers() * idleExperts * expert;
  }

  private static Path requiredFile(Path directory, String name) {
    Path file = directory.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new InvalidModelException(
          "Checkpoint directory %s has no file %s (needed: config.json, %s, tokenizer.json)."
              .formatted(directory, name, WEIGHTS));
    }
    try {
      return file.toRealPath();
    } catch (IOException e) {
      throw new InvalidModelException("Cannot read " + file + ": " + e, e);
    }
  }

  private static void checkTensors(Map<String, List<Long>> expected, Safetensors weights) {
    var missing = new TreeSet<>(expected.keySet());
    missing.removeAll(weights.tensors().keySet());
    var unexpected = new TreeSet<>(weights.tensors().keySet());
    unexpected.removeAll(expected.keySet());
    if (!missing.isEmpty() || !unexpected.isEmpty()) {
      throw new InvalidModelException(
          "%s does not fit its config.json: missing %s, unexpected %s."
              .formatted(weights.file(), summary(missing), summary(unexpected)));
    }
    for (Tensor tensor : weights.tensors().values()) {
      if (!tensor.shape().equals(expected.get(tensor.name()))) {
        throw new InvalidModelException(
            "Tensor %s of %s has shape %s; config.json means %s."
                .formatted(
                    tensor.name(), weights.file(), tensor.shape(), expected.get(tensor.name())));
      }
    }
  }

  private static String summary(Set<String> names) {
    List<String> first = names.stream().limit(5).toList();
    return names.size() <= 5 ? names.toString() : first + " and " + (names.size() - 5) + " more";
  }
}
