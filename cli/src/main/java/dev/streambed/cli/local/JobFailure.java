package dev.streambed.cli.local;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The reason, in one line, of a failure in Flink. */
final class JobFailure {
  private JobFailure() {}

  /** The first cause, then its consequences in Flink. */
  static String describe(Throwable failure) {
    List<String> messages = new ArrayList<>();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      messages.add(message(cause));
    }
    Collections.reverse(messages);
    String reason = messages.get(0);
    List<String> consequences = new ArrayList<>();
    for (String message : messages.subList(1, messages.size())) {
      // Many wrappers repeat what they wrap.
      if (!message.contains(reason) && !consequences.contains(message)) {
        consequences.add(message);
      }
    }
    return consequences.isEmpty()
        ? reason
        : "%s (which led to: %s)".formatted(reason, String.join("; ", consequences));
  }

  /** A message that is no sentence, such as the name of a file, gets the name of its type. */
  private static String message(Throwable cause) {
    String message = cause.getMessage() == null ? "" : cause.getMessage().strip();
    if (message.isEmpty()) {
      return cause.getClass().getSimpleName();
    }
    return message.contains(" ") ? message : cause.getClass().getSimpleName() + ": " + message;
  }
}
