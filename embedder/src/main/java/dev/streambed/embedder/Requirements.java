package dev.streambed.embedder;

import java.time.Duration;
import org.apiguardian.api.API;

/** The range check of options and its one message. */
@API(status = API.Status.INTERNAL)
public final class Requirements {
  private Requirements() {}

  public static void check(boolean valid, String name, Object value, String expected) {
    if (!valid) {
      throw new IllegalArgumentException(
          "Invalid value %s for %s: must be %s."
              .formatted(
                  value instanceof Duration duration ? written(duration) : value, name, expected));
    }
  }

  /** A duration as people write it: {@code 90 s}. */
  public static String written(Duration duration) {
    long seconds = duration.toSeconds();
    boolean isWhole = duration.equals(Duration.ofSeconds(seconds));
    return isWhole ? seconds + " s" : duration.toMillis() + " ms";
  }
}
