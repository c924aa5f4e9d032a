package dev.streambed.schemas;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 as 64 lower-case hex digits. */
final class Sha256 {

  private static final int HEX_DIGITS = 64;

  private Sha256() {}

  static String ofUtf8(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no SHA-256.", e);
    }
  }

  static boolean isHex(String text) {
    boolean isHex = text.length() == HEX_DIGITS;
    for (int i = 0; isHex && i < HEX_DIGITS; i++) {
      char c = text.charAt(i);
      isHex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    return isHex;
  }
}
