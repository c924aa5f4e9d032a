package dev.streambed.cli.evaluate;

import dev.streambed.cli.model.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.schemas.VectorEncoding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The options that all evaluations have. */
final class EvaluationOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--model",
      paramLabel = "MODEL_DIR",
      description = "the model directory (default: " + DefaultModel.NAME + ")")
  private @Nullable Path model;

  @Option(
      names = "--compare",
      paramLabel = "MODEL_DIR",
      description =
          "another model directory; gives the difference too, with the interval that has it in 95 %% of resamples (paired bootstrap)")
  private @Nullable Path other;

  @Option(
      names = "--dimensions",
      paramLabel = "N",
      description = "length of the vectors (default: the model's full length)")
  private @Nullable Integer dimensions;

  @Option(
      names = "--encoding",
      paramLabel = "float32|int8|binary",
      converter = EncodingConverter.class,
      description =
          "how the vectors of documents are stored, as streambed.sink.encoding; for sts, of both texts (default: float32)")
  private VectorEncoding encoding = VectorEncoding.FLOAT32;

  @Option(names = "--json", description = "print one JSON object instead of a table")
  private boolean json;

  /** The model directories to evaluate, in order; null for the default model. */
  List<@Nullable Path> models() {
    List<@Nullable Path> models = new ArrayList<>();
    models.add(model);
    if (other != null) {
      models.add(other);
    }
    return models;
  }

  VectorEncoding encoding() {
    return encoding;
  }

  boolean isJson() {
    return json;
  }

  /**
   * The options of an embedder.
   *
   * @throws ParameterException if the dimensions are out of range
   */
  EmbedderOptions embedder() {
    if (dimensions != null && dimensions < 1) {
      throw usage("Invalid value %d for --dimensions: must be at least 1.".formatted(dimensions));
    }
    return EmbedderOptions.DEFAULT.withDimensions(dimensions == null ? 0 : dimensions);
  }

  ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Takes the encodings that lose something, and float32. */
  private static final class EncodingConverter implements ITypeConverter<VectorEncoding> {
    @Override
    public VectorEncoding convert(String value) {
      List<VectorEncoding> taken =
          Arrays.stream(VectorEncoding.values())
              .filter(each -> each.isLossy() || each == VectorEncoding.FLOAT32)
              .toList();
      for (VectorEncoding each : taken) {
        if (each.toString().equals(value)) {
          return each;
        }
      }
      throw new TypeConversionException(
          "'%s' is none of %s"
              .formatted(
                  value, taken.stream().map(String::valueOf).collect(Collectors.joining(", "))));
    }
  }
}
