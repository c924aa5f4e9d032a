package dev.streambed.cli.inspect;

import dev.streambed.cli.demo.DemoText;
import dev.streambed.cli.model.Models;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.cli.terminal.Version;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ExternalData;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.SpecialTokensInText;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.nomic.NomicAcceptance;
import dev.streambed.importer.nomic.NomicModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code streambed inspect}. */
@Internal
@Command(
    name = "inspect",
    description =
        "Says what is in a model directory, loads it, and measures it on this machine with paragraphs of the State of"
            + " the Union addresses.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the model works", "1:it does not, or another failure", "2:wrong usage"})
public final class InspectCommand implements Callable<Integer> {
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

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda|cuda:N|auto",
      converter = DeviceConverter.class,
      description =
          "what to load it on (default: cpu); says which nodes of the graph run there, and compares a GPU's vectors and"
              + " speed with the CPU's; exits with 1 if the GPU is not used or its vectors differ")
  private @Nullable DeviceChoice device;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ModelDirectory model = Models.open(directory);
    describe(model);
    OptionalLong before = ResidentMemory.kilobytes();
    long start = System.nanoTime();
    DeviceChoice choice = device == null ? DeviceChoice.CPU : device;
    try (OnnxTextEmbedder embedder =
        Models.load(model, EmbedderOptions.DEFAULT.withDevice(choice))) {
      print("device", describe(embedder.device()));
      if (embedder.device().isCpu()) {
        print("8-bit weights", OnnxTextEmbedder.byteProducts());
      }
      print(
          "loading",
          "%.1f s, warm-up included".formatted((System.nanoTime() - start) / NANOS_PER_SECOND));
      List<String> texts = DemoText.readAll().stream().map(DemoText::text).toList();
      // The speed test ends by terminating the embedder, so it comes last.
      boolean verified = details(model, embedder, texts);
      boolean deviceWorks = device == null || testDevice(model, embedder, texts);
      printSpeed("speed", embedder, texts);
      print("memory", memory(before, ResidentMemory.kilobytes()));
      return verified && deviceWorks ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
  }

  /**
   * Prints details that only a nomic-embed-text-v2-moe model has; false if a comparison was asked
   * for and failed.
   */
  private boolean details(ModelDirectory model, OnnxTextEmbedder embedder, List<String> texts) {
    NomicModel.of(model).ifPresent(nomic -> ExpertDetails.print(nomic, embedder, texts));
    return !verify || ExpertDetails.verify(NomicAcceptance.run(model, embedder));
  }

  /** Compares a GPU with the CPU; false if it is not used, or not right. */
  private static boolean testDevice(
      ModelDirectory model, OnnxTextEmbedder embedder, List<String> texts)
      throws InterruptedException {
    var test = new DeviceCheck(model, texts);
    boolean isUsed = test.checkProvider(embedder);
    if (embedder.device().isCpu()) {
      return isUsed;
    }
    try (OnnxTextEmbedder onCpu = Models.load(model, EmbedderOptions.DEFAULT)) {
      boolean isRight = test.compare(embedder, onCpu);
      printSpeed("speed on CPU", onCpu, texts);
      return isUsed && isRight;
    }
  }

  private static void printSpeed(String name, OnnxTextEmbedder embedder, List<String> texts)
      throws InterruptedException {
    SpeedMeasurement.Result speed =
        Progress.during(
            () -> SpeedMeasurement.run(embedder, texts), System.err, () -> "measuring the speed");
    print(
        name,
        "%,.0f tokens/s, %,.1f texts/s (%d workers, paragraphs of speeches)"
            .formatted(speed.tokensPerSecond(), speed.textsPerSecond(), speed.workers()));
  }

  private static String describe(Device device) {
    if (!device.isCpu()) {
      return device.toString();
    }
    String cpu = "CPU, %d cores".formatted(Runtime.getRuntime().availableProcessors());
    return device.fallback().isEmpty() ? cpu : cpu + "; not a GPU: " + device.fallback();
  }

  private static void describe(ModelDirectory model) throws IOException {
    ModelDescription description = model.description();
    print("directory", model.path().toString());
    print("name", description.name());
    print("revision", description.revision().isEmpty() ? "not known" : description.revision());
    print("digest", model.digest());
    print("source digest", description.sourceDigest());
    print("space", description.space().toString());
    print("inputs", String.join(", ", description.inputs()) + ": int64 [batch, sequence]");
    print(
        "output",
        "%s: float32 [batch, %d]".formatted(description.output(), description.hiddenSize()));
    print("dimensions", description.dimensions().toString());
    print("pooling", lowerCase(description.pooling()));
    print("precision", lowerCase(description.precision()));
    print("max tokens", Integer.toString(description.maxTokens()));
    print(
        "special tokens",
        description.specialTokensInText() == SpecialTokensInText.CONTROL
            ? "control the model when they stand in a text"
            : "are text when they stand in a text");
    if (description.batchDependent()) {
      print("batches", "vectors depend on the other texts of their batch");
    }
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

  /** Turns a value out of range into wrong usage. */
  private static final class DeviceConverter implements ITypeConverter<DeviceChoice> {
    @Override
    public DeviceChoice convert(String value) {
      try {
        return DeviceChoice.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  static void print(String name, String value) {
    System.out.printf("%-15s %s%n", name + ":", value);
  }
}
