package dev.streambed.embedder;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The runtime failed on a batch. When it also fails on a known good text, the job must restart. */
@API(status = API.Status.EXPERIMENTAL)
public final class InferenceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InferenceException(String message) {
    super(message);
  }

  public InferenceException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
