package dev.streambed.jobs.format;

import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.JsonTree;
import dev.streambed.schemas.json.TextRecordCodec;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * How the records of the source topic are read.
 *
 * @param mapping which parts are text, key and so on; null if values have the shape of {@code
 *     text-record.schema.json} or are nothing but the text
 */
public record RecordFormat(TextFormat value, KeyFormat key, @Nullable RecordMapping mapping)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Decodes a record.
   *
   * @param value the value of the record, which is not null
   * @throws dev.streambed.schemas.MalformedRecordException if it has another format
   */
  public TextRecord decode(SourceRecord record, byte[] value) {
    String keyText = key.text(record.key());
    long timestampMillis = record.timestampMillis();
    if (mapping != null) {
      return mapping.read(JsonTree.decode(value, RecordMapping.WHAT), keyText, timestampMillis);
    }
    return switch (this.value) {
      case JSON -> TextRecordCodec.decodeJson(value, keyText, timestampMillis);
      case PLAIN_TEXT -> TextRecordCodec.decodePlainText(value, keyText, timestampMillis);
    };
  }
}
