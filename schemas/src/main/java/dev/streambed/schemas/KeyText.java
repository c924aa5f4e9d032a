package dev.streambed.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The key of a Kafka record as text, so that no two keys have one text. */
@API(status = API.Status.INTERNAL)
public final class KeyText {
  private static final String BASE64_MARKER = "base64:";

  private KeyText() {}

  /**
   * The UTF-8 text of a key. A key of other bytes, with control characters, or that begins with
   * {@code base64:} is given as {@code base64:} and its bytes in base64.
   *
   * @return null if there is no key
   */
  public static @Nullable String of(byte @Nullable [] key) {
    if (key == null) {
      return null;
    }
    String text = Utf8.decodeOrNull(key);
    boolean isPrintable =
        text != null
            && !text.startsWith(BASE64_MARKER)
            && text.chars().noneMatch(Character::isISOControl);
    return isPrintable ? text : BASE64_MARKER + Base64.getEncoder().encodeToString(key);
  }

  /** The key of a text that {@link #of} gave; the text in UTF-8 if it did not. */
  public static byte[] bytes(String text) {
    if (text.startsWith(BASE64_MARKER)) {
      try {
        return Base64.getDecoder().decode(text.substring(BASE64_MARKER.length()));
      } catch (IllegalArgumentException e) {
        // it is none of ours
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
