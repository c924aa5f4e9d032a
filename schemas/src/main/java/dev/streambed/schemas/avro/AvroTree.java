package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.FloatNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.AvroTypeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.ResolvingDecoder;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Reads data of one Avro schema as a tree like that of JSON. A union is the value that it has, an
 * enum its symbol, bytes are base64 where text is asked for; logical types: {@link AvroScalars}.
 * Confined to one thread.
 */
@API(status = API.Status.INTERNAL)
public final class AvroTree {
  /**
   * Each takes some 700 bytes of the stack while Java interprets this code, and a thread has 1 MB.
   */
  private static final int MOST_LEVELS = 250;

  private final String what;
  private final Schema schema;
  private final AvroInput input;
  private final Decoder in;
  private final String incompatibility;
  private int level;

  /**
   * A decoder of data.
   *
   * @param writer the schema that the data was written with
   * @param reader the schema that the tree has, by Avro's rules of schema resolution; null for the
   *     writer's
   * @param what names the bytes in messages: {@code record}
   */
  public AvroTree(Schema writer, @Nullable Schema reader, String what) {
    this.what = what;
    this.input = new AvroInput(what);
    if (reader == null || reader.equals(writer)) {
      this.schema = writer;
      this.in = input;
      this.incompatibility = "";
    } else {
      this.schema = reader;
      this.in = resolving(writer, reader);
      this.incompatibility = incompatibility(writer, reader);
    }
  }

  private Decoder resolving(Schema writer, Schema reader) {
    try {
      return DecoderFactory.get().resolvingDecoder(writer, reader, input);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot make a decoder without reading.", e);
    }
  }

  /** Names and types of schemas, but no data. */
  private static String incompatibility(Schema writer, Schema reader) {
    List<Incompatibility> found =
        SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
            .getResult()
            .getIncompatibilities();
    return found.isEmpty()
        ? ""
        : ": %s at %s".formatted(found.get(0).getType(), found.get(0).getLocation());
  }

  /**
   * Decodes the bytes from a position to the end.
   *
   * @throws MalformedRecordException if they are not data of the schema
   */
  public JsonNode decode(byte[] bytes, int from) {
    input.reset(bytes, from);
    level = 0;
    try {
      if (in instanceof ResolvingDecoder resolving) {
        resolving.configure(input); // forgets what a malformed record left
      }
      JsonNode tree = read(schema);
      if (in instanceof ResolvingDecoder resolving) {
        resolving.drain();
      }
      if (!input.isAtEnd()) {
        throw malformed(what, Reason.INVALID_AVRO, "something follows the data of its schema");
      }
      return tree;
    } catch (AvroTypeException e) {
      throw malformed(
          what,
          Reason.INCOMPATIBLE_SCHEMA,
          "the schema that it was written with does not resolve to the one it is read with"
              + incompatibility);
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      throw malformed(
          what,
          Reason.INVALID_AVRO,
          "its %d bytes do not follow its schema".formatted(bytes.length));
    }
  }

  private JsonNode read(Schema type) throws IOException {
    return switch (type.getType()) {
      case RECORD -> readRecord(type);
      case ARRAY -> readArray(type.getElementType());
      case MAP -> readMap(type.getValueType());
      case UNION -> read(type.getTypes().get(in.readIndex()));
      case ENUM -> TextNode.valueOf(type.getEnumSymbols().get(in.readEnum()));
      case FIXED -> AvroScalars.binary(readFixed(type.getFixedSize()), type, what);
      case BYTES -> AvroScalars.binary(array(in.readBytes(null)), type, what);
      case STRING -> TextNode.valueOf(in.readString());
      case INT ->
          type.getLogicalType() == null
              ? IntNode.valueOf(in.readInt())
              : AvroScalars.ofInt(in.readInt(), type, what);
      case LONG ->
          type.getLogicalType() == null
              ? LongNode.valueOf(in.readLong())
              : AvroScalars.ofLong(in.readLong(), type, what);
      case FLOAT -> FloatNode.valueOf(in.readFloat());
      case DOUBLE -> DoubleNode.valueOf(in.readDouble());
      case BOOLEAN -> BooleanNode.valueOf(in.readBoolean());
      case NULL -> {
        in.readNull();
        yield NullNode.getInstance();
      }
    };
  }

  private ObjectNode readRecord(Schema type) throws IOException {
    enter();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    if (in instanceof ResolvingDecoder resolving) {
      for (Schema.Field field : resolving.readFieldOrder()) {
        node.set(field.name(), read(field.schema()));
      }
    } else {
      List<Schema.Field> fields = type.getFields();
      for (int i = 0; i < fields.size(); i++) {
        Schema.Field field = fields.get(i);
        node.set(field.name(), read(field.schema()));
      }
    }
    level--;
    return node;
  }

  private ArrayNode readArray(Schema element) throws IOException {
    enter();
    ArrayNode node = JsonNodeFactory.instance.arrayNode();
    for (long block = in.readArrayStart(); block > 0; block = in.arrayNext()) {
      for (long i = 0; i < block; i++) {
        node.add(read(element));
      }
    }
    level--;
    return node;
  }

  private ObjectNode readMap(Schema value) throws IOException {
    enter();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    for (long block = in.readMapStart(); block > 0; block = in.mapNext()) {
      for (long i = 0; i < block; i++) {
        if (node.replace(in.readString(), read(value)) != null) {
          throw malformed(what, Reason.DUPLICATE_PROPERTY, "a key occurs twice in a map");
        }
      }
    }
    level--;
    return node;
  }

  private void enter() {
    if (++level > MOST_LEVELS) {
      throw malformed(
          what,
          Reason.OVER_LIMIT,
          "more than %d levels at byte %d".formatted(MOST_LEVELS, input.position()));
    }
  }

  private byte[] readFixed(int size) throws IOException {
    byte[] bytes = new byte[size];
    in.readFixed(bytes);
    return bytes;
  }

  private static byte[] array(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
