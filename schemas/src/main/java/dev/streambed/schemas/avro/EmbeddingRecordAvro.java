package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.VectorEncoding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings in Avro's single-object encoding: two bytes of marker, the fingerprint of {@code
 * embedding-record.avsc}, or of {@code encoded-embedding-record.avsc} for vectors in bytes, then
 * its fields in order; of version 1, which had another schema, they are only read. They are written
 * and read one by one, since Avro's generic records would box each component of a vector. Confined
 * to one call.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class EmbeddingRecordAvro {
  static final String WHAT = "embedding record";

  /** All parts but text, vector and metadata; most records need no larger buffer. */
  private static final int USUAL_BYTES = 512;

  private EmbeddingRecordAvro() {}

  /**
   * The bytes of an embedding, its vector in a third of those of JSON.
   *
   * @throws IllegalArgumentException if the record has no space, which version 2 demands
   */
  public static byte[] encode(EmbeddingRecord record) {
    return encode(record, VectorEncoding.FLOAT32);
  }

  /**
   * The same with vectors in an encoding, which has another schema than {@link
   * VectorEncoding#FLOAT32}.
   *
   * @throws IllegalArgumentException if the record has no space, or Avro no such vectors
   */
  public static byte[] encode(EmbeddingRecord record, VectorEncoding encoding) {
    return encode(record, encoding, RecordLayout.of(encoding).header());
  }

  /**
   * The same in the wire format of a schema registry.
   *
   * @param schemaId of {@link #schema} in the registry
   * @throws IllegalArgumentException if the record has no space, or Avro no such vectors
   */
  public static byte[] encode(EmbeddingRecord record, VectorEncoding encoding, int schemaId) {
    return encode(record, encoding, ForeignFormat.registryPrefix(schemaId));
  }

  /** The published schema of records whose vectors have an encoding, as JSON. */
  public static String schema(VectorEncoding encoding) {
    return RecordLayout.of(encoding).schema().toString();
  }

  private static byte[] encode(EmbeddingRecord record, VectorEncoding encoding, byte[] header) {
    String text = record.text();
    var bytes =
        new ByteArrayOutputStream(
            USUAL_BYTES
                + components(record) * Float.BYTES
                + (text == null ? 0 : text.length() + text.length() / 8));
    bytes.writeBytes(header);
    try {
      BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, /* reuse= */ null);
      write(record, encoding, out);
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
   * Decodes one record of version 1 or 2, of any encoding. A vector of a lossy one is near the
   * vector that was written; see {@link dev.streambed.schemas.EncodedVector#vector}.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if the bytes are something else
   */
  public static EmbeddingRecord decode(byte[] value) {
    return decode(value, RecordLayout.HEADER_BYTES, RecordLayout.of(value));
  }

  /**
   * Decodes one record in the wire format of a schema registry. The id of its schema is not looked
   * at: of the published schemas, one fits.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if none fits
   */
  public static EmbeddingRecord decodeRegistered(byte[] value) {
    int from = ForeignFormat.REGISTRY_PREFIX_BYTES;
    if (value.length <= from || value[0] != 0) {
      throw malformed(
          WHAT, Reason.INVALID_AVRO, "its bytes do not begin as the serialisers of a registry do");
    }
    for (RecordLayout layout : RecordLayout.values()) {
      EmbeddingRecord record = decodeOrNull(value, from, layout);
      if (record != null) {
        return record;
      }
    }
    throw malformed(WHAT, Reason.INVALID_AVRO, value.length + " bytes follow no published schema");
  }

  private static @Nullable EmbeddingRecord decodeOrNull(
      byte[] value, int from, RecordLayout layout) {
    try {
      return decode(value, from, layout);
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  private static EmbeddingRecord decode(byte[] value, int from, RecordLayout layout) {
    try {
      BinaryDecoder in =
          DecoderFactory.get().binaryDecoder(value, from, value.length - from, /* reuse= */ null);
      EmbeddingRecord record = read(in, layout);
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

  private static void write(EmbeddingRecord record, VectorEncoding encoding, BinaryEncoder out)
      throws IOException {
    Provenance provenance = record.provenance();
    AvroPrimitives.writeOptional(out, record.key());
    AvroPrimitives.writeOptional(out, record.text());
    boolean isEncoded = encoding != VectorEncoding.FLOAT32;
    if (isEncoded) {
      AvroPrimitives.writeString(out, encoding.toString());
    }
    VectorAvro.write(out, record.embedding(), encoding);
    if (isEncoded) {
      AvroPrimitives.writeString(out, record.requiredSpace());
    } else {
      AvroPrimitives.writeOptional(out, record.requiredSpace());
    }
    writeOthers(out, record.others(), encoding);
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
    AvroPrimitives.writeOptional(out, record.chunk());
  }

  // Arguments and initialisers are evaluated in the order of the schema's fields.
  private static EmbeddingRecord read(BinaryDecoder in, RecordLayout layout) throws IOException {
    boolean isVersion1 = layout == RecordLayout.VERSION_1;
    String key = AvroPrimitives.readOptional(in);
    String text = AvroPrimitives.readOptional(in);
    boolean isEncoded = layout == RecordLayout.BYTES;
    VectorEncoding encoding = isEncoded ? readEncoding(in) : VectorEncoding.FLOAT32;
    float[] vector = VectorAvro.read(in, encoding);
    String space = isVersion1 ? null : readSpace(in, isEncoded);
    List<OtherVector> others = isVersion1 ? List.of() : readOthers(in, encoding);
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
    ChunkOfText chunk = layout.hasChunk() ? AvroPrimitives.readOptionalChunk(in) : null;
    var provenance =
        new Provenance(model, space, prompt, tokens, truncated, unknown, contentHash, source);
    return new EmbeddingRecord(
        key, text, vector, others, provenance, metadata, eventTimeMillis, chunk);
  }

  private static void writeOthers(
      BinaryEncoder out, List<OtherVector> others, VectorEncoding encoding) throws IOException {
    out.writeMapStart();
    out.setItemCount(others.size());
    for (OtherVector other : others) {
      AvroPrimitives.writeString(out, other.name());
      AvroPrimitives.writeString(out, other.space());
      VectorAvro.write(out, other.components(), encoding);
    }
    out.writeMapEnd();
  }

  private static List<OtherVector> readOthers(BinaryDecoder in, VectorEncoding encoding)
      throws IOException {
    List<OtherVector> others = new ArrayList<>();
    for (long block = in.readMapStart(); block > 0; block = in.mapNext()) {
      for (long i = 0; i < block; i++) {
        String name = AvroPrimitives.readString(in);
        var other = new OtherVector(AvroPrimitives.readString(in), VectorAvro.read(in, encoding));
        if (!name.equals(other.name())) {
          throw malformed(
              WHAT, Reason.INVALID_VALUE, "a vector is not as long as its name in otherEmbeddings");
        }
        others.add(other);
      }
    }
    return others;
  }

  /** A name that no vector in bytes has is as wrong as one that nobody knows. */
  private static VectorEncoding readEncoding(BinaryDecoder in) throws IOException {
    VectorEncoding encoding = VectorEncoding.ofName(AvroPrimitives.readString(in));
    if (encoding == VectorEncoding.FLOAT32 || encoding == VectorEncoding.BASE64) {
      throw malformed(WHAT, Reason.INVALID_VALUE, "vectors in bytes are not in " + encoding);
    }
    return encoding;
  }

  /** Null is for Avro's own readers of version 1. */
  private static String readSpace(BinaryDecoder in, boolean isEncoded) throws IOException {
    String space = isEncoded ? AvroPrimitives.readString(in) : AvroPrimitives.readOptional(in);
    if (space == null) {
      throw malformed(WHAT, Reason.MISSING_PROPERTY, "space is missing");
    }
    return space;
  }
}
