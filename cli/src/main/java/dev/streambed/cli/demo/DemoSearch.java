package dev.streambed.cli.demo;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.query.Nearest.Hit;
import dev.streambed.query.VectorIndex;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.text.BreakIterator;
import java.util.List;
import java.util.Locale;

/**
 * Answers queries over the embeddings that arrived. The queries go through the same model directory
 * as the texts, without Flink. Confined to one thread.
 */
final class DemoSearch {
  private static final List<String> QUERIES =
      List.of(
          "a canal between two oceans",
          "exploring space and the moon",
          "the price of food and rising inflation",
          "an end to slavery");

  private static final int HITS = 3;
  private static final int SNIPPET_CHARACTERS = 140;

  /** More than the model reads of most paragraphs. */
  private static final int MOST_SENTENCES = 12;

  /** The prompt of queries, as opposed to stored texts, in every model that has one. */
  private static final String QUERY_PROMPT = "query";

  private final OnnxTextEmbedder embedder;
  private final VectorIndex<DemoText> index;
  private final PrintStream out;

  /**
   * Answers over an index.
   *
   * @param embedder that {@link #options} open; the caller's
   */
  DemoSearch(OnnxTextEmbedder embedder, VectorIndex<DemoText> index, PrintStream out) {
    this.embedder = embedder;
    this.index = index;
    this.out = out;
  }

  /** The options of an embedder of queries. */
  static EmbedderOptions options(ModelDirectory model) {
    String prompt =
        model.description().prompts().containsKey(QUERY_PROMPT)
            ? QUERY_PROMPT
            : EmbedderOptions.NO_PROMPT;
    return EmbedderOptions.DEFAULT.withPrompt(prompt);
  }

  void answerBuiltIn() {
    QUERIES.forEach(this::answer);
  }

  private void answer(String query) {
    float[] vector;
    try {
      vector = vector(query);
    } catch (TextRejectedException e) {
      out.println(e.getMessage());
      return;
    }
    out.printf("%n\"%s\"%n", query);
    for (Hit<DemoText> hit : index.search(vector, HITS)) {
      DemoText text = hit.item();
      out.printf(
          Locale.ROOT,
          "  %.3f  %s %s: %s%n",
          hit.score(),
          text.year(),
          text.president(),
          snippet(text.text(), vector));
    }
  }

  private float[] vector(String text) {
    Embedding embedding = embedder.embed(List.of(embedder.tokenise(text, null))).get(0);
    return embedding.vector();
  }

  /** Answers each line until an empty one or the end of input. */
  void answerEach(BufferedReader input) throws IOException {
    out.printf("%nYour own searches; an empty line ends.%n");
    while (true) {
      out.print("search> ");
      out.flush();
      String query = input.readLine();
      if (query == null || query.isBlank()) {
        return;
      }
      answer(query);
    }
  }

  /** The sentence of a text that is nearest to the query, cut to a line. */
  private String snippet(String text, float[] query) {
    String nearest = nearestSentence(text, query);
    if (nearest.length() <= SNIPPET_CHARACTERS) {
      return nearest;
    }
    int end = nearest.lastIndexOf(' ', SNIPPET_CHARACTERS);
    return nearest.substring(0, end > 0 ? end : SNIPPET_CHARACTERS) + " …";
  }

  private String nearestSentence(String text, float[] query) {
    var sentences = new VectorIndex<String>();
    BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ENGLISH);
    ends.setText(text);
    int start = 0;
    for (int i = 0; i < MOST_SENTENCES && ends.next() != BreakIterator.DONE; i++) {
      String sentence = text.substring(start, ends.current()).strip();
      start = ends.current();
      if (!sentence.isEmpty()) {
        sentences.add(vector(sentence), sentence);
      }
    }
    return sentences.search(query, 1).get(0).item();
  }
}
