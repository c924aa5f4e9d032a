package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.VectorEncoding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * The schemas of embeddings, which the first bytes of a record tell apart: two of a marker, then
 * the fingerprint of the schema, little-endian.
 *
 * @see <a href="https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding">Avro</a>
 */
enum RecordLayout {
  FLOATS("embedding-record.avsc"),

  /** Vectors in bytes. */
  BYTES("encoded-embedding-record.avsc"),

  /** It has neither types of metadata nor a space. */
  VERSION_1("v1/embedding-record.avsc");

  private static final byte MARKER_0 = (byte) 0xC3;
  private static final byte MARKER_1 = 0x01;
  private static final int MARKER_BYTES = 2;
  static final int HEADER_BYTES = MARKER_BYTES + Long.BYTES;

  private final String file;
  private final long fingerprint;

  RecordLayout(String file) {
    this.file = file;
    this.fingerprint = SchemaNormalization.parsingFingerprint64(schema());
  }

  boolean hasChunk() {
    return this != VERSION_1;
  }

  /** The layout of records whose vectors have an encoding. */
  static RecordLayout of(VectorEncoding encoding) {
    return encoding == VectorEncoding.FLOAT32 ? FLOATS : BYTES;
  }

  /** The first bytes of a record. */
  byte[] header() {
    return ByteBuffer.allocate(HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MARKER_0)
        .put(MARKER_1)
        .putLong(fingerprint)
        .array();
  }

  /**
   * The layout of a record.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if it begins otherwise
   */
  static RecordLayout of(byte[] value) {
    if (value.length < HEADER_BYTES || value[0] != MARKER_0 || value[1] != MARKER_1) {
      throw malformed(
          EmbeddingRecordAvro.WHAT,
          Reason.INVALID_AVRO,
          "its %d bytes do not begin as Avro".formatted(value.length));
    }
    long found = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(MARKER_BYTES);
    for (RecordLayout layout : values()) {
      if (layout.fingerprint == found) {
        return layout;
      }
    }
    String known =
        Arrays.stream(values())
            .map(layout -> "%016x".formatted(layout.fingerprint))
            .collect(Collectors.joining(", "));
    throw malformed(
        EmbeddingRecordAvro.WHAT,
        Reason.UNKNOWN_VERSION,
        "unknown schema fingerprint %016x (known: %s)".formatted(found, known));
  }

  /** The published schema. */
  Schema schema() {
    try (InputStream in =
        RecordLayout.class.getResourceAsStream("/dev/streambed/schemas/" + file)) {
      return new Schema.Parser().parse(Objects.requireNonNull(in, file));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }
}
