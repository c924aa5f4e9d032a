package dev.streambed.cli.evaluate;

import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.cli.terminal.Version;
import dev.streambed.query.Nearest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code streambed evaluate sts}. */
@Command(
    name = "sts",
    description = {
      "Semantic textual similarity: how well the cosines of pairs of texts agree with what people say (docs/evaluation.md).",
      "Reads JSON lines with sentence1, sentence2 and score; or columns with tabs between them, under such a header or as"
          + " in the files of the STS benchmark. Also compressed (.gz)."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed", "2:wrong usage"})
final class StsCommand implements Callable<Integer> {
  private static final String ROLE = "STS"; // as sentence-transformers and MTEB call it
  private static final String SPEARMAN = "spearman";

  @Mixin private EvaluationOptions options = new EvaluationOptions();

  @Option(
      names = "--prompt",
      paramLabel = "NAME",
      description =
          "the model's prompt for both texts, or 'none' (default: 'STS' where the model has it, else its default)")
  private @Nullable String prompt;

  @Parameters(paramLabel = "FILE|DIR", description = "the pairs; of a folder, all its files")
  private Path path = Path.of("");

  @Override
  public Integer call() throws InterruptedException {
    StsPairs pairs = StsPairs.read(path);
    List<Evaluated> models = new ArrayList<>();
    for (Path directory : options.models()) {
      try (TextVectors model = TextVectors.open(directory, options)) {
        models.add(new Evaluated(model.name(), model.space(), cosines(model, pairs)));
      }
    }
    System.out.print(report(pairs, models).text());
    return CommandLine.ExitCode.OK;
  }

  /** One model's cosines, in the order of the pairs. */
  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Evaluated(String name, String space, double[] cosines) {}

  /** NaN for a pair with a text that cannot be embedded. */
  private double[] cosines(TextVectors model, StsPairs pairs) throws InterruptedException {
    String name = model.prompt(prompt, ROLE, options);
    Progress progress = model.progress();
    try {
      List<float @Nullable []> firsts = model.embed(pairs.firsts(), name, options.encoding());
      List<float @Nullable []> seconds = model.embed(pairs.seconds(), name, options.encoding());
      double[] cosines = new double[firsts.size()];
      for (int i = 0; i < cosines.length; i++) {
        float @Nullable [] first = firsts.get(i);
        float @Nullable [] second = seconds.get(i);
        cosines[i] = first == null || second == null ? Double.NaN : Nearest.dot(first, second);
      }
      return cosines;
    } finally {
      progress.stop();
    }
  }

  private EvaluationReport report(StsPairs pairs, List<Evaluated> models) {
    int[] taken =
        IntStream.range(0, pairs.scores().size())
            .filter(i -> models.stream().noneMatch(model -> Double.isNaN(model.cosines[i])))
            .toArray();
    if (taken.length < pairs.scores().size()) {
      Progress.say(
          "left out %,d pairs: one of their texts cannot be embedded (blank, too long, or not valid Unicode)"
              .formatted(pairs.scores().size() - taken.length));
    }
    if (taken.length < 2) {
      throw new CommandFailedException("Fewer than two pairs are left; a correlation needs two.");
    }
    double[] scores = pick(pairs.scores().stream().mapToDouble(score -> score).toArray(), taken);
    var report = new EvaluationReport("sts", Map.of("pairs", (long) taken.length), options);
    List<double[]> picked = models.stream().map(model -> pick(model.cosines, taken)).toList();
    for (int i = 0; i < picked.size(); i++) {
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put(SPEARMAN, Correlation.spearman(picked.get(i), scores));
      figures.put("pearson", Correlation.pearson(picked.get(i), scores));
      report.add(models.get(i).name, models.get(i).space, figures);
    }
    if (models.size() > 1) {
      report.compare(
          SPEARMAN,
          difference(picked, scores),
          PairedBootstrap.of(
              taken.length,
              sample ->
                  difference(
                      picked.stream().map(each -> pick(each, sample)).toList(),
                      pick(scores, sample))));
    }
    return report;
  }

  private static double difference(List<double[]> cosines, double[] scores) {
    return Correlation.spearman(cosines.get(1), scores)
        - Correlation.spearman(cosines.get(0), scores);
  }

  private static double[] pick(double[] values, int[] taken) {
    return IntStream.of(taken).mapToDouble(i -> values[i]).toArray();
  }
}
