package dev.streambed.benchmarks.retrieval;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Queries with their right answers, made of paragraphs: the middle sentence of each is the query,
 * the rest of it is the text to be found (the inverse cloze task, Lee et al. 2019,
 * arXiv:1906.00300).
 *
 * @param queries one per text, in their order
 */
record KnownItems(List<String> queries, List<String> texts) {
  private static final int FEWEST_SENTENCES = 3;

  /** Paragraphs of fewer than three sentences give no query. */
  static KnownItems of(List<String> paragraphs) {
    List<String> queries = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (String paragraph : paragraphs) {
      List<String> sentences = sentences(paragraph);
      if (sentences.size() >= FEWEST_SENTENCES) {
        queries.add(sentences.remove(sentences.size() / 2));
        texts.add(String.join(" ", sentences));
      }
    }
    return new KnownItems(queries, texts);
  }

  private static List<String> sentences(String paragraph) {
    BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ENGLISH);
    ends.setText(paragraph);
    List<String> sentences = new ArrayList<>();
    int from = ends.first();
    for (int to = ends.next(); to != BreakIterator.DONE; to = ends.next()) {
      sentences.add(paragraph.substring(from, to).trim());
      from = to;
    }
    return sentences;
  }
}
