package dev.streambed.schemas;

import java.util.Locale;
import org.apiguardian.api.API;

/** How the components of a vector are written; {@link EncodedVector} does it. */
@API(status = API.Status.EXPERIMENTAL)
public enum VectorEncoding {
  /** An array of numbers of 32 bits. */
  FLOAT32,

  /** The same numbers as bytes, four each, little-endian; not in JSON, which has no bytes. */
  FLOAT32_BYTES,

  /** These bytes in base64 (RFC 4648 §4, with padding); in JSON alone. */
  BASE64,

  /** A signed byte each, and a scale for all: {@code component ≈ byte * scale}. */
  INT8,

  /**
   * A bit each, 1 for a component above 0, eight to a byte, the first component in its highest bit.
   */
  BINARY;

  /** Whether vectors are not read as they were. */
  public boolean isLossy() {
    return this == INT8 || this == BINARY;
  }

  /**
   * The encoding of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static VectorEncoding ofName(String name) {
    for (VectorEncoding encoding : values()) {
      if (encoding.toString().equals(name)) {
        return encoding;
      }
    }
    throw new IllegalArgumentException("Unknown encoding " + name);
  }

  /** Its name in records and pipeline files, such as {@code float32-bytes}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
