package dev.streambed.benchmarks.serve;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.encoder.Agreement;
import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures embeddings over HTTP against the library in one's own process, and against a peer. */
@Internal
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Embeddings over HTTP: what HTTP costs many callers and a lone one, how long queries wait beside a bulk client, and what overload does.",
      "The server has a process of its own, on this machine; its clients are threads of this one."
    })
public final class ServeBenchmark implements Callable<Integer> {
  private static final int FEWEST_TEXTS = 64; // a list of the bulk client

  @Option(
      names = "--texts",
      defaultValue = "400",
      description = "Texts of the sample, over and over (default: ${DEFAULT-VALUE}).")
  private int texts;

  @Option(
      names = "--callers",
      defaultValue = "32",
      description = "Callers at a time, of one text each (default: ${DEFAULT-VALUE}).")
  private int callers;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description =
          "Rounds of each measurement, after one that does not count (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "Seconds of a round of queries or of overload (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--only",
      split = ",",
      description = "Parts to run: ${COMPLETION-CANDIDATES} (default: all).")
  private List<Part> only = List.of(Part.values());

  @Option(names = "--no-peer", description = "Leave out the server over transformers.js.")
  private boolean withoutPeer;

  @Option(
      names = "--results",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  @Mixin private SampleTexts sample = new SampleTexts();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final List<String> remarks = new ArrayList<>();

  /** The parts that can be measured alone. */
  enum Part {
    callers,
    lone,
    queries,
    overload
  }

  @Override
  public Integer call() throws Exception {
    if (texts < FEWEST_TEXTS || callers < 1 || rounds < 1 || seconds < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--texts must be at least %d, --callers, --rounds and --seconds at least 1."
              .formatted(FEWEST_TEXTS));
    }
    double loadBefore = Machine.loadAverage();
    BenchmarkReport report;
    try (ServeSettings settings =
        ServeSettings.prepare(sample.spread(texts), rounds, Duration.ofSeconds(seconds))) {
      report = report(measure(settings), loadBefore);
    }
    Path folder = report.write(results);
    System.out.println(report.summary());
    Progress.say("written to " + folder);
    return 0;
  }

  private List<Findings> measure(ServeSettings settings) throws Exception {
    List<Findings> findings = new ArrayList<>();
    if (!only.equals(List.of(Part.overload))) {
      Progress.say("starting the server");
      try (ServedProcess served = ServedProcess.streambed(settings.model(), settings.work());
          ServedProcess peer = peer(settings.model(), settings.work())) {
        check(served, settings, "over HTTP");
        if (peer != null) {
          check(peer, settings, "transformers.js");
        }
        if (only.contains(Part.callers)) {
          findings.add(new Throughput(settings, callers).measure(served, peer));
        }
        if (only.contains(Part.lone)) {
          findings.add(new LoneRequest(settings).measure(served, peer));
        }
        if (only.contains(Part.queries)) {
          findings.add(new QueriesBesideBulk(settings).measure(served));
        }
      }
    }
    if (only.contains(Part.overload)) {
      findings.add(new Overload(settings).measure());
    }
    return findings;
  }

  /** The server of a peer; null if it is not wanted or cannot be had. */
  private @Nullable ServedProcess peer(ModelFiles model, Path work) throws InterruptedException {
    if (withoutPeer || !(only.contains(Part.callers) || only.contains(Part.lone))) {
      return null;
    }
    try {
      return ServedProcess.transformersJs(model, work, Progress::say);
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      Progress.say("skipping transformers.js: " + e.getMessage());
      remarks.add("transformers.js was skipped: " + message);
      return null;
    }
  }

  /** A server that gives other vectors is not measured. */
  private static void check(ServedProcess served, ServeSettings settings, String name)
      throws IOException {
    List<String> some = settings.texts().subList(0, FEWEST_TEXTS);
    OnnxTextEmbedder embedder = settings.embedder();
    float[][] found = new float[some.size()][];
    float[][] expected = new float[some.size()][];
    try (var caller = new HttpCaller(served.port(), Bodies.PATH, Bodies.single(some))) {
      for (int i = 0; i < some.size(); i++) {
        found[i] = Bodies.vector(caller.post(i).body());
        expected[i] = embedder.embed(List.of(embedder.tokenise(some.get(i), null))).get(0).vector();
      }
    }
    Agreement agreement = Agreement.of(found, expected);
    if (!agreement.counts()) {
      throw new IOException(
          "Vectors %s differ from those of single texts (cosine %s, lowest / mean)."
              .formatted(name, agreement.describe()));
    }
  }

  private BenchmarkReport report(List<Findings> parts, double loadBefore) {
    Findings findings = Findings.of(parts);
    remarks.addAll(findings.remarks());
    return new BenchmarkReport(
        sample.nameOf("serve"),
        "Embeddings over HTTP: all-MiniLM-L6-v2 fp32",
        command(),
        Instant.now(),
        Machine.ofThisProcess(),
        conditions(loadBefore),
        findings.sections(),
        findings.targets(),
        remarks);
  }

  private Map<String, String> conditions(double loadBefore) {
    Map<String, String> conditions = new LinkedHashMap<>();
    conditions.put("load average before", BenchmarkReport.number(loadBefore));
    conditions.put("texts", "%d %s".formatted(texts, sample.description()));
    conditions.put(
        "requests",
        "POST /v1/embeddings, vectors in base64, connections kept; answers are read, and not parsed");
    conditions.put(
        "processes",
        "a JVM for the server and one for its clients, which also has the bare batcher and embedder; on the same cores");
    conditions.putAll(OnnxRuntime.facts());
    return conditions;
  }

  private String command() {
    String command =
        "./streambed benchmark serve --texts %d --callers %d --rounds %d --seconds %d"
                .formatted(texts, callers, rounds, seconds)
            + sample.arguments()
            + (withoutPeer ? " --no-peer" : "");
    return only.size() == Part.values().length
        ? command
        : command + " --only " + String.join(",", only.stream().map(Part::name).toList());
  }
}
