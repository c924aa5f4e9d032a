package dev.streambed.jobs.options;

import org.apache.flink.annotation.PublicEvolving;
import org.jspecify.annotations.Nullable;

/**
 * The job cannot start as it is configured: its pipeline file, its options, or the topics they
 * name. The message is for the person who starts it. Thrown at start-up only.
 */
@PublicEvolving
public final class InvalidPipelineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String option;

  public InvalidPipelineException(String message) {
    this(message, /* cause= */ null);
  }

  public InvalidPipelineException(String message, @Nullable Throwable cause) {
    this(message, cause, /* option= */ null);
  }

  public InvalidPipelineException(
      String message, @Nullable Throwable cause, @Nullable String option) {
    super(message, cause);
    this.option = option;
  }

  /** The key of the option that is wrong, if it is one. */
  public @Nullable String option() {
    return option;
  }
}
