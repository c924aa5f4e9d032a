package dev.streambed.schemas;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.MalformedRecordException.Reason;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Reads UTF-8 strictly: unlike {@code new String}, it replaces nothing. */
@API(status = API.Status.INTERNAL)
public final class Utf8 {

  /** Longest part of a name that a message repeats, in characters. */
  private static final int LONGEST_NAME = 64;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

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
          "not valid UTF-8 at byte %d of %d".formatted(firstInvalid(bytes), bytes.length)
              + ForeignFormat.describe(bytes, what));
    }
    return text;
  }

  /** The index, from 0, of the first byte that is no UTF-8; how many bytes there are if all are. */
  public static int firstInvalid(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    StandardCharsets.UTF_8
        .newDecoder()
        .decode(in, CharBuffer.allocate(bytes.length), /* endOfInput= */ true);
    return in.position();
  }

  /** The text without the byte order mark that it may begin with, which is none of its text. */
  public static String withoutByteOrderMark(String text) {
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
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
