package dev.streambed.embedder;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The model directory cannot be used, or not with these options. Thrown at start-up only. */
@API(status = API.Status.EXPERIMENTAL)
public final class InvalidModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidModelException(String message) {
    super(message);
  }

  public InvalidModelException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
