package dev.streambed.cli;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.ExternalData;
import dev.streambed.embedder.ModelDescription;
import dev.streambed.embedder.ModelDirectory;
import dev.streambed.embedder.OnnxTextEmbedder;
import dev.streambed.importer.NomicAcceptance;
import dev.streambed.importer.NomicModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code streambed inspect}. */
@Command(
    name = "inspect",
    description =
        "Says what is in a model directory, loads it, and measures it on this machine with paragraphs of the State of"
            + " the Union addresses.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the model works", "1:it does not, or another failure", "2:wrong usage"})
final class InspectCommand implements Callable<Integer> {
  private static final double NANOS_PER_SECOND = 1e9;

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL_DIR",
      description = "the model directory (default: " + DefaultModel.NAME + ")")
  private @Nullable Path directory;

  @Option(
      names = "--verify",
      description =
          "compare the model with the published figures of nomic-embed-text-v2-moe; exits with 1 if any of them is missed")
  private boolean verify;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ModelDirectory model = Models.open(directory);
    describe(model);
    OptionalLong before = ResidentMemory.kilobytes();
    long start = System.nanoTime();
    try (OnnxTextEmbedder embedder = Models.load(model, EmbedderOptions.DEFAULT)) {
      print("device", "CPU, %d cores".formatted(Runtime.getRuntime().availableProcessors()));
      print(
          "loading",
          "%.1f s, warm-up included".formatted((System.nanoTime() - start) / NANOS_PER_SECOND));
      List<String> texts = DemoText.readAll().stream().map(DemoText::text).toList();
      // The speed test ends by terminating the embedder, so it comes last.
      boolean verified = details(model, embedder, texts);
      SpeedTest.Result speed =
          Progress.during(
              () -> SpeedTest.run(embedder, texts), System.err, () -> "measuring the speed");
      print(
          "speed",
          "%,.0f tokens/s, %,.1f texts/s (%d workers, paragraphs of speeches)"
              .formatted(speed.tokensPerSecond(), speed.textsPerSecond(), speed.workers()));
      print("memory", memory(before, ResidentMemory.kilobytes()));
      return verified ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
  }

  /**
   * What only a nomic-embed-text-v2-moe model has; false if a comparison was asked for and failed.
   */
  private boolean details(ModelDirectory model, OnnxTextEmbedder embedder, List<String> texts) {
    NomicModel.of(model).ifPresent(nomic -> ExpertDetails.print(nomic, embedder, texts));
    return !verify || ExpertDetails.verify(NomicAcceptance.run(model, embedder));
  }

  private static void describe(ModelDirectory model) throws IOException {
    ModelDescription description = model.description();
    print("directory", model.path().toString());
    print("name", description.name());
    print("revision", description.revision().isEmpty() ? "not known" : description.revision());
    print("digest", model.digest());
    print("source digest", description.sourceDigest());
    print("inputs", String.join(", ", description.inputs()) + ": int64 [batch, sequence]");
    print(
        "output",
        "%s: float32 [batch, %d]".formatted(description.output(), description.hiddenSize()));
    print("dimensions", description.dimensions().toString());
    print("pooling", lowerCase(description.pooling()));
    print("precision", lowerCase(description.precision()));
    print("max tokens", Integer.toString(description.maxTokens()));
    if (description.prompts().isEmpty()) {
      print("prompts", "none");
    }
    description
        .prompts()
        .forEach((name, prefix) -> print("prompt", "%s = '%s'".formatted(name, prefix)));
    for (Map.Entry<String, String> file : description.files().entrySet()) {
      long bytes = Files.size(model.path().resolve(file.getKey()));
      print("file", "%s, %,d bytes, sha-256 %s".formatted(file.getKey(), bytes, file.getValue()));
    }
    ExternalData external = description.externalData();
    if (external != null) {
      print(
          "weights",
          "%s, %,d bytes, sha-256 %s"
              .formatted(external.path(), external.bytes(), external.sha256()));
    }
  }

  private static String memory(OptionalLong before, OptionalLong after) {
    if (before.isEmpty() || after.isEmpty()) {
      return "not known on this system";
    }
    return "%,d MB for the model, %,d MB for this process"
        .formatted((after.getAsLong() - before.getAsLong()) / 1024, after.getAsLong() / 1024);
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  static void print(String name, String value) {
    System.out.printf("%-14s %s%n", name + ":", value);
  }
}
