package dev.streambed.cli.terminal;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
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

  /** A file cannot be read. */
  public static CommandFailedException cannotRead(Object file, IOException e) {
    String reason = e.toString();
    if (e instanceof NoSuchFileException) {
      reason = "there is no such file";
    } else if (e instanceof AccessDeniedException) {
      reason = "access denied";
    } else if (e instanceof CharacterCodingException) {
      reason = "it is no text in UTF-8";
    }
    return new CommandFailedException("Cannot read %s: %s".formatted(file, reason), e);
  }
}
