package dev.streambed.jobs.registry;

import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** The registry did not give what was asked for. The message holds no secret. */
@Internal
public final class RegistryException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Whether to ask again. */
  enum Kind {
    /** It does not answer, or cannot at the moment: ask again. */
    OUTAGE,
    /** It does not let the job in; a login may be corrected, so ask again. */
    LOGIN,
    /** It answers that there is no such thing. */
    UNKNOWN,
    /** It does not take what it is given. */
    REFUSED
  }

  private final Kind kind;

  RegistryException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
