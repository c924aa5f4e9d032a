package dev.streambed.benchmarks.pipeline.moe;

import dev.streambed.benchmarks.pipeline.PipelineTopics;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.annotation.Internal;

/** Kinds of texts by their length, in tokens with special ones. */
@Internal
public enum TextLength {
  SHORT("short", 8, 40),
  MIXED("mixed", 20, 232),
  LONG("long", 256, 500);

  private static final long SEED = 1;

  // The longest number of a copy that runs come to; the copies before it have fewer tokens.
  private static final int LAST_COPY = 999;

  private final String label;
  private final int shortest;
  private final int longest;

  TextLength(String label, int shortest, int longest) {
    this.label = label;
    this.shortest = shortest;
    this.longest = longest;
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return label;
  }

  /** For people. */
  String describe() {
    return "%s texts, %d to %d tokens".formatted(label, shortest, longest);
  }

  /**
   * Makes texts out of stretches of words, their lengths evenly spread, in random order. Each is of
   * its length with the number that {@link PipelineTopics} adds, or a few tokens shorter, where the
   * next word has more of them.
   *
   * @param words in the order of a text; they begin anew where they end
   */
  List<String> texts(int count, List<String> words, TextTokenizer tokenizer) {
    var random = new Random(SEED);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int tokens = shortest + (longest - shortest) * i / Math.max(1, count - 1);
      int from = random.nextInt(words.size());
      List<String> stretch =
          IntStream.range(from, from + longest).mapToObj(j -> words.get(j % words.size())).toList();
      texts.add(longestWithin(tokens, stretch, tokenizer));
    }
    Collections.shuffle(texts, random);
    return texts;
  }

  /** The longest beginning within a number of tokens; a word at least. */
  private static String longestWithin(int tokens, List<String> words, TextTokenizer tokenizer) {
    int fits = 1;
    int tooMany = words.size() + 1;
    while (tooMany - fits > 1) {
      int tried = (fits + tooMany) / 2;
      String text = String.join(" ", words.subList(0, tried));
      if (tokenizer.tokenise(PipelineTopics.numbered(text, LAST_COPY)).length() <= tokens) {
        fits = tried;
      } else {
        tooMany = tried;
      }
    }
    return String.join(" ", words.subList(0, fits));
  }
}
