package dev.streambed.cli;

import org.jspecify.annotations.Nullable;

/** A command cannot go on, for a reason that its message tells completely. */
final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailedException(String message) {
    super(message);
  }

  CommandFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
