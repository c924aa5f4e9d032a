package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.Checks;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.TextRecord;
import java.io.Serializable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Which parts of a structured record are its text, key, metadata, time and prompt.
 *
 * @param envelope what lies around the document
 * @param key null for the Kafka key
 * @param eventTime null for Kafka's timestamp
 * @param prompt null for the job's default
 */
@Internal
public record RecordMapping(
    Envelope envelope,
    Template text,
    @Nullable Template key,
    MetadataMapping metadata,
    @Nullable Pointer eventTime,
    @Nullable Pointer prompt)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  static final String WHAT = "record";

  /**
   * The decision about a document, with its envelope.
   *
   * @param kafkaKey the key, unless the mapping has one
   * @param timestampMillis the time, unless the mapping has one; negative for none
   * @throws dev.streambed.schemas.MalformedRecordException if a part has another type, or the text
   *     is blank
   */
  Decoded read(JsonNode document, @Nullable String kafkaKey, long timestampMillis) {
    if (envelope == Envelope.NONE) {
      return Decoded.text(text(document, kafkaKey, timestampMillis));
    }
    DebeziumEvent event = DebeziumEvent.read(document);
    JsonNode row = event.after();
    return row == null
        ? new Decoded(event.kind(), null)
        : Decoded.text(DebeziumEvent.checkAvailable(text(row, kafkaKey, timestampMillis)));
  }

  private TextRecord text(JsonNode document, @Nullable String kafkaKey, long timestampMillis) {
    String rendered = text.render(document, "text");
    if (rendered.isBlank()) {
      throw malformed(WHAT, Reason.EMPTY_TEXT, "text is empty: " + text + " gives nothing");
    }
    String renderedKey = key == null ? kafkaKey : key.render(document, "key");
    long kafkaTime = EventTime.ofKafka(timestampMillis);
    return new TextRecord(
        renderedKey == null || renderedKey.isEmpty() ? null : renderedKey,
        rendered,
        prompt == null ? null : promptName(prompt.find(document), prompt),
        metadata.read(document),
        eventTime == null
            ? kafkaTime
            : EventTime.millis(eventTime.find(document), eventTime, kafkaTime));
  }

  private static @Nullable String promptName(JsonNode part, Pointer pointer) {
    if (part.isNull() || part.isMissingNode()) {
      return null;
    }
    if (!part.isTextual()) {
      throw malformed(
          WHAT,
          Reason.WRONG_TYPE,
          "prompt %s is %s; it must be the name of a prompt"
              .formatted(pointer, Pointer.word(part.getNodeType())));
    }
    if (part.textValue().isEmpty() || !Checks.isWellFormed(part.textValue())) {
      throw malformed(
          WHAT, Reason.INVALID_VALUE, "prompt %s is no name of a prompt".formatted(pointer));
    }
    return part.textValue();
  }
}
