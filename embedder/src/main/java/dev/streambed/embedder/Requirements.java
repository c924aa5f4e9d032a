package dev.streambed.embedder;

import java.time.Duration;
import org.apiguardian.api.API;

/** The range check of this package's options and its one message. */
@API(status = API.Status.INTERNAL)
public final class Requirements {
  private Requirements() {}

  public static void check(boolean valid, String name, Object value, String expected) {
    if (!valid) {
      throw new IllegalArgumentException(
          "Invalid value %s for %s: must be %s.".formatted(written(value), name, expected));
    }
  }

  /** A value as people write it: {@code 90 s} for a duration. */
  private static Object written(Object value) {
    if (!(value instanceof Duration duration)) {
      return value;
    }
    long seconds = duration.toSeconds();
    boolean isWhole = duration.equals(Duration.ofSeconds(seconds));
    return isWhole ? seconds + " s" : duration.toMillis() + " ms";
  }
}
