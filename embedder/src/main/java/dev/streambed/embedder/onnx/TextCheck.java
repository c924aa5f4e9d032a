package dev.streambed.embedder.onnx;

import static dev.streambed.embedder.TextRejectedException.Reason.INVALID_UNICODE;
import static dev.streambed.embedder.TextRejectedException.Reason.TOO_LONG;

import dev.streambed.embedder.TextRejectedException;

/** Decides whether a text may be tokenised. */
final class TextCheck {
  private TextCheck() {}

  /**
   * Lets a text through that is valid Unicode and not too long.
   *
   * @throws TextRejectedException if it is not
   */
  static void check(String text, int maxCharacters) {
    if (text.length() > maxCharacters) {
      throw new TextRejectedException(
          TOO_LONG,
          "The text has %d characters; the limit is %d.".formatted(text.length(), maxCharacters));
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          throw new TextRejectedException(
              INVALID_UNICODE, "The text has an unpaired surrogate at character %d.".formatted(i));
        }
      }
    }
  }
}
