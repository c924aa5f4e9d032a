package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import dev.streambed.schemas.DocumentShape;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.JsonTree;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One of Debezium's change events: what happened to a row, and how the row is now. After the
 * documentation of Debezium 3.5, "Data change events".
 *
 * @param after the row as it is now; null unless {@code kind} is {@link Decoded.Kind#TEXT}
 */
record DebeziumEvent(Decoded.Kind kind, @Nullable JsonNode after) {
  private static final String WHAT = "change event";

  private static final DebeziumEvent DELETION = new DebeziumEvent(Decoded.Kind.DELETION, null);
  private static final DebeziumEvent SKIPPED = new DebeziumEvent(Decoded.Kind.SKIPPED, null);

  /**
   * Debezium's {@code unavailable.value.placeholder}: a large column that an update left alone is
   * not in PostgreSQL's log.
   */
  static final String UNAVAILABLE = "__debezium_unavailable_value";

  /**
   * Reads an event.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if it is none
   */
  static DebeziumEvent read(JsonNode document) {
    JsonNode event = payload(document);
    JsonNode operation = event.path("op");
    if (operation.isMissingNode() && isAboutTheSource(event)) {
      return SKIPPED;
    }
    return switch (operation.asText()) {
      case "c", "r", "u" -> new DebeziumEvent(Decoded.Kind.TEXT, after(event));
      case "d" -> DELETION;
      case "t", "m" -> SKIPPED; // a table was emptied; a message that is no row
      default ->
          throw malformed(
              WHAT,
              operation.isMissingNode() ? Reason.MISSING_PROPERTY : Reason.INVALID_VALUE,
              "op is none of c, r, u, d, t and m; for rows without Debezium's envelope, remove streambed.source.envelope");
    };
  }

  /**
   * The shape of the rows in events of a shape.
   *
   * @throws IllegalArgumentException if no event has a row, with a message for users
   */
  static DocumentShape rows(DocumentShape documents) {
    DocumentShape payload =
        documents.names().equals(Set.of("schema", "payload"))
            ? documents.part(JsonPointer.valueOf("/payload"))
            : null;
    DocumentShape event = payload == null ? documents : payload;
    DocumentShape operation = event.part(JsonPointer.valueOf("/op"));
    DocumentShape after = event.part(JsonPointer.valueOf("/after"));
    boolean isEvent =
        operation != null
            && operation.kinds().contains(JsonNodeType.STRING)
            && after != null
            && (after.kinds().contains(JsonNodeType.OBJECT)
                || after.kinds().contains(JsonNodeType.STRING));
    if (after == null || !isEvent) {
      throw new IllegalArgumentException(
          "the schema is none of Debezium's change events, which have a string op and a row after, but "
              + Pointer.words(event)
              + "; for rows without the envelope, remove the option");
    }
    return after.kinds().contains(JsonNodeType.STRING) ? DocumentShape.ANYTHING : after; // MongoDB
  }

  /** The payload inside the envelope of Kafka Connect's JsonConverter, if there is one. */
  static JsonNode payload(JsonNode document) {
    return document.size() == 2 && document.has("schema") && document.has("payload")
        ? document.get("payload")
        : document;
  }

  /** A change of a schema, the begin or end of a transaction, or a heartbeat. */
  private static boolean isAboutTheSource(JsonNode event) {
    boolean isSchema = event.has("source") && (event.has("ddl") || event.has("tableChanges"));
    boolean isTransaction =
        event.has("status") && event.has("event_count") && event.has("data_collections");
    boolean isHeartbeat = event.size() == 1 && event.has("ts_ms");
    return isSchema || isTransaction || isHeartbeat;
  }

  private static JsonNode after(JsonNode event) {
    JsonNode after = event.path("after");
    if (after.isTextual()) { // MongoDB's documents are JSON in a string
      return JsonTree.decode(after.textValue().getBytes(StandardCharsets.UTF_8), WHAT);
    }
    if (!after.isObject()) {
      throw malformed(
          WHAT,
          Reason.MISSING_PROPERTY,
          "after is no object; the connector must publish whole rows (for MongoDB: capture.mode=change_streams_update_full)");
    }
    return after;
  }

  /**
   * Refuses a text whose column the database did not log.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if it, or metadata, is Debezium's
   *     placeholder
   */
  static TextRecord checkAvailable(TextRecord text) {
    if (text.text().contains(UNAVAILABLE) || containsPlaceholder(text.metadata().values())) {
      throw malformed(
          WHAT,
          Reason.INVALID_VALUE,
          "a column holds Debezium's placeholder, because the update left it alone and the database did not log it; set REPLICA IDENTITY FULL for the table");
    }
    return text;
  }

  private static boolean containsPlaceholder(Collection<?> values) {
    return values.stream()
        .anyMatch(
            value ->
                UNAVAILABLE.equals(value)
                    || (value instanceof Collection<?> elements && containsPlaceholder(elements)));
  }
}
