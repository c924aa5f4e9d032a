package dev.streambed.cli.evaluate;

import dev.streambed.cli.evaluate.RetrievalSet.Document;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.cli.terminal.Version;
import dev.streambed.query.Nearest;
import dev.streambed.schemas.VectorEncoding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code streambed evaluate retrieval}. */
@Command(
    name = "retrieval",
    description = {
      "Search: how far up exact search by cosine puts the documents that people say are relevant (docs/evaluation.md).",
      "Reads a folder in BEIR's format: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, each also compressed (.gz)."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed", "2:wrong usage"})
final class RetrievalCommand implements Callable<Integer> {
  private static final int BATCH = 2048;
  private static final int CUTOFF = 10;
  private static final int DEEP_CUTOFF = 100;
  private static final String NDCG = "ndcg@10";

  @Mixin private EvaluationOptions options = new EvaluationOptions();

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "which judgements to take (default: ${DEFAULT-VALUE})")
  private String split = "test";

  @Option(
      names = "--query-prompt",
      paramLabel = "NAME",
      description =
          "the model's prompt for queries, or 'none' (default: 'query' where the model has it, else its default)")
  private @Nullable String queryPrompt;

  @Option(
      names = "--passage-prompt",
      paramLabel = "NAME",
      description =
          "the model's prompt for documents, or 'none' (default: 'passage' where the model has it, else its default)")
  private @Nullable String passagePrompt;

  @Parameters(paramLabel = "DIR", description = "the folder")
  private Path folder = Path.of("");

  /** Figures of each query, in their order. */
  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Figures(double[] ndcg, double[] recall, double[] deepRecall, double[] rank) {
    private Map<String, Double> means() {
      Map<String, Double> means = new LinkedHashMap<>();
      means.put(NDCG, mean(ndcg));
      means.put("recall@10", mean(recall));
      means.put("recall@100", mean(deepRecall));
      means.put("mrr@10", mean(rank));
      return means;
    }
  }

  private record Evaluated(String name, String space, long documents, Figures figures) {}

  @Override
  public Integer call() throws InterruptedException {
    RetrievalSet set = RetrievalSet.open(folder, split);
    List<Evaluated> models = new ArrayList<>();
    for (Path directory : options.models()) {
      try (TextVectors model = TextVectors.open(directory, options)) {
        models.add(evaluate(model, set));
      }
    }
    System.out.print(report(set, models).text());
    return CommandLine.ExitCode.OK;
  }

  private Evaluated evaluate(TextVectors model, RetrievalSet set) throws InterruptedException {
    var documents = new AtomicLong();
    Figures figures = figures(set, search(model, set, documents));
    if (model.leftOut() > 0) {
      Progress.say(
          "%s: %,d texts cannot be embedded (blank, too long, or not valid Unicode); such a document is never found, such a query finds nothing"
              .formatted(model.name(), model.leftOut()));
    }
    return new Evaluated(model.name(), model.space(), documents.get(), figures);
  }

  private EvaluationReport report(RetrievalSet set, List<Evaluated> models) {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("queries", (long) set.queries().size());
    counts.put("documents", models.get(0).documents);
    var report = new EvaluationReport("retrieval", counts, options);
    models.forEach(model -> report.add(model.name, model.space, model.figures.means()));
    if (models.size() > 1) {
      double[] first = models.get(0).figures.ndcg;
      double[] second = models.get(1).figures.ndcg;
      double[] differences =
          IntStream.range(0, first.length).mapToDouble(i -> second[i] - first[i]).toArray();
      report.compare(
          NDCG,
          mean(differences),
          PairedBootstrap.of(
              differences.length,
              sample -> IntStream.of(sample).mapToDouble(i -> differences[i]).average().orElse(0)));
    }
    return report;
  }

  /** The nearest documents of each query. Vectors of documents are not kept. */
  private List<Ranking> search(TextVectors model, RetrievalSet set, AtomicLong documents)
      throws InterruptedException {
    String passage = model.prompt(passagePrompt, "passage", options);
    String query = model.prompt(queryPrompt, "query", options);
    List<String> ids = List.copyOf(set.queries().keySet());
    Progress progress = model.progress();
    try {
      List<float @Nullable []> queries =
          model.embed(List.copyOf(set.queries().values()), query, VectorEncoding.FLOAT32);
      List<Ranking> rankings = ids.stream().map(id -> new Ranking(DEEP_CUTOFF)).toList();
      set.readCorpus(
          BATCH,
          batch -> {
            documents.addAndGet(batch.size());
            List<float @Nullable []> vectors =
                model.embed(
                    batch.stream().map(Document::text).toList(), passage, options.encoding());
            IntStream.range(0, ids.size())
                .parallel() // each has a ranking of its own
                .forEach(i -> rank(rankings.get(i), ids.get(i), queries.get(i), batch, vectors));
          });
      return rankings;
    } finally {
      progress.stop();
    }
  }

  /** Leaves out the query itself, which is a document of some sets, as BEIR does. */
  private static void rank(
      Ranking ranking,
      String queryId,
      float @Nullable [] query,
      List<Document> documents,
      List<float @Nullable []> vectors) {
    for (int i = 0; query != null && i < documents.size(); i++) {
      float @Nullable [] vector = vectors.get(i);
      if (vector != null && !documents.get(i).id().equals(queryId)) {
        ranking.add(Nearest.dot(query, vector), documents.get(i).id());
      }
    }
  }

  private static Figures figures(RetrievalSet set, List<Ranking> rankings) {
    int count = rankings.size();
    var figures =
        new Figures(new double[count], new double[count], new double[count], new double[count]);
    int i = 0;
    for (Map<String, Integer> relevance : set.judgements().values()) {
      List<String> ids = rankings.get(i).ids();
      figures.ndcg[i] = Ranking.ndcg(ids, relevance, CUTOFF);
      figures.recall[i] = Ranking.recall(ids, relevance, CUTOFF);
      figures.deepRecall[i] = Ranking.recall(ids, relevance, DEEP_CUTOFF);
      figures.rank[i] = Ranking.reciprocalRank(ids, relevance, CUTOFF);
      i++;
    }
    return figures;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(0);
  }
}
