package dev.streambed.schemas.protobuf;

import com.google.protobuf.CodedOutputStream;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.VectorEncoding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings as messages after {@code embedding_record.proto}. They are written field by field, in
 * the order of their numbers, so that the same record always gives the same bytes and no component
 * of a vector is boxed. Confined to one call.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class EmbeddingRecordProtobuf {
  private static final String FILE = "/dev/streambed/schemas/embedding_record.proto";

  /** Its descriptors, as protoc writes them. */
  private static final String DESCRIPTORS = "/dev/streambed/schemas/embedding_record.binpb";

  private static final String TYPE = "dev.streambed.EmbeddingRecord";

  /** The message indexes of the first type in a file, as clients of registries write them. */
  private static final int FIRST_TYPE = 0;

  private EmbeddingRecordProtobuf() {}

  /** Writes the fields of a message. */
  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  /**
   * The message of an embedding, bare.
   *
   * @throws IllegalArgumentException if the record has no space, or the encoding is base64
   */
  public static byte[] encode(EmbeddingRecord record, VectorEncoding encoding) {
    return message(out -> write(out, record, encoding));
  }

  /**
   * The same in the wire format of a schema registry.
   *
   * @param schemaId of {@link #schema} in the registry
   * @throws IllegalArgumentException if the record has no space, or the encoding is base64
   */
  public static byte[] encode(EmbeddingRecord record, VectorEncoding encoding, int schemaId) {
    return message(
        out -> {
          out.writeRawBytes(ForeignFormat.registryPrefix(schemaId));
          out.writeRawByte(FIRST_TYPE);
          write(out, record, encoding);
        });
  }

  /** The published schema, in the language of .proto files. */
  public static String schema() {
    return new String(resource(FILE), StandardCharsets.UTF_8);
  }

  /**
   * A bare message as JSON, with the names of the .proto file.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if the bytes are no such message
   */
  public static byte[] json(byte[] message) {
    return MessageType.find(resource(DESCRIPTORS), TYPE)
        .open()
        .decode(message, "embedding record")
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] resource(String file) {
    try (InputStream in = EmbeddingRecordProtobuf.class.getResourceAsStream(file)) {
      return Objects.requireNonNull(in, file).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }

  private static void write(CodedOutputStream out, EmbeddingRecord record, VectorEncoding encoding)
      throws IOException {
    Provenance provenance = record.provenance();
    writeOptional(out, 1, record.key());
    writeOptional(out, 2, record.text());
    writeVector(out, 3, record.embedding(), encoding);
    if (encoding != VectorEncoding.FLOAT32) {
      out.writeString(5, encoding.toString());
    }
    out.writeString(6, record.requiredSpace());
    for (OtherVector other : record.others()) {
      writeMessage(out, 7, fields -> writeOther(fields, other, encoding));
    }
    out.writeInt32(8, provenance.tokens());
    if (provenance.truncated()) {
      out.writeBool(9, true);
    }
    if (provenance.unknownTokens() != null) {
      out.writeInt32(10, provenance.unknownTokens());
    }
    writeMessage(out, 11, fields -> writeModel(fields, provenance.model()));
    writeOptional(out, 12, provenance.prompt());
    out.writeString(13, provenance.contentHash());
    writeMessage(out, 14, fields -> writeSource(fields, provenance.source()));
    for (Map.Entry<String, @Nullable Object> entry : record.metadata().entrySet()) {
      writeMessage(
          out,
          15,
          fields -> {
            fields.writeString(1, entry.getKey());
            writeMessage(fields, 2, value -> writeValue(value, entry.getValue()));
          });
    }
    if (record.eventTimeMillis() != TextRecord.NO_EVENT_TIME) {
      out.writeInt64(16, record.eventTimeMillis());
    }
    ChunkOfText chunk = record.chunk();
    if (chunk != null) {
      writeMessage(out, 17, fields -> writeChunk(fields, chunk));
    }
  }

  /** Leaves out zeros, as classes of protoc do. */
  private static void writeChunk(CodedOutputStream out, ChunkOfText chunk) throws IOException {
    int[] numbers = {chunk.index(), chunk.count(), chunk.startChar(), chunk.endChar()};
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] != 0) {
        out.writeInt32(i + 1, numbers[i]);
      }
    }
  }

  private static void writeOther(CodedOutputStream out, OtherVector other, VectorEncoding encoding)
      throws IOException {
    out.writeString(1, other.name());
    out.writeString(2, other.space());
    writeVector(out, 3, other.components(), encoding);
  }

  private static void writeModel(CodedOutputStream out, ModelReference model) throws IOException {
    out.writeString(1, model.name());
    out.writeString(2, model.revision());
    out.writeString(3, model.digest());
    writeOptional(out, 4, model.precision());
  }

  private static void writeSource(CodedOutputStream out, SourcePosition source) throws IOException {
    out.writeString(1, source.topic());
    out.writeInt32(2, source.partition());
    out.writeInt64(3, source.offset());
  }

  private static void writeValue(CodedOutputStream out, @Nullable Object value) throws IOException {
    if (value instanceof String text) {
      out.writeString(1, text);
    } else if (value instanceof Long number) {
      out.writeInt64(2, number);
    } else if (value instanceof Double number) {
      out.writeDouble(3, number);
    } else if (value instanceof Boolean flag) {
      out.writeBool(4, flag);
    } else if (value instanceof List<?> list) {
      writeMessage(
          out,
          5,
          fields -> {
            for (Object element : list) {
              writeMessage(fields, 1, each -> writeValue(each, element));
            }
          });
    }
  }

  /** Packed floats under a number; in any other encoding an EncodedVector under the next. */
  private static void writeVector(
      CodedOutputStream out, int number, float[] vector, VectorEncoding encoding)
      throws IOException {
    switch (encoding) {
      case FLOAT32 -> // packed, little-endian as in EncodedVector
          out.writeByteArray(number, EncodedVector.of(vector, encoding).bytes());
      case FLOAT32_BYTES, INT8, BINARY -> {
        EncodedVector encoded = EncodedVector.of(vector, encoding);
        writeMessage(
            out,
            number + 1,
            fields -> {
              fields.writeByteArray(1, encoded.bytes());
              fields.writeInt32(2, vector.length);
              fields.writeFloat(3, encoded.scale());
            });
      }
      case BASE64 -> throw new IllegalArgumentException("Protobuf has no vectors in " + encoding);
    }
  }

  private static void writeOptional(CodedOutputStream out, int number, @Nullable String text)
      throws IOException {
    if (text != null) {
      out.writeString(number, text);
    }
  }

  private static void writeMessage(CodedOutputStream out, int number, Fields fields)
      throws IOException {
    out.writeByteArray(number, message(fields));
  }

  private static byte[] message(Fields fields) {
    var bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write Protobuf in memory.", e);
    }
    return bytes.toByteArray();
  }
}
