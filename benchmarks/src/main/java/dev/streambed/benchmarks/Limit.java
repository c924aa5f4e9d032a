package dev.streambed.benchmarks;

import dev.streambed.benchmarks.contestant.ModelFiles;
import java.util.List;

/** The machine's limit for the texts of the pipeline benchmark, in this JVM. */
final class Limit {
  private static final int TEXTS_OF_A_TRY = 100;

  private final LimitContestant contestant;
  private final String[] texts;
  private final String variant;

  private Limit(LimitContestant contestant, String[] texts) throws Exception {
    this.contestant = contestant;
    this.texts = texts;
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

  /** One pass over the texts, in texts per second. */
  double rate() throws Exception {
    return rate(texts, variant);
  }

  private String fastestVariant() throws Exception {
    String[] some =
        List.of(texts).subList(0, Math.min(TEXTS_OF_A_TRY, texts.length)).toArray(String[]::new);
    String fastest = "";
    double best = 0;
    for (String each : LimitContestant.variants()) {
      double rate = Math.max(rate(some, each), rate(some, each));
      if (rate > best) {
        best = rate;
        fastest = each;
      }
    }
    return fastest;
  }

  private double rate(String[] input, String tried) throws Exception {
    long start = System.nanoTime();
    contestant.embed(input, tried);
    return input.length / ((System.nanoTime() - start) / 1e9);
  }
}
