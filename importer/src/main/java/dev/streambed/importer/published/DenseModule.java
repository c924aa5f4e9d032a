package dev.streambed.importer.published;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.importer.nomic.checkpoint.Safetensors;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import dev.streambed.importer.published.SentenceLayer.Dense;
import dev.streambed.importer.published.SentenceLayer.Function;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a Dense module: its config.json, and its weights as safetensors. */
final class DenseModule {
  private static final String SENTENCE_VECTOR = "sentence_embedding";

  private final ModelFolder folder;
  private final ModuleList.Module module;
  private final String file;
  private final JsonNode config;

  private DenseModule(ModelFolder folder, ModuleList.Module module) {
    this.folder = folder;
    this.module = module;
    this.file = module.file("config.json");
    this.config = folder.read(file);
  }

  /**
   * Reads a module.
   *
   * @throws InvalidModelException if it, or its weights, cannot be used
   */
  static Dense read(ModelFolder folder, ModuleList.Module module) {
    return new DenseModule(folder, module).read();
  }

  private Dense read() {
    int in = config.path("in_features").asInt();
    int out = config.path("out_features").asInt();
    if (in < 1 || out < 1) {
      throw new InvalidModelException(
          "%s says no in_features and out_features, the size of its layer. Copy that file beside the model."
              .formatted(file));
    }
    String input = config.path("module_input_name").asText(SENTENCE_VECTOR);
    if (!input.equals(SENTENCE_VECTOR)) {
      throw new InvalidModelException(
          "%s has a dense layer over %s; only one over the pooled vector can be imported."
              .formatted(file, input));
    }
    Safetensors weights = Safetensors.open(weightsFile());
    float[] matrix = tensor(weights, "linear.weight", List.of((long) out, (long) in));
    float[] bias =
        config.path("bias").asBoolean(true)
            ? tensor(weights, "linear.bias", List.of((long) out))
            : null;
    return new Dense(file, in, out, matrix, bias, function());
  }

  private Function function() {
    String name = config.path("activation_function").asText("Tanh"); // the library's default
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "Tanh" -> Function.TANH;
      case "Identity" -> Function.IDENTITY;
      default ->
          throw new InvalidModelException(
              "%s has the activation function %s; Identity and Tanh can be imported."
                  .formatted(file, name));
    };
  }

  private Path weightsFile() {
    String name = module.file("model.safetensors");
    return folder
        .find(name)
        .orElseThrow(
            () ->
                new InvalidModelException(
                    folder.find(module.file("pytorch_model.bin")).isPresent()
                        ? "The weights of the dense layer are in %s, which only Python can read. Write them as safetensors, by saving the model with a newer sentence-transformers, or leave the layer out: --no-layers."
                            .formatted(module.file("pytorch_model.bin"))
                        : "The weights of the dense layer are missing: there is no %s beside the model. Copy it there, or leave the layer out: --no-layers."
                            .formatted(name)));
  }

  private float[] tensor(Safetensors weights, String name, List<Long> shape) {
    @Nullable Tensor tensor = weights.tensors().get(name);
    if (tensor == null || !tensor.shape().equals(shape)) {
      throw new InvalidModelException(
          "%s has '%s' as %s; %s is expected after %s."
              .formatted(
                  weights.file(), name, tensor == null ? "nothing" : tensor.shape(), shape, file));
    }
    return tensor.toArray();
  }
}
