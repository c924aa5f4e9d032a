package dev.streambed.embedder.batch;

import dev.streambed.embedder.Embedding;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text that somebody waits for.
 *
 * @param nanoTime when it was submitted
 */
record TextRequest(Content content, Lane lane, long nanoTime, WorkerFuture<Embedding> result) {
  /**
   * Everything that a vector depends on, for a given embedder: equal contents have equal vectors.
   */
  record Content(String text, @Nullable String promptName) {}

  void fail(RuntimeException reason) {
    result.fail(reason);
  }

  /**
   * Those that wait to be tokenised: a queue per lane, each in the order of submission. Not
   * thread-safe: {@link WorkQueue}, its owner, holds a lock.
   */
  static final class Waiting {
    private final ArrayDeque<TextRequest> queries = new ArrayDeque<>();
    private final ArrayDeque<TextRequest> documents = new ArrayDeque<>();

    boolean isEmpty() {
      return queries.isEmpty() && documents.isEmpty();
    }

    int size() {
      return queries.size() + documents.size();
    }

    int size(Lane lane) {
      return queue(lane).size();
    }

    void add(TextRequest text) {
      queue(text.lane).add(text);
    }

    /** Gives back texts that were taken. */
    void addFirst(List<TextRequest> texts) {
      for (int i = texts.size() - 1; i >= 0; i--) {
        queue(texts.get(i).lane).addFirst(texts.get(i));
      }
    }

    /** Takes the oldest, so many or until they have so many characters. */
    List<TextRequest> take(Lane lane, int texts, long maxCharacters) {
      List<TextRequest> taken = new ArrayList<>(texts);
      long characters = 0;
      while (taken.size() < texts && characters < maxCharacters) {
        TextRequest text = queue(lane).remove();
        characters += text.content().text().length();
        taken.add(text);
      }
      return taken;
    }

    List<TextRequest> takeAll() {
      List<TextRequest> all = new ArrayList<>(queries);
      all.addAll(documents);
      queries.clear();
      documents.clear();
      return all;
    }

    private ArrayDeque<TextRequest> queue(Lane lane) {
      return switch (lane) {
        case QUERIES -> queries;
        case DOCUMENTS -> documents;
      };
    }
  }
}
