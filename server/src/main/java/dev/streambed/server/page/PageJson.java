package dev.streambed.server.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.streambed.query.Nearest.Hit;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.server.dialect.JsonText;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON of the page. Whatever is in a record stays a value. */
final class PageJson {
  private static final int SHOWN_OF_TEXT = 300;
  private static final int SHOWN_OF_VALUE = 200;
  private static final int SHOWN_OF_KEY = 500;
  private static final int SHOWN_OF_HIT = 2_000; // so that answers together take little memory
  private static final int SHOWN_VALUES = 50; // of metadata, and of a list in it

  private PageJson() {}

  /** A line of the stream: one object, and the end of the line. */
  static byte[] line(String type, JsonText.Content fields) {
    byte[] json =
        JsonText.of(
            generator -> {
              generator.writeStartObject();
              generator.writeStringField("type", type);
              fields.write(generator);
              generator.writeEndObject();
            });
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return line;
  }

  static byte[] records(Collection<LiveRecord> records) {
    return line(
        "records",
        json -> {
          json.writeArrayFieldStart("records");
          for (LiveRecord record : records) {
            writeShort(json, record);
          }
          json.writeEndArray();
        });
  }

  static byte[] removed(Collection<Long> ids) {
    return line("removed", json -> writeIds(json, ids));
  }

  static byte[] positions(Collection<LiveRecord> records) {
    return line(
        "positions",
        json -> {
          writeIds(json, records.stream().map(LiveRecord::id).toList());
          json.writeArrayFieldStart("x");
          for (LiveRecord record : records) {
            json.writeNumber(record.x());
          }
          json.writeEndArray();
          json.writeArrayFieldStart("y");
          for (LiveRecord record : records) {
            json.writeNumber(record.y());
          }
          json.writeEndArray();
        });
  }

  private static void writeIds(JsonGenerator json, Collection<Long> ids) throws IOException {
    json.writeArrayFieldStart("ids");
    for (long id : ids) {
      json.writeNumber(id);
    }
    json.writeEndArray();
  }

  static byte[] deadLetters(List<DeadLetter> letters) {
    return line(
        "deadLetters",
        json -> {
          json.writeArrayFieldStart("deadLetters");
          for (DeadLetter letter : letters) {
            json.writeStartObject();
            json.writeStringField("reason", letter.reason());
            json.writeStringField("stage", letter.stage().name());
            json.writeStringField("message", letter.message());
            json.writeStringField("position", letter.record().position().toString());
            json.writeNumberField("timestampMillis", letter.record().timestampMillis());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /** As it is in the stream: the beginning of what is long. */
  private static void writeShort(JsonGenerator json, LiveRecord record) throws IOException {
    EmbeddingRecord embedding = record.embedding();
    String text = embedding.text();
    String key = record.entry().keyText();
    json.writeStartObject();
    json.writeNumberField("id", record.id());
    json.writeStringField("key", key == null ? null : beginning(key, SHOWN_OF_KEY));
    json.writeStringField("text", text == null ? null : beginning(text, SHOWN_OF_TEXT));
    json.writeBooleanField("longer", text != null && text.length() > SHOWN_OF_TEXT);
    writeMetadata(json, embedding.metadata(), SHOWN_VALUES, SHOWN_OF_VALUE);
    if (record.isPlaced()) {
      json.writeNumberField("x", record.x());
      json.writeNumberField("y", record.y());
    } else {
      json.writeNullField("x");
      json.writeNullField("y");
    }
    writeOrigin(json, record);
    json.writeEndObject();
  }

  /** All that is known of a record but its vector. */
  static byte[] whole(LiveRecord record) {
    EmbeddingRecord embedding = record.embedding();
    return JsonText.of(
        json -> {
          json.writeStartObject();
          json.writeNumberField("id", record.id());
          json.writeStringField("key", record.entry().keyText());
          json.writeStringField("text", embedding.text());
          writeMetadata(json, embedding.metadata(), Integer.MAX_VALUE, Integer.MAX_VALUE);
          writeOrigin(json, record);
          json.writeStringField("space", embedding.provenance().space());
          json.writeEndObject();
        });
  }

  /** The beginning of what is long; {@link #whole} has all of it. */
  static void writeHit(JsonGenerator json, Hit<LiveRecord> hit) throws IOException {
    LiveRecord record = hit.item();
    json.writeStartObject();
    json.writeNumberField("id", record.id());
    json.writeNumberField("score", hit.score());
    String key = record.entry().keyText();
    String text = record.embedding().text();
    json.writeStringField("key", key == null ? null : beginning(key, SHOWN_OF_KEY));
    json.writeStringField("text", text == null ? null : beginning(text, SHOWN_OF_HIT));
    json.writeBooleanField("longer", text != null && text.length() > SHOWN_OF_HIT);
    writeMetadata(json, record.embedding().metadata(), SHOWN_VALUES, SHOWN_OF_VALUE);
    json.writeStringField("position", record.entry().position().toString());
    writeChunk(json, record.embedding().chunk());
    json.writeEndObject();
  }

  private static void writeOrigin(JsonGenerator json, LiveRecord record) throws IOException {
    json.writeNumberField("tokens", record.embedding().provenance().tokens());
    json.writeBooleanField("truncated", record.embedding().provenance().truncated());
    json.writeStringField("position", record.entry().position().toString());
    json.writeNumberField("timestampMillis", record.entry().timestampMillis());
    writeChunk(json, record.embedding().chunk());
  }

  private static void writeChunk(JsonGenerator json, @Nullable ChunkOfText chunk)
      throws IOException {
    if (chunk == null) {
      json.writeNullField("chunk");
      return;
    }
    json.writeObjectFieldStart("chunk");
    json.writeNumberField("index", chunk.index());
    json.writeNumberField("count", chunk.count());
    json.writeEndObject();
  }

  private static void writeMetadata(
      JsonGenerator json, Map<String, @Nullable Object> metadata, int mostValues, int mostOfValue)
      throws IOException {
    json.writeObjectFieldStart("metadata");
    int written = 0;
    for (Map.Entry<String, @Nullable Object> each : metadata.entrySet()) {
      if (written++ == mostValues) {
        break;
      }
      json.writeFieldName(beginning(each.getKey(), mostOfValue));
      if (each.getValue() instanceof List<?> list) {
        json.writeStartArray();
        for (int i = 0; i < list.size() && i < mostValues; i++) {
          writeValue(json, list.get(i), mostOfValue);
        }
        json.writeEndArray();
      } else {
        writeValue(json, each.getValue(), mostOfValue);
      }
    }
    json.writeEndObject();
  }

  private static void writeValue(JsonGenerator json, @Nullable Object value, int most)
      throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Long number) {
      json.writeNumber(number);
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean bool) {
      json.writeBoolean(bool);
    } else {
      json.writeString(beginning(value.toString(), most));
    }
  }

  /** The first characters, not inside of a pair of surrogates. */
  private static String beginning(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    return text.substring(0, Character.isLowSurrogate(text.charAt(most)) ? most - 1 : most);
  }
}
