package dev.streambed.embedder;

import org.apiguardian.api.API;

/** The range check of this package's options and its one message. */
@API(status = API.Status.INTERNAL)
public final class Requirements {
  private Requirements() {}

  public static void check(boolean valid, String name, Object value, String expected) {
    if (!valid) {
      throw new IllegalArgumentException(
          "Invalid value %s for %s: must be %s.".formatted(value, name, expected));
    }
  }
}
