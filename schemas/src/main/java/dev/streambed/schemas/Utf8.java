package dev.streambed.schemas;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.MalformedRecordException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Reads UTF-8 strictly: unlike {@code new String}, it replaces nothing. */
@API(status = API.Status.INTERNAL)
public final class Utf8 {

  /** Longest part of a name that a message repeats, in characters. */
  private static final int LONGEST_NAME = 64;

  private Utf8() {}

  /**
   * The text of UTF-8 bytes.
   *
   * @param what names the bytes in messages: {@code text record}
   */
  public static String decode(byte[] bytes, String what) {
    String text = decodeOrNull(bytes);
    if (text == null) {
      throw malformed(
          what,
          Reason.INVALID_UTF8,
          bytes.length + " bytes are not valid UTF-8" + ForeignFormat.describe(bytes, what));
    }
    return text;
  }

  /** The text of UTF-8 bytes; null if there are none or they are something else. */
  public static @Nullable String decodeOrNull(byte @Nullable [] bytes) {
    try {
      return bytes == null
          ? null
          : StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** The beginning of a name, without characters that a line of text cannot show. */
  public static String printable(String name) {
    var shown = new StringBuilder();
    for (int i = 0; i < Math.min(name.length(), LONGEST_NAME); i++) {
      char c = name.charAt(i);
      shown.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return name.length() <= LONGEST_NAME ? shown.toString() : shown + "…";
  }
}
