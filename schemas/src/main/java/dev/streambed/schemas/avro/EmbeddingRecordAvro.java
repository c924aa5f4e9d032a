package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings in Avro's single-object encoding: two bytes of marker, the fingerprint of {@code
 * embedding-record.avsc}, then its fields in order; of version 1, which had another schema, they
 * are only read. They are written and read one by one, since Avro's generic records would box each
 * component of a vector. Confined to one call.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class EmbeddingRecordAvro {
  static final String WHAT = "embedding record";

  // https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding
  private static final byte[] MARKER = {(byte) 0xC3, 0x01};
  private static final int HEADER_BYTES = MARKER.length + Long.BYTES;
  private static final byte[] HEADER = header(schema());
  private static final byte[] HEADER_1 = header(schema1());

  /** All parts but text, vector and metadata; most records need no larger buffer. */
  private static final int USUAL_BYTES = 512;

  private EmbeddingRecordAvro() {}

  /**
   * The bytes of an embedding, its vector in a third of those of JSON.
   *
   * @throws IllegalArgumentException if the record has no space, which version 2 demands
   */
  public static byte[] encode(EmbeddingRecord record) {
    String text = record.text();
    var bytes =
        new ByteArrayOutputStream(
            USUAL_BYTES
                + components(record) * Float.BYTES
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

  private static int components(EmbeddingRecord record) {
    int components = record.dimensions();
    for (OtherVector other : record.others()) {
      components += other.dimensions();
    }
    return components;
  }

  /**
   * Decodes one record of version 1 or 2.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if the bytes are something else
   */
  public static EmbeddingRecord decode(byte[] value) {
    boolean isVersion1 = isVersion1(value);
    try {
      BinaryDecoder in =
          DecoderFactory.get()
              .binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, /* reuse= */ null);
      EmbeddingRecord record = read(in, isVersion1);
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
    AvroPrimitives.writeOptional(out, record.key());
    AvroPrimitives.writeOptional(out, record.text());
    writeVector(out, record.embedding());
    AvroPrimitives.writeOptional(out, record.requiredSpace());
    writeOthers(out, record.others());
    out.writeInt(provenance.tokens());
    out.writeBoolean(provenance.truncated());
    AvroPrimitives.writeOptional(out, provenance.unknownTokens());
    AvroPrimitives.writeString(out, provenance.model().name());
    AvroPrimitives.writeString(out, provenance.model().revision());
    AvroPrimitives.writeString(out, provenance.model().digest());
    AvroPrimitives.writeOptional(out, provenance.model().precision());
    AvroPrimitives.writeOptional(out, provenance.prompt());
    AvroPrimitives.writeString(out, provenance.contentHash());
    AvroPrimitives.writeString(out, provenance.source().topic());
    out.writeInt(provenance.source().partition());
    out.writeLong(provenance.source().offset());
    MetadataAvro.write(out, record.metadata());
    out.writeLong(record.eventTimeMillis());
  }

  // Arguments and initialisers are evaluated in the order of the schema's fields.
  private static EmbeddingRecord read(BinaryDecoder in, boolean isVersion1) throws IOException {
    String key = AvroPrimitives.readOptional(in);
    String text = AvroPrimitives.readOptional(in);
    float[] vector = readVector(in);
    String space = isVersion1 ? null : readSpace(in);
    List<OtherVector> others = isVersion1 ? List.of() : readOthers(in);
    int tokens = in.readInt();
    boolean truncated = AvroPrimitives.readBoolean(in);
    Integer unknown = isVersion1 ? null : AvroPrimitives.readOptionalInt(in);
    var model =
        new ModelReference(
            AvroPrimitives.readString(in),
            AvroPrimitives.readString(in),
            AvroPrimitives.readString(in),
            isVersion1 ? null : AvroPrimitives.readOptional(in));
    String prompt = AvroPrimitives.readOptional(in);
    String contentHash = AvroPrimitives.readString(in);
    var source = new SourcePosition(AvroPrimitives.readString(in), in.readInt(), in.readLong());
    Map<String, @Nullable Object> metadata = MetadataAvro.read(in, !isVersion1);
    long eventTimeMillis = in.readLong();
    var provenance =
        new Provenance(model, space, prompt, tokens, truncated, unknown, contentHash, source);
    return new EmbeddingRecord(key, text, vector, others, provenance, metadata, eventTimeMillis);
  }

  private static void writeOthers(BinaryEncoder out, List<OtherVector> others) throws IOException {
    out.writeMapStart();
    out.setItemCount(others.size());
    for (OtherVector other : others) {
      AvroPrimitives.writeString(out, other.name());
      AvroPrimitives.writeString(out, other.space());
      writeVector(out, other.components());
    }
    out.writeMapEnd();
  }

  private static List<OtherVector> readOthers(BinaryDecoder in) throws IOException {
    List<OtherVector> others = new ArrayList<>();
    for (long block = in.readMapStart(); block > 0; block = in.mapNext()) {
      for (long i = 0; i < block; i++) {
        String name = AvroPrimitives.readString(in);
        var other = new OtherVector(AvroPrimitives.readString(in), readVector(in));
        if (!name.equals(other.name())) {
          throw malformed(
              WHAT, Reason.INVALID_VALUE, "a vector is not as long as its name in otherEmbeddings");
        }
        others.add(other);
      }
    }
    return others;
  }

  /** Null is for Avro's own readers of version 1. */
  private static String readSpace(BinaryDecoder in) throws IOException {
    String space = AvroPrimitives.readOptional(in);
    if (space == null) {
      throw malformed(WHAT, Reason.MISSING_PROPERTY, "space is missing");
    }
    return space;
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

  /**
   * Checks the beginning of a record.
   *
   * @return true for version 1, which has neither types of metadata nor a space
   */
  private static boolean isVersion1(byte[] value) {
    if (value.length < HEADER_BYTES
        || !Arrays.equals(value, 0, MARKER.length, MARKER, 0, MARKER.length)) {
      throw malformed(
          WHAT, Reason.INVALID_AVRO, "its %d bytes do not begin as Avro".formatted(value.length));
    }
    if (Arrays.equals(value, 0, HEADER_BYTES, HEADER, 0, HEADER_BYTES)) {
      return false;
    }
    if (Arrays.equals(value, 0, HEADER_BYTES, HEADER_1, 0, HEADER_BYTES)) {
      return true;
    }
    throw malformed(
        WHAT,
        Reason.UNKNOWN_VERSION,
        "unknown schema fingerprint %016x (known: %016x, %016x)"
            .formatted(fingerprint(value), fingerprint(HEADER_1), fingerprint(HEADER)));
  }

  private static long fingerprint(byte[] header) {
    return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong(MARKER.length);
  }

  private static byte[] header(Schema schema) {
    return ByteBuffer.allocate(HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MARKER)
        .putLong(SchemaNormalization.parsingFingerprint64(schema))
        .array();
  }

  static Schema schema() {
    return schema("/dev/streambed/schemas/embedding-record.avsc");
  }

  /** Of version 1. */
  static Schema schema1() {
    return schema("/dev/streambed/schemas/v1/embedding-record.avsc");
  }

  private static Schema schema(String file) {
    try (InputStream in = EmbeddingRecordAvro.class.getResourceAsStream(file)) {
      return new Schema.Parser().parse(Objects.requireNonNull(in, file));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }
}
