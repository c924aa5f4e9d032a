package dev.streambed.benchmarks.changes;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.pipeline.PipelineSettings;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.importer.RealTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures documents that change, and documents that are long. */
@Internal
@Command(
    name = "changes",
    mixinStandardHelpOptions = true,
    description =
        "Documents that come again unchanged, what the look for changes costs, and splitting.")
public final class ChangesBenchmark implements Callable<Integer> {
  private static final int CHARACTERS_OF_A_DOCUMENT = 20_000;
  private static final int PARAGRAPHS = 2_000;

  @Option(
      names = "--texts",
      defaultValue = "600",
      description = "Texts of the sample that are sent over and over (default: ${DEFAULT-VALUE}).")
  private int texts;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Runs of each job (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description =
          "Seconds that each run is measured, after its warm-up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--passes",
      defaultValue = "40",
      description =
          "How often the unchanged documents are sent; a run that comes to their end is measured over the second half of them (default: ${DEFAULT-VALUE}).")
  private int passes;

  @Option(
      names = "--only",
      split = ",",
      description = "Parts to run: ${COMPLETION-CANDIDATES} (default: all).")
  private List<Part> only = List.of(Part.values());

  @Option(
      names = "--results",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  @Mixin private SampleTexts sample = new SampleTexts();

  @Spec private CommandSpec spec = CommandSpec.create();

  /** The parts that can be measured alone. */
  enum Part {
    splitting,
    unchanged,
    first
  }

  @Override
  public Integer call() throws Exception {
    if (texts < 1 || rounds < 1 || seconds < 3 || passes < 10) {
      throw new ParameterException(
          spec.commandLine(),
          "--texts and --rounds must be at least 1, --seconds at least 3, --passes at least 10.");
    }
    double loadBefore = Machine.loadAverage();
    BenchmarkReport report = report(measure(), loadBefore);
    Path folder = report.write(results);
    System.out.println(report.summary());
    Progress.say("written to " + folder);
    return 0;
  }

  private List<Findings> measure() throws Exception {
    PipelineSettings settings =
        PipelineSettings.prepare(sample, texts, Duration.ofSeconds(seconds));
    List<Findings> findings = new ArrayList<>();
    if (only.contains(Part.splitting)) {
      Map<String, Path> tokenizers = new LinkedHashMap<>();
      tokenizers.put("WordPiece of all-MiniLM-L6-v2", settings.model().tokenizer());
      tokenizers.put("Unigram of nomic-embed-text-v2-moe", unigram(settings.work()));
      findings.add(new Splitting(documents(), tokenizers).measure(rounds, Progress::say));
    }
    if (only.equals(List.of(Part.splitting))) {
      return findings;
    }
    try (KafkaBroker broker =
        KafkaBroker.start(more -> more.setProperty("log.segment.delete.delay.ms", "1000"))) {
      if (only.contains(Part.unchanged)) {
        findings.add(new SecondPass(settings, broker, passes).measure(rounds, Progress::say));
      }
      if (only.contains(Part.first)) {
        findings.add(new FirstPass(settings, broker).measure(rounds, Progress::say));
      }
    }
    return findings;
  }

  private static Path unigram(Path work) throws IOException {
    Path file = work.resolve("nomic-tokenizer.json");
    Files.deleteIfExists(file);
    return RealTokenizer.writeTo(file);
  }

  /** Paragraphs of speeches one after the other, up to the length of a document. */
  private List<String> documents() throws IOException {
    List<String> documents = new ArrayList<>();
    var document = new StringBuilder();
    for (String paragraph : sample.spread(PARAGRAPHS)) {
      document.append(paragraph).append("\n\n");
      if (document.length() >= CHARACTERS_OF_A_DOCUMENT) {
        documents.add(document.toString());
        document.setLength(0);
      }
    }
    return documents;
  }

  private BenchmarkReport report(List<Findings> parts, double loadBefore) {
    Findings findings = Findings.of(parts);
    return findings.report(
        sample.nameOf("changes"),
        "Changes: documents that come again, and documents that are long",
        command(),
        conditions(loadBefore));
  }

  private Map<String, String> conditions(double loadBefore) {
    Map<String, String> conditions = new LinkedHashMap<>();
    conditions.put("load average before", BenchmarkReport.number(loadBefore));
    conditions.put(
        "texts",
        "%d %s, in random order, over and over, each with a number and a key of its own"
            .formatted(texts, sample.description()));
    conditions.put(
        "each run",
        "all-MiniLM-L6-v2 fp32 unless free; %d s after %d s of warm-up, from commit to commit, checkpoints every %d s, heap state, a slot per core; broker on the same machine"
            .formatted(
                seconds,
                PipelineSettings.WARM_UP.toSeconds(),
                PipelineRun.CHECKPOINT_INTERVAL.toSeconds()));
    conditions.putAll(OnnxRuntime.facts());
    return conditions;
  }

  private String command() {
    String command =
        "./streambed benchmark changes --texts %d --rounds %d --seconds %d --passes %d"
                .formatted(texts, rounds, seconds, passes)
            + sample.arguments();
    return only.size() == Part.values().length
        ? command
        : command + " --only " + String.join(",", only.stream().map(Part::name).toList());
  }
}
