package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;
import static dev.streambed.schemas.Checks.checkSha256;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * How a vector came to be: enough to make it again, and to tell whether two vectors compare.
 *
 * @param space address of the vector's space: two vectors compare if and only if the addresses of
 *     their spaces are equal; null in a record of version 1, which has none. Its parts are those of
 *     {@code dev.streambed.embedder.VectorSpace}
 * @param prompt name of the prompt that was put before the text; null if the text went in as it is
 * @param tokens tokens the model saw, special tokens and prompt included; at least 1
 * @param truncated true if the text had more tokens than the model takes and its end was left out
 * @param unknownTokens those of the tokens that stand for what the model's vocabulary does not
 *     have, such as letters of another script: texts that differ only there have one vector; null
 *     in a record of version 1, which does not tell
 * @param contentHash sha256, hex, of the UTF-8 bytes of the text as it came: before the prompt,
 *     before truncation, without any normalisation; see {@link #contentHash(String)}
 * @param source where the text was read
 */
@API(status = API.Status.EXPERIMENTAL)
public record Provenance(
    ModelReference model,
    @Nullable String space,
    @Nullable String prompt,
    int tokens,
    boolean truncated,
    @Nullable Integer unknownTokens,
    String contentHash,
    SourcePosition source) {

  private static final String SPACE_SCHEME = "streambed://";

  public Provenance {
    if (space != null) {
      checkSpace(space);
    }
    check(tokens >= 1, "tokens", tokens, "at least 1");
    if (unknownTokens != null) {
      check(
          unknownTokens >= 0 && unknownTokens <= tokens,
          "unknown tokens",
          unknownTokens,
          "between 0 and the tokens");
    }
    checkSha256("content hash", contentHash);
  }

  static void checkSpace(String space) {
    check(
        space.startsWith(SPACE_SCHEME),
        "space",
        space,
        "an address that begins with " + SPACE_SCHEME);
  }

  /** The content hash of a text: sha256 of its UTF-8 bytes, as 64 lower-case hex digits. */
  public static String contentHash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no SHA-256.", e);
    }
  }
}
