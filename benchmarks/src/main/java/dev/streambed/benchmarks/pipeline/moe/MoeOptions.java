package dev.streambed.benchmarks.pipeline.moe;

import dev.streambed.benchmarks.moe.MoeModels;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that are for the large model alone. */
@Internal
public final class MoeOptions {
  /** Their names. */
  public static final List<String> NAMES =
      List.of(
          "--precision",
          "--lengths",
          "--checkpoint-seconds",
          "--warm-up",
          "--checkpoint",
          "--work");

  @Option(
      names = "--precision",
      paramLabel = "fp32|int8",
      defaultValue = "fp32",
      description = "With --model moe: arithmetic of its products (default: ${DEFAULT-VALUE}).")
  private String precision = "fp32";

  @Option(
      names = "--lengths",
      split = ",",
      paramLabel = "LENGTH",
      defaultValue = "short,mixed,long",
      description =
          "With --model moe: kinds of texts, of 8 to 40 tokens, 20 to 232 and 256 to 500 (default: ${DEFAULT-VALUE}).")
  private List<TextLength> lengths = List.of(TextLength.values());

  @Option(
      names = "--checkpoint-seconds",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "With --model moe: seconds from one of Flink's checkpoints to the next (default: ${DEFAULT-VALUE}).")
  private int checkpointSeconds = 10;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "30",
      description =
          "With --model moe: seconds of each run that are not measured, from its first commit on; until a slot has written what it tokenises ahead, 4096 tokens, its output lags behind (default: ${DEFAULT-VALUE}).")
  private int warmUp = 30;

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description =
          "With --model moe: the model's checkpoint; one of random weights is made if absent (1.9 GB).")
  private @Nullable Path givenCheckpoint;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "With --model moe: where the made checkpoint and the imported model are kept (default: as benchmark moe has it).")
  private Path work = BenchmarkFolders.work().resolveSibling("moe");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /** The model, for people. */
  static final String MODEL = "nomic-embed-text-v2-moe";

  /** Refuses what is out of range. */
  public void check() {
    if (!List.of("fp32", "int8").contains(precision)) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value %s for --precision: must be fp32 or int8.".formatted(precision));
    }
    if (checkpointSeconds < 1 || warmUp < 0) {
      throw new ParameterException(
          spec.commandLine(), "--checkpoint-seconds must be at least 1, --warm-up at least 0.");
    }
  }

  /** Imports the model anew. */
  ModelDirectory importModel() throws IOException {
    return models().importModel(Precision.valueOf(precision.toUpperCase(Locale.ROOT))).model();
  }

  private MoeModels models() {
    return new MoeModels(work, givenCheckpoint);
  }

  List<TextLength> lengths() {
    return lengths;
  }

  Duration warmUp() {
    return Duration.ofSeconds(warmUp);
  }

  Duration checkpoints() {
    return Duration.ofSeconds(checkpointSeconds);
  }

  /** The name of the benchmark with this model. */
  String nameOf(String benchmark) {
    return "%s-moe%s".formatted(benchmark, precision.equals("fp32") ? "" : "-" + precision);
  }

  /** The model and its weights, for people. */
  String describe() {
    return "%s %s: %s".formatted(MODEL, precision, models().describe());
  }

  String precision() {
    return precision;
  }

  /** These options, with a space before them. */
  public String arguments() {
    return " --model moe --precision %s --lengths %s --checkpoint-seconds %d --warm-up %d"
        .formatted(
            precision,
            String.join(",", lengths.stream().map(TextLength::toString).toList()),
            checkpointSeconds,
            warmUp);
  }
}
