package dev.streambed.server;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.ForwardingTextEmbedder;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.TokenIds;
import dev.streambed.server.dialect.Input;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The embedder of a server's batcher: another embedder that also takes token ids, and texts that
 * must not be truncated. How an input is to be read stands before the name of its prompt, so that
 * the batcher takes inputs for equal only if they are read in one way. Thread-safe.
 */
final class ServedEmbedder extends ForwardingTextEmbedder {
  /** When the batch that this thread ran last began and ended. */
  private static final ThreadLocal<@Nullable Run> LAST_RUN = new ThreadLocal<>();

  private final int maxTokens;

  private enum Reading {
    TRUNCATED,
    WHOLE,
    IDS
  }

  /** As {@link System#nanoTime}. */
  record Run(long startNanos, long endNanos) {}

  /** An input as the batcher takes it. */
  record Submitted(String text, String promptName) {}

  /**
   * Uses another embedder, which it owns.
   *
   * @param maxTokens the model's limit
   */
  ServedEmbedder(TextEmbedder embedder, int maxTokens) {
    super(embedder);
    this.maxTokens = maxTokens;
  }

  /** The run that a callback on a worker is called after; null elsewhere. */
  static @Nullable Run lastRun() {
    return LAST_RUN.get();
  }

  static Submitted submitted(Input input, String promptName, boolean truncate) {
    if (input instanceof Input.Ids ids) {
      return new Submitted(ids.decimals(), Reading.IDS + " ");
    }
    return new Submitted(
        ((Input.Text) input).text(),
        (truncate ? Reading.TRUNCATED : Reading.WHOLE) + " " + promptName);
  }

  @Override
  public TokenIds tokenise(String text, @Nullable String promptName) {
    if (promptName == null) {
      return super.tokenise(text, null); // a known good text of the batcher
    }
    int end = promptName.indexOf(' ');
    String prompt = promptName.substring(end + 1);
    return switch (Reading.valueOf(promptName.substring(0, end))) {
      case IDS -> ids(text);
      case TRUNCATED -> super.tokenise(text, prompt);
      case WHOLE -> {
        TokenIds tokens = super.tokenise(text, prompt);
        if (tokens.truncated()) {
          throw new TextRejectedException(
              Reason.TOO_MANY_TOKENS,
              "The text has more than %d tokens (%d characters)."
                  .formatted(maxTokens, text.length()));
        }
        yield tokens;
      }
    };
  }

  private static TokenIds ids(String text) {
    long[] ids = Arrays.stream(text.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    return new TokenIds(ids, /* truncated= */ false);
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    long start = System.nanoTime();
    List<Embedding> embeddings = super.embed(batch);
    LAST_RUN.set(new Run(start, System.nanoTime()));
    return embeddings;
  }

  @Override
  public TextEmbedder lease() {
    return new ServedEmbedder(embedder().lease(), maxTokens);
  }

  @Override
  public void close() {
    embedder().close();
  }
}
