package dev.streambed.benchmarks.retrieval;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.PreparedModel;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.VectorEncoding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what each encoding of the sink loses, with exact search over real paragraphs. */
@Internal
@Command(
    name = "encodings",
    mixinStandardHelpOptions = true,
    description = "Measures what each encoding of vectors loses in nDCG@10 and recall@10.")
public final class EncodingsBenchmark implements Callable<Integer> {
  private static final int FOLDS = 5;
  private static final int SIZED = 100;

  @Option(
      names = "--texts",
      defaultValue = "2000",
      description = "Paragraphs to make queries and texts of (default: ${DEFAULT-VALUE}).")
  private int texts;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description =
          "Rounds of each number of lengths, with a quarter of the paragraphs (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--results",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  @Spec private CommandSpec spec = CommandSpec.create();

  /** The vectors of queries and of texts, as a search has them. */
  private record Search(String name, List<float[]> queries, List<float[]> texts) {
    private Measurement measure(ToDoubleFunction<int[]> figure, int[] places) {
      List<Double> values = new ArrayList<>();
      for (int fold = 0; fold < FOLDS; fold++) {
        int from = fold * places.length / FOLDS;
        int to = (fold + 1) * places.length / FOLDS;
        values.add(figure.applyAsDouble(Arrays.copyOfRange(places, from, to)));
      }
      return Measurement.of(name, values);
    }
  }

  @Override
  public Integer call() throws Exception {
    double loadBefore = Machine.loadAverage();
    KnownItems items = KnownItems.of(new SampleTexts().spread(Math.max(texts, 1)));
    if (rounds < 1) {
      throw new ParameterException(spec.commandLine(), "--rounds must be at least 1.");
    }
    if (items.texts().size() < FOLDS) {
      throw new ParameterException(
          spec.commandLine(), "--texts %d are too few: most have no query.".formatted(texts));
    }
    Path work = Files.createDirectories(BenchmarkFolders.work());
    ModelFiles files = PreparedModel.in(work.resolve("model"), Progress::say);
    ModelDirectory model = ModelDirectory.open(files.streambed());
    Progress.say("embedding %,d queries and as many texts".formatted(items.texts().size()));
    List<float[]> queries;
    List<float[]> documents;
    int workers = Runtime.getRuntime().availableProcessors();
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
        var batcher =
            new MicroBatcher(
                embedder, BatchPolicy.DEFAULT, workers, items.texts().size(), Thread::new)) {
      queries = embed(batcher, items.queries());
      documents = embed(batcher, items.texts());
    }
    LengthsCost cost =
        LengthsCost.measure(files, new SampleTexts().spread(Math.max(1, texts / 4)), rounds);
    BenchmarkReport report = report(model, searches(queries, documents), cost, loadBefore);
    Path folder = report.write(results);
    System.out.println(report.summary());
    Progress.say("written to " + folder);
    return 0;
  }

  private static List<float[]> embed(MicroBatcher batcher, List<String> texts)
      throws InterruptedException {
    return batcher.embedAll(texts, /* promptName= */ null).stream().map(Embedding::vector).toList();
  }

  private static List<Search> searches(List<float[]> queries, List<float[]> texts) {
    List<Search> searches = new ArrayList<>();
    searches.add(new Search("float32", queries, texts));
    for (VectorEncoding encoding : VectorEncoding.values()) {
      if (encoding.isLossy()) {
        List<float[]> lossy = read(texts, encoding);
        searches.add(new Search(encoding + ", query in float32", queries, lossy));
        searches.add(
            new Search(encoding + ", query in " + encoding, read(queries, encoding), lossy));
      }
    }
    return searches;
  }

  private static List<float[]> read(List<float[]> vectors, VectorEncoding encoding) {
    return vectors.stream()
        .map(vector -> EncodedVector.of(vector, encoding).vector(vector.length))
        .toList();
  }

  private BenchmarkReport report(
      ModelDirectory model, List<Search> searches, LengthsCost cost, double loadBefore) {
    Measurement twoLengths =
        BenchmarkReport.ratio(
            cost.both().name() + " / " + cost.one().name(), cost.both(), cost.one());
    List<Measurement> gains = new ArrayList<>();
    List<Measurement> recalls = new ArrayList<>();
    for (Search search : searches) {
      int[] places = RankedSearch.places(search.queries(), search.texts());
      gains.add(search.measure(RankedSearch::ndcg, places));
      recalls.add(search.measure(RankedSearch::recall, places));
    }
    String name = model.description().name();
    return new BenchmarkReport(
        "encodings",
        "Encodings: what they lose, " + name,
        "./streambed benchmark encodings --texts " + texts,
        Instant.now(),
        Machine.ofThisProcess(),
        Map.of(
            "load before",
            "%.1f".formatted(loadBefore),
            "texts",
            "%,d paragraphs of speeches, each without its middle sentence"
                .formatted(searches.get(0).texts().size()),
            "queries",
            "these sentences; one text is right",
            "rounds",
            FOLDS + " parts of the queries, each against all texts"),
        List.of(
            new Section("nDCG@10", "of 1", gains, Chart.BARS),
            new Section("nDCG@10, of that of float32", "times", ratios(gains), Chart.NONE),
            new Section("Recall@10", "of 1", recalls, Chart.BARS),
            new Section("Recall@10, of that of float32", "times", ratios(recalls), Chart.NONE),
            new Section(
                "Size of a value without its text",
                "bytes",
                sizes(model, searches.get(0).texts()),
                Chart.NONE),
            new Section("Several lengths", "texts/s", List.of(cost.one(), cost.both()), Chart.NONE),
            new Section("Several lengths, in turns", "times", List.of(twoLengths), Chart.NONE)),
        List.of(Target.atLeast("a second length costs no inference", 0.98, twoLengths)),
        List.of("float32-bytes and base64 lose nothing: they are float32."));
  }

  /** Bytes of the values of some records without their text. */
  private static List<Measurement> sizes(ModelDirectory model, List<float[]> vectors) {
    List<Measurement> sizes = new ArrayList<>();
    for (EmbeddingFormat format : EmbeddingFormat.values()) {
      for (VectorEncoding encoding : VectorEncoding.values()) {
        if (format.takes(encoding)) {
          List<Double> bytes = new ArrayList<>();
          for (float[] vector : vectors.subList(0, Math.min(SIZED, vectors.size()))) {
            bytes.add((double) format.with(encoding).value(record(model, vector)).length);
          }
          sizes.add(Measurement.of(format + ", " + encoding, bytes));
        }
      }
    }
    return sizes;
  }

  private static EmbeddingRecord record(ModelDirectory model, float[] vector) {
    ModelDescription description = model.description();
    return new EmbeddingRecord(
        "article-7",
        /* text= */ null,
        vector,
        new Provenance(
            new ModelReference(
                description.name(),
                description.revision(),
                model.digest(),
                /* precision= */ "fp32"),
            description.space(vector.length).toString(),
            /* prompt= */ null,
            /* tokens= */ 100,
            /* truncated= */ false,
            /* unknownTokens= */ 0,
            Provenance.contentHash("text"),
            new SourcePosition("articles", 0, 7)),
        Map.of(),
        /* eventTimeMillis= */ 0);
  }

  private static List<Measurement> ratios(List<Measurement> measurements) {
    Measurement exact = measurements.get(0);
    return measurements.stream()
        .skip(1)
        .map(lossy -> BenchmarkReport.ratio(lossy.name(), lossy, exact))
        .toList();
  }
}
