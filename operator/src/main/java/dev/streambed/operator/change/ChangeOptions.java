package dev.streambed.operator.change;

import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * How changes of documents are found.
 *
 * @param ttl how long a document is remembered after its last record, at least 1 ms; null for ever
 */
@Internal
public record ChangeOptions(ChangeMode mode, @Nullable Duration ttl) implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final ChangeOptions OFF = new ChangeOptions(ChangeMode.OFF, /* ttl= */ null);

  public ChangeOptions {
    if (ttl != null && ttl.toMillis() < 1) {
      throw new IllegalArgumentException(
          "Invalid value %s for ttl: must be at least 1 ms.".formatted(ttl));
    }
  }

  public boolean isOff() {
    return mode == ChangeMode.OFF;
  }
}
