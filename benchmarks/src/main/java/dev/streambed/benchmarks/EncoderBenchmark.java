package dev.streambed.benchmarks;

import dev.streambed.benchmarks.BenchmarkReport.Chart;
import dev.streambed.benchmarks.BenchmarkReport.Section;
import dev.streambed.benchmarks.BenchmarkReport.Target;
import dev.streambed.benchmarks.ContestantProcess.Pass;
import dev.streambed.benchmarks.contestant.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures how many texts per second are embedded: by the batching of Streambed, by the limit of
 * the machine, by peers. Each contestant has its own process; in each round all take their turn.
 */
@Command(
    name = "encoder",
    mixinStandardHelpOptions = true,
    description = "Texts per second of the micro-batcher, against the machine's limit and peers.")
final class EncoderBenchmark implements Callable<Integer> {
  private static final String NAME = "encoder";
  private static final double BYTES_PER_KB = 1000;

  // Enough to choose between variants: they differ by more than the noise, or the choice is moot.
  private static final int TEXTS_OF_A_HEAT = 200;
  private static final int HEATS = 2;

  @Option(
      names = "--texts",
      defaultValue = "1000",
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
      converter = PeerConverter.class,
      description =
          "Contestants to run: limit, streambed, langchain4j, spring-ai, transformers-js (default: all).")
  private List<Peer> only = List.of(Peer.values());

  @Option(
      names = "--results",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final List<Entry> entries = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private final Progress progress = new Progress(System.err);

  /** A row of the result. */
  private static final class Entry {
    private final String name;
    private final Peer peer;
    private final ContestantProcess process;
    private final List<String> variants;
    private final List<Double> textsPerSecond = new ArrayList<>();
    private final List<Double> heapBytesPerText = new ArrayList<>();
    private final Map<String, Double> heats = new LinkedHashMap<>();
    private String variant;
    private Optional<Agreement> agreement = Optional.empty();

    Entry(String name, Peer peer, ContestantProcess process, List<String> variants) {
      this.name = name;
      this.peer = peer;
      this.process = process;
      this.variants = variants;
      this.variant = variants.get(0);
    }

    boolean counts() {
      return agreement.map(Agreement::counts).orElse(false);
    }
  }

  /** Reads the names of {@link Peer#label}. */
  static final class PeerConverter implements picocli.CommandLine.ITypeConverter<Peer> {
    @Override
    public Peer convert(String value) {
      return java.util.Arrays.stream(Peer.values())
          .filter(peer -> peer.label().equals(value))
          .findFirst()
          .orElseThrow(
              () ->
                  new picocli.CommandLine.TypeConversionException(
                      "'%s' is none of %s."
                          .formatted(
                              value,
                              java.util.Arrays.stream(Peer.values()).map(Peer::label).toList())));
    }
  }

  @Override
  public Integer call() throws Exception {
    if (texts < 1 || rounds < 1) {
      throw new ParameterException(spec.commandLine(), "--texts and --rounds must be at least 1.");
    }
    double loadBefore = Machine.loadAverage();
    Path work = Files.createDirectories(BenchmarkFolders.work());
    List<String> sample = SampleTexts.spread(texts);
    Path sampleFile = Files.write(work.resolve("texts.txt"), sample);
    ModelFiles model = PreparedModel.in(work.resolve("model"), progress::say);
    float[][] reference =
        ReferenceVectors.of(
            sample, model, done -> progress.update("reference vectors: " + done + " of " + texts));
    Map<Peer, ContestantProcess> processes = new EnumMap<>(Peer.class);
    try {
      startAll(sampleFile, model, work, processes);
      takeTurns(List.copyOf(entries), this::chooseVariant);
      takeTurns(List.copyOf(entries), entry -> checkVectors(entry, reference, work));
      runRounds();
    } finally {
      processes.values().forEach(ContestantProcess::close);
    }
    BenchmarkReport report = report(loadBefore);
    Path folder = report.write(results);
    System.out.println(report.summary());
    progress.say("written to " + folder);
    return 0;
  }

  private void startAll(
      Path sampleFile, ModelFiles model, Path work, Map<Peer, ContestantProcess> processes)
      throws IOException, InterruptedException {
    for (Peer peer : Peer.values()) {
      if (only.contains(peer)) {
        try {
          ContestantProcess process = peer.start(sampleFile, model, work, progress::say);
          processes.put(peer, process);
          entries.addAll(entriesOf(peer, process));
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
    progress.say("skipping " + peer.label() + ": " + reason.getMessage());
    remarks.add(
        "%s was skipped: %s"
            .formatted(
                peer.label(), String.valueOf(reason.getMessage()).lines().findFirst().orElse("")));
    entries.removeIf(entry -> entry.peer == peer);
  }

  /** Something that is done with one contestant after the other. */
  private interface Turn {
    void take(Entry entry) throws IOException;
  }

  private void takeTurns(List<Entry> order, Turn turn) throws IOException {
    for (Entry entry : order) {
      if (entries.contains(entry)) {
        try {
          turn.take(entry);
        } catch (IOException e) {
          leaveOut(entry.peer, e);
        }
      }
    }
  }

  private static List<Entry> entriesOf(Peer peer, ContestantProcess process) {
    int cores = Runtime.getRuntime().availableProcessors();
    List<String> batchSizes = List.of("1", "4", "8", "16", "32");
    return switch (peer) {
      case LIMIT -> {
        List<String> variants = new ArrayList<>();
        for (int budget : new int[] {256, 512, 1024, 2048}) {
          variants.add(cores + "x1:" + budget);
        }
        variants.add("1x" + cores + ":2048");
        yield List.of(new Entry("limit: raw ONNX Runtime", peer, process, variants));
      }
      case STREAMBED ->
          List.of(new Entry("Streambed MicroBatcher", peer, process, List.of("default")));
      case LANGCHAIN4J ->
          List.of(
              new Entry("langchain4j one by one", peer, process, List.of("one-by-one")),
              new Entry("langchain4j embedAll", peer, process, List.of("all")));
      case SPRING_AI -> List.of(new Entry("Spring AI", peer, process, batchSizes));
      case TRANSFORMERS_JS -> List.of(new Entry("transformers.js", peer, process, batchSizes));
    };
  }

  /** Lets each contestant try its variants, which warms it up too, and keeps the fastest. */
  private void chooseVariant(Entry entry) throws IOException {
    int count = Math.min(texts, TEXTS_OF_A_HEAT);
    for (int heat = 0; heat < HEATS; heat++) {
      for (String variant : entry.variants) {
        progress.update(entry.name + ": trying " + variant);
        double rate = count / entry.process.pass(count, variant).seconds();
        entry.heats.merge(variant, rate, Math::max);
      }
    }
    entry.variant = Collections.max(entry.heats.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  private void checkVectors(Entry entry, float[][] reference, Path work) throws IOException {
    progress.update(entry.name + ": checking vectors");
    float[][] vectors = entry.process.vectors(entry.variant, texts, work.resolve("vectors.bin"));
    Agreement agreement = Agreement.of(vectors, reference);
    entry.agreement = Optional.of(agreement);
    if (!agreement.counts()) {
      String remark =
          "%s does not count: its vectors differ from those of single texts (cosine %s, lowest / mean)."
              .formatted(entry.name, agreement.describe());
      progress.say(remark);
      remarks.add(remark);
    }
  }

  /** Each round begins with another contestant, so that none always follows the same one. */
  private void runRounds() throws IOException {
    for (int round = 1; round <= rounds; round++) {
      List<Entry> order = new ArrayList<>(entries);
      Collections.rotate(order, 1 - round);
      String prefix = "round %d of %d: ".formatted(round, rounds);
      takeTurns(
          order,
          entry -> {
            progress.update(prefix + entry.name);
            Pass pass = entry.process.pass(texts, entry.variant);
            entry.textsPerSecond.add(texts / pass.seconds());
            if (pass.heapBytes() >= 0) {
              entry.heapBytesPerText.add((double) pass.heapBytes() / texts - vectorBytes());
            }
          });
    }
  }

  /** Of a float[384]: 16 bytes of header, then its elements. */
  private static double vectorBytes() {
    return 16 + 384 * Float.BYTES;
  }

  private BenchmarkReport report(double loadBefore) {
    List<Measurement> rates = new ArrayList<>();
    List<Measurement> heap = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.counts()) {
        rates.add(new Measurement(entry.name, entry.textsPerSecond, details(entry)));
        if (!entry.heapBytesPerText.isEmpty()) {
          heap.add(
              Measurement.of(
                  entry.name,
                  entry.heapBytesPerText.stream().map(bytes -> bytes / BYTES_PER_KB).toList()));
        }
      }
    }
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("Texts embedded per second", "texts/s", rates, Chart.BARS));
    sections.add(new Section("Heap allocated per text beyond the vector", "KB", heap, Chart.NONE));
    return new BenchmarkReport(
        NAME,
        "Encoder: all-MiniLM-L6-v2 fp32, texts of very mixed lengths",
        command(),
        Instant.now(),
        Machine.ofThisProcess(),
        settings(loadBefore),
        sections,
        targets(rates, heap),
        remarks);
  }

  private static Map<String, String> details(Entry entry) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("variant", entry.variants.size() == 1 ? "" : "best of " + tried(entry));
    details.put(
        "cosine to single texts, lowest / mean",
        entry.agreement.map(Agreement::describe).orElse(""));
    details.put("onnxruntime", entry.process.facts().getOrDefault("onnxruntime", ""));
    return details;
  }

  private static String tried(Entry entry) {
    List<String> heats = new ArrayList<>();
    entry.heats.forEach(
        (variant, rate) -> {
          String text = "%s (%s)".formatted(variant, BenchmarkReport.number(rate));
          heats.add(variant.equals(entry.variant) ? "**" + text + "**" : text);
        });
    return String.join(", ", heats);
  }

  private Map<String, String> settings(double loadBefore) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("load average before", String.format(Locale.ROOT, "%.2f", loadBefore));
    settings.put(
        "texts",
        "%d paragraphs of speeches (the demo's sample), in their own order".formatted(texts));
    settings.put("longest text", ModelFiles.MAX_TOKENS + " tokens for all; the rest is cut off");
    settings.put(
        "contestants",
        "a process each, all alive; they take turns in each round, beginning with another each time");
    return settings;
  }

  private List<Target> targets(List<Measurement> rates, List<Measurement> heap) {
    List<Target> targets = new ArrayList<>();
    Optional<Measurement> ours = of(Peer.STREAMBED, rates);
    ours.ifPresent(
        streambed -> {
          of(Peer.LIMIT, rates)
              .ifPresent(
                  limit ->
                      targets.add(
                          Target.atLeast(
                              "MicroBatcher against the limit",
                              0.95,
                              BenchmarkReport.ratio("", streambed, limit))));
          of(Peer.LANGCHAIN4J, rates)
              .ifPresent(
                  peer ->
                      targets.add(
                          Target.atLeast(
                              "against langchain4j one by one",
                              1.3,
                              BenchmarkReport.ratio("", streambed, peer))));
          of(Peer.SPRING_AI, rates)
              .ifPresent(
                  peer ->
                      targets.add(
                          Target.atLeast(
                              "against Spring AI at its best batch size",
                              1.4,
                              BenchmarkReport.ratio("", streambed, peer))));
          of(Peer.TRANSFORMERS_JS, rates)
              .ifPresent(
                  peer ->
                      targets.add(
                          Target.atLeast(
                              "against transformers.js at its best batch size",
                              1.4,
                              BenchmarkReport.ratio("", streambed, peer))));
        });
    of(Peer.STREAMBED, heap)
        .ifPresent(
            bytes -> targets.add(Target.atMost("heap per text beyond the vector, KB", 2, bytes)));
    return targets;
  }

  /** The first row of a peer that counts. */
  private Optional<Measurement> of(Peer peer, List<Measurement> rows) {
    return entries.stream()
        .filter(entry -> entry.peer == peer)
        .findFirst()
        .flatMap(entry -> rows.stream().filter(row -> row.name().equals(entry.name)).findFirst());
  }

  private String command() {
    String command =
        "./streambed benchmark encoder --texts %d --rounds %d".formatted(texts, rounds);
    return only.size() == Peer.values().length
        ? command
        : command + " --only " + String.join(",", only.stream().map(Peer::label).toList());
  }
}
