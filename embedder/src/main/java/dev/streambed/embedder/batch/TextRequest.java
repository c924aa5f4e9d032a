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

  /** False once it was cancelled: then it costs nothing any more. */
  boolean isWanted() {
    return !result.isDone();
  }

  int characters() {
    return content.text.length();
  }

  /**
   * Those that wait to be tokenised: a queue per lane, each in the order of submission. Texts that
   * nobody wants any more are left out, and forgotten before they have more characters than those
   * that somebody wants. Not thread-safe: {@link WorkQueue}, its owner, holds a lock.
   */
  static final class Waiting {
    private final ArrayDeque<TextRequest> queries = new ArrayDeque<>();
    private final ArrayDeque<TextRequest> documents = new ArrayDeque<>();
    private final Sweeps sweeps = new Sweeps();
    private long characters;

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
      characters += text.characters();
      if (sweeps.areDue(size(), characters)) {
        forgetUnwanted();
      }
    }

    /** Gives back texts that were taken. */
    void addFirst(List<TextRequest> texts) {
      for (int i = texts.size() - 1; i >= 0; i--) {
        queue(texts.get(i).lane).addFirst(texts.get(i));
        characters += texts.get(i).characters();
      }
    }

    /**
     * Takes the oldest that somebody wants, so many or until they have so many characters.
     *
     * @return empty if there is none
     */
    List<TextRequest> take(Lane lane, int texts, long maxCharacters) {
      List<TextRequest> taken = new ArrayList<>(texts);
      long takenCharacters = 0;
      while (taken.size() < texts && takenCharacters < maxCharacters && !queue(lane).isEmpty()) {
        TextRequest text = remove(lane);
        if (text.isWanted()) {
          takenCharacters += text.characters();
          taken.add(text);
        }
      }
      return taken;
    }

    /** Forgets texts that nobody wants, as far as no other is before them. */
    void forgetUnwantedFirst() {
      for (Lane lane : Lane.values()) {
        while (!queue(lane).isEmpty() && !queue(lane).element().isWanted()) {
          remove(lane);
        }
      }
    }

    /** Forgets all texts that nobody wants. */
    void forgetUnwanted() {
      characters = 0;
      for (Lane lane : Lane.values()) {
        queue(lane).removeIf(text -> !text.isWanted());
        for (TextRequest text : queue(lane)) {
          characters += text.characters();
        }
      }
      sweeps.done(size(), characters);
    }

    private TextRequest remove(Lane lane) {
      TextRequest text = queue(lane).remove();
      characters -= text.characters();
      return text;
    }

    List<TextRequest> takeAll() {
      List<TextRequest> all = new ArrayList<>(queries);
      all.addAll(documents);
      queries.clear();
      documents.clear();
      characters = 0;
      return all;
    }

    private ArrayDeque<TextRequest> queue(Lane lane) {
      return switch (lane) {
        case QUERIES -> queries;
        case DOCUMENTS -> documents;
      };
    }
  }

  /**
   * When texts that wait are searched for those that nobody wants: once they may be as many, or as
   * long, as the others. So the search costs next to nothing per text.
   */
  static final class Sweeps {
    private static final int MIN_TEXTS = 1 << 10;
    private static final long MIN_CHARACTERS = 1 << 20;

    private int nextTexts = MIN_TEXTS;
    private long nextCharacters = MIN_CHARACTERS;

    boolean areDue(int texts, long characters) {
      return texts >= nextTexts || characters >= nextCharacters;
    }

    /** Takes note of what is left after one. */
    void done(int texts, long characters) {
      nextTexts = Math.max(MIN_TEXTS, 2 * texts);
      nextCharacters = Math.max(MIN_CHARACTERS, 2 * characters);
    }
  }
}
