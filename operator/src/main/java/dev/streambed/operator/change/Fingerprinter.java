package dev.streambed.operator.change;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** Makes fingerprints, each of all that was added since the last. Confined to the task thread. */
@Internal
public final class Fingerprinter {
  /**
   * The first 128 bits of a SHA-256: equal for equal content, and, in practice, for nothing else.
   */
  record Fingerprint(long high, long low) {
    /** Nothing has it. */
    static final Fingerprint UNKNOWN = new Fingerprint(0, 0);

    /** Likewise. */
    static final Fingerprint ABSENT = new Fingerprint(0, 1);
  }

  private static final int NULL_LENGTH = -1;

  private final MessageDigest digest = sha256();
  private final MessageDigest ofText = sha256();
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no SHA-256.", e);
    }
  }

  /** Adds a string and its length, so that no two lists of strings look the same. */
  public Fingerprinter add(@Nullable String part) {
    if (part == null) {
      return add(NULL_LENGTH);
    }
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    add(bytes.length);
    digest.update(bytes);
    return this;
  }

  /**
   * Adds the SHA-256 of a text, which embeddings have as well: so the fingerprint of what is in a
   * topic can be made without its text.
   */
  Fingerprinter addHashOf(String text) {
    digest.update(ofText.digest(text.getBytes(StandardCharsets.UTF_8)));
    return this;
  }

  /**
   * As {@link #addHashOf}.
   *
   * @param contentHash the SHA-256 of the text, in hex
   */
  Fingerprinter addHash(String contentHash) {
    digest.update(HexFormat.of().parseHex(contentHash));
    return this;
  }

  public Fingerprinter add(long part) {
    digest.update(number.putLong(0, part).array());
    return this;
  }

  Fingerprint finish() {
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new Fingerprint(hash.getLong(), hash.getLong());
  }
}
