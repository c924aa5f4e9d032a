package dev.streambed.benchmarks.encoder;

import dev.streambed.benchmarks.contestant.ContestantProcess;
import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.PreparedModel;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.cli.terminal.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures how many texts per second are embedded: by the batching of Streambed, by the limit of
 * the machine, by peers. Each contestant has its own process; in each round all take their turn.
 */
@Internal
@Command(
    name = "encoder",
    mixinStandardHelpOptions = true,
    description = "Texts per second of the micro-batcher, against the machine's limit and peers.")
public final class EncoderBenchmark implements Callable<Integer> {
  @Option(
      names = "--texts",
      defaultValue = "400",
      description = "Texts of the sample that each pass embeds (default: ${DEFAULT-VALUE}).")
  private int texts;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Passes of each contestant (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--only",
      split = ",",
      converter = Peer.FromLabel.class,
      description =
          "Contestants to run: limit, streambed, langchain4j, spring-ai, transformers-js (default: all).")
  private List<Peer> only = List.of(Peer.values());

  @Option(
      names = "--results",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  @Mixin private SampleTexts sample = new SampleTexts();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final List<ContestantProcess> processes = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    if (texts < 1 || rounds < 1) {
      throw new ParameterException(spec.commandLine(), "--texts and --rounds must be at least 1.");
    }
    double loadBefore = Machine.loadAverage();
    Path work = Files.createDirectories(BenchmarkFolders.work());
    List<String> input = sample.spread(texts);
    Path inputFile = Files.write(work.resolve("texts.txt"), input);
    ModelFiles model = PreparedModel.in(work.resolve("model"), Progress::say);
    AtomicInteger done = new AtomicInteger();
    float[][] reference =
        Progress.during(
            () -> ReferenceVectors.of(input, model, done::set),
            System.err,
            () -> "reference vectors: %d of %d".formatted(done.get(), texts));
    try {
      startAll(inputFile, model, work);
      takeTurns("trying variants of ", 0, row -> row.chooseVariant(texts));
      takeTurns("checking vectors of ", 0, row -> checkVectors(row, reference, work));
      for (int round = 1; round <= rounds; round++) {
        // Each begins with another contestant, so that none always follows the same one.
        takeTurns(
            "round %d of %d: ".formatted(round, rounds), 1 - round, row -> row.measure(texts));
      }
    } finally {
      processes.forEach(ContestantProcess::close);
    }
    BenchmarkReport report = report(loadBefore);
    Path folder = report.write(results);
    System.out.println(report.summary());
    Progress.say("written to " + folder);
    return 0;
  }

  private void startAll(Path inputFile, ModelFiles model, Path work)
      throws IOException, InterruptedException {
    for (Peer peer : Peer.values()) {
      if (only.contains(peer)) {
        try {
          ContestantProcess process = peer.start(inputFile, model, work, Progress::say);
          processes.add(process);
          rows.addAll(Row.of(peer, process));
        } catch (IOException e) {
          leaveOut(peer, e);
        }
      }
    }
  }

  /** Goes on without a peer, or ends if it is no peer. */
  private void leaveOut(Peer peer, IOException reason) throws IOException {
    if (!peer.isForeign()) {
      throw reason;
    }
    String message = String.valueOf(reason.getMessage());
    Progress.say("skipping " + peer.label() + ": " + message);
    remarks.add(
        "%s was skipped: %s".formatted(peer.label(), message.lines().findFirst().orElse("")));
    rows.removeIf(row -> row.peer() == peer);
  }

  /** Something that is done with one row after the other. */
  private interface Turn {
    void take(Row row) throws IOException;
  }

  private void takeTurns(String doing, int rotation, Turn turn) throws IOException {
    List<Row> order = new ArrayList<>(rows);
    Collections.rotate(order, rotation);
    for (Row row : order) {
      if (rows.contains(row)) { // else its process has ended meanwhile
        Progress.say(doing + row.name());
        try {
          turn.take(row);
        } catch (IOException e) {
          leaveOut(row.peer(), e);
        }
      }
    }
  }

  private void checkVectors(Row row, float[][] reference, Path work) throws IOException {
    Agreement agreement = row.checkVectors(reference, work);
    if (!agreement.counts()) {
      String remark =
          "%s does not count: its vectors differ from those of single texts (cosine %s, lowest / mean)."
              .formatted(row.name(), agreement.describe());
      Progress.say(remark);
      remarks.add(remark);
    }
  }

  private BenchmarkReport report(double loadBefore) {
    EncoderFindings findings = new EncoderFindings();
    rows.forEach(row -> findings.add(row.peer(), row.rate(), row.heap()));
    return new BenchmarkReport(
        sample.nameOf("encoder"),
        "Encoder: all-MiniLM-L6-v2 fp32, texts of very mixed lengths",
        command(),
        Instant.now(),
        Machine.ofThisProcess(),
        settings(loadBefore),
        findings.sections(),
        findings.targets(),
        remarks);
  }

  private Map<String, String> settings(double loadBefore) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("load average before", BenchmarkReport.number(loadBefore));
    settings.put("texts", "%d %s, in their own order".formatted(texts, sample.description()));
    settings.put("longest text", ModelFiles.MAX_TOKENS + " tokens for all; the rest is cut off");
    settings.put(
        "contestants",
        "a process each, all alive; they take turns in each round, beginning with another each time");
    return settings;
  }

  private String command() {
    String command =
        "./streambed benchmark encoder --texts %d --rounds %d".formatted(texts, rounds)
            + sample.arguments();
    return only.size() == Peer.values().length
        ? command
        : command + " --only " + String.join(",", only.stream().map(Peer::label).toList());
  }
}
