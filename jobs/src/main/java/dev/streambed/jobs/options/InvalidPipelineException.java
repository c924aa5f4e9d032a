package dev.streambed.jobs.options;

import org.jspecify.annotations.Nullable;

/**
 * The job cannot start as it is configured: its pipeline file, its options, or the topics they
 * name. The message is for the person who starts it. Thrown at start-up only.
 */
public final class InvalidPipelineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidPipelineException(String message) {
    super(message);
  }

  public InvalidPipelineException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
