package dev.streambed.schemas;

import static dev.streambed.schemas.StrictJson.malformed;

import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings in Avro's single-object encoding: two bytes of marker, the fingerprint of {@code
 * embedding-record.avsc}, then its fields in order. They are written and read one by one, since
 * Avro's generic records would box each component of a vector. Confined to one call.
 */
final class EmbeddingRecordAvro {
  private static final String WHAT = EmbeddingRecordCodec.WHAT;

  // https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding
  private static final byte[] MARKER = {(byte) 0xC3, 0x01};
  private static final int HEADER_BYTES = MARKER.length + Long.BYTES;
  private static final byte[] HEADER = header();

  // The branches of ["null", "string"].
  private static final int NULL = 0;
  private static final int STRING = 1;

  /** All parts but text, vector and metadata; most records need no larger buffer. */
  private static final int USUAL_BYTES = 512;

  private EmbeddingRecordAvro() {}

  static byte[] encode(EmbeddingRecord record) {
    String text = record.text();
    var bytes =
        new ByteArrayOutputStream(
            USUAL_BYTES
                + record.dimensions() * Float.BYTES
                + (text == null ? 0 : text.length() + text.length() / 8));
    bytes.writeBytes(HEADER);
    try {
      BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, /* reuse= */ null);
      write(record, out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write Avro in memory.", e);
    }
    return bytes.toByteArray();
  }

  static EmbeddingRecord decode(byte[] value) {
    checkHeader(value);
    try {
      BinaryDecoder in =
          DecoderFactory.get()
              .binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, /* reuse= */ null);
      EmbeddingRecord record = read(in);
      if (!in.isEnd()) {
        throw malformed(WHAT, Reason.INVALID_AVRO, "something follows the record");
      }
      return record;
    } catch (IllegalArgumentException e) {
      // Drops the message of the records' own checks: it quotes the content.
      throw malformed(WHAT, Reason.INVALID_VALUE, "a value is out of its range");
    } catch (IOException | AvroRuntimeException | UnsupportedOperationException e) {
      throw malformed(WHAT, Reason.INVALID_AVRO, value.length + " bytes do not follow the schema");
    }
  }

  private static void write(EmbeddingRecord record, BinaryEncoder out) throws IOException {
    Provenance provenance = record.provenance();
    writeOptional(out, record.key());
    writeOptional(out, record.text());
    writeVector(out, record.embedding());
    out.writeInt(provenance.tokens());
    out.writeBoolean(provenance.truncated());
    writeString(out, provenance.model().name());
    writeString(out, provenance.model().revision());
    writeString(out, provenance.model().digest());
    writeOptional(out, provenance.prompt());
    writeString(out, provenance.contentHash());
    writeString(out, provenance.source().topic());
    out.writeInt(provenance.source().partition());
    out.writeLong(provenance.source().offset());
    writeMap(out, record.metadata());
    out.writeLong(record.eventTimeMillis());
  }

  // Arguments and initialisers are evaluated in the order of the schema's fields.
  private static EmbeddingRecord read(BinaryDecoder in) throws IOException {
    String key = readOptional(in);
    String text = readOptional(in);
    float[] vector = readVector(in);
    int tokens = in.readInt();
    boolean truncated = readBoolean(in);
    var model = new ModelReference(readString(in), readString(in), readString(in));
    String prompt = readOptional(in);
    String contentHash = readString(in);
    var source = new SourcePosition(readString(in), in.readInt(), in.readLong());
    Map<String, String> metadata = readMap(in);
    long eventTimeMillis = in.readLong();
    var provenance = new Provenance(model, prompt, tokens, truncated, contentHash, source);
    return new EmbeddingRecord(key, text, vector, provenance, metadata, eventTimeMillis);
  }

  private static void writeVector(BinaryEncoder out, float[] vector) throws IOException {
    out.writeArrayStart();
    out.setItemCount(vector.length);
    for (float component : vector) {
      out.writeFloat(component);
    }
    out.writeArrayEnd();
  }

  /**
   * Reads any number of blocks, as Avro allows. No block is believed to be longer than the bytes
   * left.
   */
  private static float[] readVector(BinaryDecoder in) throws IOException {
    float[] vector = new float[0];
    for (long block = in.readArrayStart(); block > 0; block = in.arrayNext()) {
      if (block > in.inputStream().available() / Float.BYTES) {
        throw malformed(WHAT, Reason.INVALID_AVRO, "embedding is longer than the record");
      }
      int from = vector.length;
      vector = Arrays.copyOf(vector, from + (int) block);
      for (int i = from; i < vector.length; i++) {
        vector[i] = in.readFloat();
      }
    }
    return vector;
  }

  private static void writeMap(BinaryEncoder out, Map<String, String> map) throws IOException {
    out.writeMapStart();
    out.setItemCount(map.size());
    for (Map.Entry<String, String> entry : map.entrySet()) {
      writeString(out, entry.getKey());
      writeString(out, entry.getValue());
    }
    out.writeMapEnd();
  }

  private static Map<String, String> readMap(BinaryDecoder in) throws IOException {
    Map<String, String> map = new TreeMap<>();
    for (long block = in.readMapStart(); block > 0; block = in.mapNext()) {
      for (long i = 0; i < block; i++) {
        if (map.put(readString(in), readString(in)) != null) {
          throw malformed(WHAT, Reason.DUPLICATE_PROPERTY, "a name of metadata occurs twice");
        }
      }
    }
    return map;
  }

  private static void writeOptional(BinaryEncoder out, @Nullable String text) throws IOException {
    if (text == null) {
      out.writeIndex(NULL);
    } else {
      out.writeIndex(STRING);
      writeString(out, text);
    }
  }

  private static @Nullable String readOptional(BinaryDecoder in) throws IOException {
    int branch = in.readIndex();
    if (branch != NULL && branch != STRING) {
      throw malformed(WHAT, Reason.INVALID_AVRO, "a union has an unknown branch");
    }
    return branch == NULL ? null : readString(in);
  }

  /** Unlike Avro's own, it takes no other byte for false. */
  private static boolean readBoolean(BinaryDecoder in) throws IOException {
    byte[] value = new byte[1];
    in.readFixed(value);
    if (value[0] != 0 && value[0] != 1) {
      throw malformed(WHAT, Reason.INVALID_AVRO, "a boolean is neither 0 nor 1");
    }
    return value[0] == 1;
  }

  private static void writeString(BinaryEncoder out, String text) throws IOException {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8)); // as Avro writes strings
  }

  /** Unlike Avro's own strings, it replaces nothing. */
  private static String readString(BinaryDecoder in) throws IOException {
    long length = in.readLong();
    if (length < 0 || length > in.inputStream().available()) {
      throw malformed(WHAT, Reason.INVALID_AVRO, "a string is longer than the record");
    }
    byte[] bytes = new byte[(int) length];
    in.readFixed(bytes);
    return Utf8.decode(bytes, WHAT);
  }

  private static void checkHeader(byte[] value) {
    if (value.length < HEADER_BYTES
        || !Arrays.equals(value, 0, MARKER.length, MARKER, 0, MARKER.length)) {
      throw malformed(
          WHAT, Reason.INVALID_AVRO, "its %d bytes do not begin as Avro".formatted(value.length));
    }
    if (!Arrays.equals(value, 0, HEADER_BYTES, HEADER, 0, HEADER_BYTES)) {
      throw malformed(
          WHAT,
          Reason.UNKNOWN_VERSION,
          "unknown schema fingerprint %016x (known: %016x)"
              .formatted(fingerprint(value), fingerprint(HEADER)));
    }
  }

  private static long fingerprint(byte[] header) {
    return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong(MARKER.length);
  }

  private static byte[] header() {
    return ByteBuffer.allocate(HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MARKER)
        .putLong(SchemaNormalization.parsingFingerprint64(schema()))
        .array();
  }

  static Schema schema() {
    String file = "embedding-record.avsc";
    try (InputStream in = EmbeddingRecordAvro.class.getResourceAsStream(file)) {
      return new Schema.Parser().parse(Objects.requireNonNull(in, file));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }
}
