package dev.streambed.query;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.protobuf.EmbeddingRecordProtobuf;
import dev.streambed.schemas.protobuf.MessageDecoder;
import dev.streambed.schemas.protobuf.MessageType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Embeddings as messages after {@code embedding_record.proto}, bare or of a registry. */
final class MessageForm {
  private static final String DESCRIPTORS = "/dev/streambed/schemas/embedding_record.binpb";

  private final MessageDecoder decoder;

  MessageForm() {
    try (InputStream in = EmbeddingRecordProtobuf.class.getResourceAsStream(DESCRIPTORS)) {
      this.decoder =
          MessageType.find(
                  Objects.requireNonNull(in, DESCRIPTORS).readAllBytes(),
                  "dev.streambed.EmbeddingRecord")
              .open();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + DESCRIPTORS, e);
    }
  }

  EmbeddingRecord decode(byte[] value) {
    JsonNode message;
    try {
      message = decoder.decode(value, EmbeddingDecoder.WHAT);
    } catch (MalformedRecordException e) { // its message names options of a job
      throw malformed(
          EmbeddingDecoder.WHAT,
          e.reason(),
          value.length
              + " bytes are neither JSON nor Avro, and no Protobuf message of an embedding");
    }
    try {
      return record(message);
    } catch (IllegalArgumentException e) {
      // The records name their parts and ranges, and quote values.
      throw malformed(
          EmbeddingDecoder.WHAT,
          Reason.INVALID_VALUE,
          "a value of the message is out of its range");
    }
  }

  private static EmbeddingRecord record(JsonNode message) {
    VectorEncoding encoding =
        message.has("encoding")
            ? VectorEncoding.ofName(message.path("encoding").asText())
            : VectorEncoding.FLOAT32;
    List<OtherVector> others = new ArrayList<>();
    for (JsonNode other : message.path("other_embeddings")) {
      others.add(new OtherVector(other.path("space").asText(), vector(other, encoding)));
    }
    JsonNode model = message.path("model");
    JsonNode source = message.path("source");
    var provenance =
        new Provenance(
            new ModelReference(
                model.path("name").asText(),
                model.path("revision").asText(),
                model.path("digest").asText(),
                text(model, "precision")),
            message.path("space").asText(),
            text(message, "prompt"),
            message.path("tokens").asInt(),
            message.path("truncated").asBoolean(),
            message.has("unknown_tokens") ? (Integer) message.path("unknown_tokens").asInt() : null,
            message.path("content_hash").asText(),
            new SourcePosition(
                source.path("topic").asText(),
                source.path("partition").asInt(),
                source.path("offset").asLong()));
    return new EmbeddingRecord(
        text(message, "key"),
        text(message, "text"),
        vector(message, encoding),
        others,
        provenance,
        metadata(message.path("metadata")),
        message.path("event_time_millis").asLong(TextRecord.NO_EVENT_TIME),
        message.has("chunk") ? chunk(message.path("chunk")) : null);
  }

  private static ChunkOfText chunk(JsonNode chunk) {
    return new ChunkOfText(
        chunk.path("index").asInt(),
        chunk.path("count").asInt(),
        chunk.path("start_char").asInt(),
        chunk.path("end_char").asInt());
  }

  private static float[] vector(JsonNode holder, VectorEncoding encoding) {
    if (encoding == VectorEncoding.FLOAT32) {
      return Vectors.numbers(holder.path("embedding"));
    }
    JsonNode encoded = holder.path("encoded_embedding");
    return Vectors.decode(
        encoding,
        Vectors.bytes(encoded.path("components")),
        (float) encoded.path("scale").asDouble(),
        encoded.path("dimensions").asInt());
  }

  private static Map<String, @Nullable Object> metadata(JsonNode map) {
    Map<String, @Nullable Object> metadata = new HashMap<>();
    map.properties().forEach(each -> metadata.put(each.getKey(), value(each.getValue())));
    return metadata;
  }

  private static @Nullable Object value(JsonNode value) {
    if (value.has("list_value")) {
      List<@Nullable Object> list = new ArrayList<>();
      value.path("list_value").path("values").forEach(each -> list.add(value(each)));
      return list;
    }
    if (value.has("string_value")) {
      return value.path("string_value").asText();
    }
    if (value.has("int_value")) {
      return value.path("int_value").asLong();
    }
    if (value.has("double_value")) {
      return value.path("double_value").asDouble();
    }
    return value.has("bool_value") ? (Boolean) value.path("bool_value").asBoolean() : null;
  }

  private static @Nullable String text(JsonNode holder, String field) {
    return holder.has(field) ? holder.path(field).asText() : null;
  }
}
