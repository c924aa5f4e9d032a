package dev.streambed.schemas.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.VectorEncoding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Writes the JSON of records: in the order of the calls, and nothing for what is absent. A
 * position, which two codecs share, is read here too.
 */
@API(status = API.Status.INTERNAL)
public final class JsonText {

  // The fast writer prints the shortest float (Schubfach), as Float.toString does only from JDK 19.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  private static final Set<String> CHUNK = Set.of("index", "count", "startChar", "endChar");

  private JsonText() {}

  /** Writes the properties of an object whose braces are written already. */
  public interface ObjectWriter {
    void write(JsonGenerator json) throws IOException;
  }

  public static byte[] write(ObjectWriter writer) {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      writer.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot encode to JSON in memory.", e);
    }
    return bytes.toByteArray();
  }

  public static void writeOptional(JsonGenerator json, String property, @Nullable String value)
      throws IOException {
    if (value != null) {
      json.writeStringField(property, value);
    }
  }

  static void writeOptional(JsonGenerator json, String property, byte @Nullable [] value)
      throws IOException {
    if (value != null) {
      json.writeBinaryField(property, value);
    }
  }

  public static void writeTime(JsonGenerator json, String property, long eventTimeMillis)
      throws IOException {
    if (eventTimeMillis != TextRecord.NO_EVENT_TIME) {
      json.writeNumberField(property, eventTimeMillis);
    }
  }

  static void writeMetadata(JsonGenerator json, String property, Map<String, ?> metadata)
      throws IOException {
    json.writeObjectFieldStart(property);
    for (Map.Entry<String, ?> entry : metadata.entrySet()) {
      json.writeFieldName(entry.getKey());
      writeValue(json, entry.getValue());
    }
    json.writeEndObject();
  }

  /** A value of metadata. */
  public static void writeValue(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value instanceof List<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        writeScalar(json, element);
      }
      json.writeEndArray();
    } else {
      writeScalar(json, value);
    }
  }

  /** Each component is the shortest decimal that reads back as the same 32 bits. */
  public static void writeVector(JsonGenerator json, String property, float[] vector)
      throws IOException {
    json.writeFieldName(property);
    FloatText.writeArray(json, vector);
  }

  /**
   * A vector in an encoding: base64 as a string, else an array, in which the bytes of the lossy
   * ones are signed.
   *
   * @param scale name of the property that holds the scale of {@link VectorEncoding#INT8}
   * @throws IllegalArgumentException if the encoding has no form in JSON
   */
  public static void writeVector(
      JsonGenerator json, String property, String scale, float[] vector, VectorEncoding encoding)
      throws IOException {
    if (encoding == VectorEncoding.FLOAT32) {
      writeVector(json, property, vector);
      return;
    }
    EncodedVector encoded = EncodedVector.of(vector, encoding);
    switch (encoding) {
      case BASE64 -> json.writeBinaryField(property, encoded.bytes());
      case INT8 -> {
        writeSigned(json, property, encoded.bytes());
        json.writeFieldName(scale);
        json.writeNumber(encoded.scale());
      }
      case BINARY -> writeSigned(json, property, encoded.bytes());
      default -> throw new IllegalArgumentException("JSON has no vectors in " + encoding);
    }
  }

  private static void writeSigned(JsonGenerator json, String property, byte[] bytes)
      throws IOException {
    json.writeArrayFieldStart(property);
    for (byte each : bytes) {
      json.writeNumber(each);
    }
    json.writeEndArray();
  }

  private static void writeScalar(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value instanceof String text) {
      json.writeString(text);
    } else if (value instanceof Long number) {
      json.writeNumber(number);
    } else if (value instanceof Integer number) {
      json.writeNumber(number);
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else {
      json.writeNull();
    }
  }

  static void writePosition(JsonGenerator json, String property, SourcePosition position)
      throws IOException {
    json.writeObjectFieldStart(property);
    json.writeStringField("topic", position.topic());
    json.writeNumberField("partition", position.partition());
    json.writeNumberField("offset", position.offset());
    json.writeEndObject();
  }

  /** Reads what {@link #writePosition} writes. */
  static SourcePosition readPosition(StrictJson json, String property) throws IOException {
    var fields = new PositionFields();
    json.readObject(property, fields::read);
    return new SourcePosition(
        json.required(fields.topic, property + ".topic"),
        json.required(fields.partition, property + ".partition"),
        json.required(fields.offset, property + ".offset"));
  }

  private static final class PositionFields {
    private @Nullable String topic;
    private @Nullable Integer partition;
    private @Nullable Long offset;

    boolean read(StrictJson json, String property) throws IOException {
      switch (property) {
        case "topic" -> topic = json.readString("source.topic");
        case "partition" -> partition = json.readInt("source.partition");
        case "offset" -> offset = json.readLong("source.offset");
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  static String enumName(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Writes nothing for null. */
  static void writeChunk(JsonGenerator json, String property, @Nullable ChunkOfText chunk)
      throws IOException {
    if (chunk != null) {
      json.writeObjectFieldStart(property);
      json.writeNumberField("index", chunk.index());
      json.writeNumberField("count", chunk.count());
      json.writeNumberField("startChar", chunk.startChar());
      json.writeNumberField("endChar", chunk.endChar());
      json.writeEndObject();
    }
  }

  static ChunkOfText readChunk(StrictJson json, String property) throws IOException {
    Map<String, Integer> chunk = new HashMap<>();
    json.readObject(
        property,
        (fields, name) -> {
          if (!CHUNK.contains(name)) {
            return false;
          }
          chunk.put(name, fields.readInt(property + "." + name));
          return true;
        });
    return new ChunkOfText(
        json.required(chunk.get("index"), property + ".index"),
        json.required(chunk.get("count"), property + ".count"),
        json.required(chunk.get("startChar"), property + ".startChar"),
        json.required(chunk.get("endChar"), property + ".endChar"));
  }
}
