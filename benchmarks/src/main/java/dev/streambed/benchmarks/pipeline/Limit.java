package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.encoder.LimitContestant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The machine's limit for the texts of the pipeline benchmark, in this JVM. */
final class Limit {
  private static final int TEXTS_OF_A_TRY = 100;
  private static final int TRIES = 3;

  private final LimitContestant contestant;
  private final String[] texts;
  private final long tokens;
  private final String variant;

  private Limit(LimitContestant contestant, String[] texts) throws Exception {
    this.contestant = contestant;
    this.texts = texts;
    this.tokens = contestant.tokens(texts);
    this.variant = fastestVariant();
  }

  /** Tries its variants, which warms it up too. */
  static Limit open(ModelFiles model, List<String> texts) throws Exception {
    return new Limit(
        LimitContestant.open(model),
        texts.stream().map(text -> PipelineTopics.numbered(text, 0)).toArray(String[]::new));
  }

  /** The fastest of {@link LimitContestant#variants}. */
  String variant() {
    return variant;
  }

  double tokensPerText() {
    return (double) tokens / texts.length;
  }

  /** One pass over the texts, in tokens per second, padding not counted. */
  double rate() throws Exception {
    return tokens / seconds(texts, variant);
  }

  private String fastestVariant() throws Exception {
    String[] some =
        List.of(texts).subList(0, Math.min(TEXTS_OF_A_TRY, texts.length)).toArray(String[]::new);
    Map<String, Double> best = new LinkedHashMap<>();
    // In turns, as the machine may be slow just while one of them runs.
    for (int turn = 0; turn < TRIES; turn++) {
      for (String each : LimitContestant.variants()) {
        best.merge(each, seconds(some, each), Math::min);
      }
    }
    String fastest = Collections.min(best.entrySet(), Map.Entry.comparingByValue()).getKey();
    var unused = seconds(some, fastest); // its session is open now
    return fastest;
  }

  private double seconds(String[] input, String tried) throws Exception {
    long start = System.nanoTime();
    contestant.embed(input, tried);
    return (System.nanoTime() - start) / 1e9;
  }
}
