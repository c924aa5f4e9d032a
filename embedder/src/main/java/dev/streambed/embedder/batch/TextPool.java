package dev.streambed.embedder.batch;

import dev.streambed.embedder.TokenLayout;
import dev.streambed.embedder.batch.TextRequest.Content;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokenised texts that wait for a worker. Cuts batches of them, and so decides how much padding
 * they have: a batch is the text that waits longest, of queries before documents, with those
 * nearest to it in length. So no text waits for more than the batches of those before it, and
 * batches have little padding (docs/decisions/0056). Not thread-safe: {@link WorkQueue}, its owner,
 * holds a lock.
 */
final class TextPool {
  /**
   * Most padded places of a packed batch, as a multiple of its token budget. Attention compares
   * each padded place with every place of its text, so this bounds its time and memory. 2, because
   * attention is at most a tenth of the work of a batch without padding: padding then costs at most
   * a tenth more (docs/decisions/0006).
   */
  static final int MAX_PADDED_PER_BUDGET = 2;

  /**
   * Token budgets that are tokenised ahead, to choose texts of like length from
   * (docs/decisions/0056).
   */
  private static final int BUDGETS_AHEAD = 8;

  /** Tokens that the overhead of a run is worth on a CPU, about. */
  private static final int CPU_RUN_TOKENS = 8;

  /** The same for a GPU, as a share of its token budget: an estimate. */
  private static final int RUNS_PER_BUDGET = 64;

  /** Batches in a row that begin with a query while a document waits. */
  static final int QUERIES_IN_A_ROW = 3;

  private static final Comparator<TokenisedText> BY_LENGTH =
      Comparator.comparingInt(TokenisedText::length).thenComparing(TokenisedText.OLDEST_FIRST);

  private final BatchPolicy policy;
  private final TokenLayout layout;
  private final int worthwhilePadding;
  private final List<TokenisedText> byLength = new ArrayList<>();
  private final Map<Content, TokenisedText> byContent = new HashMap<>();
  private final TextRequest.Sweeps sweeps = new TextRequest.Sweeps();
  private long tokens;
  private long characters;
  private int queriesInARow;

  /**
   * @param layout which tokens the budget counts
   */
  TextPool(BatchPolicy policy, TokenLayout layout) {
    this.policy = policy;
    this.layout = layout;
    this.worthwhilePadding = Math.max(CPU_RUN_TOKENS, policy.maxTokens() / RUNS_PER_BUDGET);
  }

  int size() {
    return byLength.size();
  }

  boolean isEmpty() {
    return byLength.isEmpty();
  }

  /** Whether more texts are worth waiting for, to choose from. */
  boolean hasRoom() {
    return size() < policy.maxRecords() && tokens < (long) BUDGETS_AHEAD * policy.maxTokens();
  }

  /** Whether the next batch should begin with a document, and there is none. */
  boolean lacksDocument() {
    if (queriesInARow < QUERIES_IN_A_ROW) {
      return false;
    }
    for (TokenisedText text : byLength) {
      if (text.lane() == Lane.DOCUMENTS) {
        return false;
      }
    }
    return true;
  }

  /** Adds a text; one that equals another becomes its twin, to be embedded with it. */
  void add(TokenisedText text) {
    TokenisedText known = byContent.putIfAbsent(text.content(), text);
    if (known == null) {
      insert(text);
      count(text, 1);
      if (sweeps.areDue(size(), characters)) {
        forgetUnwanted();
      }
      return;
    }
    known.addTwin(text);
    if (text.precedes(known)) { // a query that equals a document
      byLength.remove(known);
      known.hasten(text);
      insert(known);
    }
  }

  /** Queries come even if there is no room, so those that nobody wants must not stay. */
  private void forgetUnwanted() {
    byLength.removeIf(
        text -> {
          if (text.isWanted()) {
            return false;
          }
          byContent.remove(text.content());
          count(text, -1);
          return true;
        });
    sweeps.done(size(), characters);
  }

  private void count(TokenisedText text, int sign) {
    tokens += (long) sign * text.length();
    characters += (long) sign * text.content().text().length();
  }

  private void insert(TokenisedText text) {
    int found = Collections.binarySearch(byLength, text, BY_LENGTH);
    byLength.add(found < 0 ? -found - 1 : found, text);
  }

  /**
   * Takes a batch within the policy, but at least one text.
   *
   * @param maxTexts most texts of it, if the policy allows more
   * @return empty only if the pool is
   */
  List<TokenisedText> takeBatch(int maxTexts) {
    if (byLength.isEmpty()) {
      return List.of();
    }
    int rows = Math.min(maxTexts, policy.maxRecords());
    int from = first();
    int to = from + 1;
    long batchTokens = length(from);
    while (to - from < rows) {
      int longest = length(to - 1);
      boolean shorter =
          from > 0
              && isWorthwhile(longest - length(from - 1))
              && fits(to - from + 1, longest, batchTokens + length(from - 1));
      boolean longer =
          to < size()
              && isWorthwhile((long) (to - from) * (length(to) - longest))
              && fits(to - from + 1, length(to), batchTokens + length(to));
      if (shorter && (!longer || length(from) - length(from - 1) <= length(to) - longest)) {
        from--;
        batchTokens += length(from);
      } else if (longer) {
        batchTokens += length(to);
        to++;
      } else {
        break;
      }
    }
    return take(from, to);
  }

  /** Takes all texts. */
  List<TokenisedText> takeAll() {
    return take(0, size());
  }

  private List<TokenisedText> take(int from, int to) {
    List<TokenisedText> range = byLength.subList(from, to);
    List<TokenisedText> taken = new ArrayList<>(range);
    range.clear();
    for (TokenisedText text : taken) {
      byContent.remove(text.content());
      count(text, -1);
    }
    return taken;
  }

  /** The oldest query; or the oldest document, if there is no query or it is its turn. */
  private int first() {
    Lane preferred = queriesInARow < QUERIES_IN_A_ROW ? Lane.QUERIES : Lane.DOCUMENTS;
    TokenisedText first = byLength.get(0);
    for (TokenisedText text : byLength) {
      if (text.lane() == first.lane() ? text.precedes(first) : text.lane() == preferred) {
        first = text;
      }
    }
    queriesInARow =
        first.lane() == Lane.QUERIES ? Math.min(queriesInARow + 1, QUERIES_IN_A_ROW) : 0;
    return Collections.binarySearch(byLength, first, BY_LENGTH);
  }

  /** Whether texts are within the token budget together. */
  private boolean fits(int texts, int longest, long batchTokens) {
    long padded = (long) texts * longest;
    return switch (layout) {
      case PADDED -> padded <= policy.maxTokens();
      case PACKED ->
          batchTokens <= policy.maxTokens()
              && padded <= (long) MAX_PADDED_PER_BUDGET * policy.maxTokens();
    };
  }

  /**
   * Whether it costs less to compute so many tokens of padding than to start another run
   * (docs/decisions/0056).
   */
  private boolean isWorthwhile(long paddingTokens) {
    return layout == TokenLayout.PACKED || paddingTokens <= worthwhilePadding;
  }

  private int length(int index) {
    return byLength.get(index).length();
  }
}
