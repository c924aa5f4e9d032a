package dev.streambed.jobs.format;

import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.json.TextRecordCodec;
import org.jspecify.annotations.Nullable;

/** Decodes the records of the source topic. Used by one thread. */
public final class RecordDecoder implements AutoCloseable {
  private final RecordFormat format;
  private final @Nullable DocumentDecoder documents;

  RecordDecoder(RecordFormat format) {
    this.format = format;
    this.documents = format.mapping() == null ? null : format.value().open(format.options());
  }

  /**
   * Decodes a record.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if it has another format
   */
  public Decoded decode(SourceRecord record) {
    byte[] value = record.value();
    if (value == null) {
      return Decoded.DELETION;
    }
    RecordMapping mapping = format.mapping();
    Envelope envelope = mapping == null ? Envelope.NONE : mapping.envelope();
    String key = format.key().text(record.key(), envelope);
    long timestampMillis = record.timestampMillis();
    if (mapping != null && documents != null) {
      return mapping.read(documents.decode(value), key, timestampMillis);
    }
    return Decoded.text(
        format.value() == TextFormat.PLAIN_TEXT
            ? TextRecordCodec.decodePlainText(value, key, timestampMillis)
            : TextRecordCodec.decodeJson(value, key, timestampMillis));
  }

  @Override
  public void close() {
    if (documents != null) {
      documents.close();
    }
  }
}
