package dev.streambed.embedder;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** One text cannot be embedded, whatever its batch-mates. The message never contains the text. */
@API(status = API.Status.EXPERIMENTAL)
public final class TextRejectedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The reason; the names go into dead letters, so they are part of the wire format. */
  public enum Reason {
    /** Nothing is left of the text after tokenising: empty, white space or removed characters. */
    BLANK,
    /** More characters than {@link EmbedderOptions#maxCharacters()}. */
    TOO_LONG,
    /** More tokens than {@link EmbedderOptions#maxTokens()}. */
    TOO_MANY_TOKENS,
    /** An unpaired surrogate: the text is no valid Unicode. */
    INVALID_UNICODE,
    /** The record asks for a prompt that the model does not have. */
    UNKNOWN_PROMPT,
    /** The runtime fails on this text, alone, while it embeds others. */
    INFERENCE_FAILED
  }

  private final Reason reason;

  public TextRejectedException(Reason reason, String message) {
    this(reason, message, null);
  }

  public TextRejectedException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
