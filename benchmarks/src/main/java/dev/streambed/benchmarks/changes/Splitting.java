package dev.streambed.benchmarks.changes;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.TextSplitter;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * The CPU time of splitting a document, against that of tokenising it once, which nobody who
 * respects a limit of tokens can do without.
 */
final class Splitting {
  private static final int LIMIT = 512;
  private static final double MOST_TIMES = 2.5;
  private static final int WARM_UP_PASSES = 2;
  private static final double NANOS_PER_MILLI = 1e6;

  private final List<String> documents;
  private final Map<String, Path> tokenizers;

  /**
   * @param tokenizers files by the names of their vocabularies
   */
  Splitting(List<String> documents, Map<String, Path> tokenizers) {
    this.documents = List.copyOf(documents);
    this.tokenizers = Map.copyOf(tokenizers);
  }

  Findings measure(int rounds, Consumer<String> progress) {
    List<Measurement> times = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    tokenizers.forEach(
        (name, file) -> {
          progress.accept("splitting, " + name);
          try (TextTokenizer tokenizer = TextTokenizer.open(file, LIMIT)) {
            var splitter = new TextSplitter(new Counter(tokenizer), ChunkingOptions.DEFAULT);
            ToLongFunction<String> splits = text -> splitter.split(text).size();
            ToLongFunction<String> counts = tokenizer::count;
            for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
              var unused = millis(splits) + millis(counts);
            }
            List<Double> split = new ArrayList<>();
            List<Double> once = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
              split.add(millis(splits));
              once.add(millis(counts));
            }
            Measurement ours = Measurement.of(name + ", split", split);
            Measurement theirs = Measurement.of(name + ", tokenised once", once);
            times.addAll(List.of(ours, theirs));
            targets.add(
                Target.atMost(
                    "splitting against tokenising once, CPU time, " + name,
                    MOST_TIMES,
                    BenchmarkReport.ratio("", ours, theirs)));
          }
        });
    return new Findings(
        List.of(
            new Section(
                "Splitting %d documents of %,d characters on average into chunks of %d tokens"
                    .formatted(
                        documents.size(),
                        Math.round(
                            documents.stream().mapToInt(String::length).average().orElseThrow()),
                        LIMIT),
                "ms of CPU time per document",
                times,
                Chart.NONE)),
        targets,
        List.of());
  }

  /** CPU time of this thread for a document, in the mean; the tokeniser uses no other. */
  private double millis(ToLongFunction<String> work) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    long sum = 0;
    for (String document : documents) {
      sum += work.applyAsLong(document);
    }
    double millis = (threads.getCurrentThreadCpuTime() - start) / NANOS_PER_MILLI;
    if (sum < documents.size()) {
      throw new IllegalStateException("Nothing came of %d documents.".formatted(documents.size()));
    }
    return millis / documents.size();
  }

  /** The tokens of a model that has this tokeniser, and no prompt. */
  private record Counter(TextTokenizer tokenizer) implements TokenCounter {
    @Override
    public int limit() {
      return LIMIT;
    }

    @Override
    public void check(String text) {
      // the documents are ours
    }

    @Override
    public int tokensForModel(String text) {
      TokenIds tokens = tokenizer.tokenise(text);
      return tokens.truncated() ? LIMIT + 1 : tokens.length();
    }

    @Override
    public int tokensAlone(String text) {
      return tokenizer.count(text);
    }

    @Override
    public int[] startsAlone(String text) {
      return tokenizer.starts(text);
    }
  }
}
