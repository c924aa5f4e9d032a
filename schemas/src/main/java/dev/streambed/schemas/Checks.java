package dev.streambed.schemas;

import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The checks that the records of this package share. Messages never hold the checked content. */
@API(status = API.Status.INTERNAL)
public final class Checks {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  private Checks() {}

  public static void check(boolean holds, String name, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "Invalid value " + found + " for " + name + ": must be " + expected + ".");
    }
  }

  /** Refuses what is no SHA-256 as this package writes it. */
  static void checkSha256(String name, String found) {
    check(SHA_256.matcher(found).matches(), name, found, "64 lower-case hex digits");
  }

  /** Refuses what is no vector: it has finite components, at least one. */
  static void checkVector(String name, float[] vector) {
    check(vector.length >= 1, name, "of length 0", "at least 1 component long");
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) { // makes no message for each component
        check(/* holds= */ false, name + " component " + i, vector[i], "finite");
      }
    }
  }

  /** Refuses half surrogate pairs, which have no UTF-8 form. */
  public static void checkWellFormed(@Nullable String text, String name) {
    check(text == null || isWellFormed(text), name, "with an unpaired surrogate", "valid Unicode");
  }

  /** False if the text has half of a surrogate pair: such a text has no UTF-8 form. */
  public static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean isPair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!isPair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
