package dev.streambed.cli.terminal;

import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** A command cannot go on; the message tells the whole reason. */
@Internal
public final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandFailedException(String message) {
    super(message);
  }

  public CommandFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
