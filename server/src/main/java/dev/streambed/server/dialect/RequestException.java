package dev.streambed.server.dialect;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** A request is not answered with embeddings. The message contains no text and no key of it. */
@API(status = API.Status.INTERNAL)
public final class RequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The reason, with the status that HTTP has for it; a dialect may have another. */
  public enum Kind {
    INVALID(400),
    EMPTY(400),
    BAD_KEY(401),
    NO_SUCH_PATH(404),
    NO_SUCH_MODEL(404),
    WRONG_METHOD(405),
    TOO_LARGE(413),
    WRONG_TYPE(415),
    WRONG_HOST(421),
    BUSY(429),
    FAILED(500),
    UNAVAILABLE(503);

    private final int status;

    Kind(int status) {
      this.status = status;
    }

    public int status() {
      return status;
    }

    /** The nearest one to a status that the HTTP library chose. */
    public static Kind of(int status) {
      for (Kind kind : values()) {
        if (kind.status == status) {
          return kind;
        }
      }
      return status < 500 ? INVALID : FAILED;
    }
  }

  private final Kind kind;
  private final @Nullable String field;

  public RequestException(Kind kind, String message) {
    this(kind, message, null, null);
  }

  /**
   * As above.
   *
   * @param field of the body that is at fault
   */
  public RequestException(
      Kind kind, String message, @Nullable String field, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.field = field;
  }

  static RequestException invalid(String field, String message) {
    return new RequestException(Kind.INVALID, message, field, null);
  }

  public Kind kind() {
    return kind;
  }

  public @Nullable String field() {
    return field;
  }

  /** The message, which is never null. */
  public String explanation() {
    return String.valueOf(getMessage());
  }
}
