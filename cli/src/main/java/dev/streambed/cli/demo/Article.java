package dev.streambed.cli.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * A document of several paragraphs, each with a blank line before the next.
 *
 * @param key unique, such as 1962-john-f-kennedy-part-2
 */
record Article(String key, List<String> paragraphs) {
  /** A third of what the demo has of a speech. */
  static final int PARAGRAPHS = 4;

  Article {
    paragraphs = List.copyOf(paragraphs);
  }

  String text() {
    return String.join("\n\n", paragraphs);
  }

  /** All articles that the paragraphs of speeches give, in their order. */
  static List<Article> of(List<DemoText> texts) {
    List<Article> articles = new ArrayList<>();
    List<String> paragraphs = new ArrayList<>();
    String speech = "";
    int part = 0;
    for (DemoText text : texts) {
      if (!speech(text).equals(speech)) {
        speech = speech(text);
        part = 0;
        paragraphs.clear();
      }
      paragraphs.add(text.text());
      if (paragraphs.size() == PARAGRAPHS) {
        part++;
        articles.add(new Article("%s-part-%d".formatted(speech, part), paragraphs));
        paragraphs.clear();
      }
    }
    return articles;
  }

  private static String speech(DemoText text) {
    return text.key().substring(0, text.key().lastIndexOf('-'));
  }

  /**
   * An article as somebody edited it: with a new end, a new beginning, or a summary of the editors
   * in place of most of it, so that it has fewer chunks.
   *
   * @param edit its number; one after the other gives each kind
   */
  Article edited(int edit) {
    List<String> other = new ArrayList<>(paragraphs);
    switch (edit % 3) {
      case 0 -> other.add("Correction %d: the record of this address was revised.".formatted(edit));
      case 1 -> other.add(0, "Note %d of the editors: read this address first.".formatted(edit));
      default -> {
        other.subList(1, other.size()).clear();
        other.add("Summary %d of the editors: the rest was left out.".formatted(edit));
      }
    }
    return new Article(key, other);
  }
}
