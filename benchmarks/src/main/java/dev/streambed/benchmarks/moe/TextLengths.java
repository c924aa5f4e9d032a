package dev.streambed.benchmarks.moe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.ToIntFunction;

/** How long the texts of a comparison are. Each kind has about as many tokens in all. */
enum TextLengths {
  SHORT(8, 40, 96),
  MIXED(20, 232, 24),
  LONG(256, 500, 9);

  private final int shortest;
  private final int longest;
  private final int count;

  /**
   * Texts to embed.
   *
   * @param tokens of all, special ones included
   */
  record Sample(List<String> texts, int tokens) {}

  TextLengths(int shortest, int longest, int count) {
    this.shortest = shortest;
    this.longest = longest;
    this.count = count;
  }

  String describe() {
    return "%s texts, %d to %d tokens"
        .formatted(name().toLowerCase(Locale.ROOT), shortest, longest);
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Cuts different texts whose lengths are spread evenly, in no order.
   *
   * @param words that follow each other; what is used is taken away
   * @param tokenCount tokens of a text, special ones included
   */
  Sample cut(Iterator<String> words, ToIntFunction<String> tokenCount, Random random) {
    List<Integer> lengths = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lengths.add(shortest + (longest - shortest) * i / (count - 1));
    }
    Collections.shuffle(lengths, random);
    Set<String> texts = new LinkedHashSet<>(); // equal ones would be embedded once
    int tokens = 0;
    for (int length : lengths) {
      String text = cut(words, tokenCount, length);
      if (texts.add(text)) {
        tokens += tokenCount.applyAsInt(text);
      }
    }
    return new Sample(List.copyOf(texts), tokens);
  }

  /** The most words that have no more tokens than a length. */
  private static String cut(Iterator<String> words, ToIntFunction<String> tokenCount, int length) {
    String text = words.next();
    while (true) {
      String longer = text + " " + words.next();
      if (tokenCount.applyAsInt(longer) > length) {
        return text;
      }
      text = longer;
    }
  }
}
