package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.TextRecordCodec;
import java.util.EnumSet;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** Decodes the records of the source topic. Used by one thread. */
@Internal
public final class RecordDecoder implements AutoCloseable {
  private static final String ID_OF_VALUE = "__value_schema_id";
  private static final String ID_OF_KEY = "__key_schema_id";

  /** Why JSON that is well-formed is none of our own. */
  private static final Set<Reason> OF_ANOTHER_SHAPE =
      EnumSet.of(Reason.UNKNOWN_PROPERTY, Reason.MISSING_PROPERTY, Reason.WRONG_TYPE);

  private final RecordFormat format;
  private final @Nullable DocumentDecoder keys;
  private final @Nullable DocumentDecoder documents;

  RecordDecoder(RecordFormat format) {
    this.format = format;
    this.keys = format.key().open(format.options());
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
    Decoded decoded = decode(record, value);
    TextRecord text = decoded.text();
    return text == null ? decoded : Decoded.text(format.controls().applyTo(text));
  }

  /**
   * The key that the embedding of a record has, as far as its Kafka key tells: of one that deletes
   * it, or that does not decode.
   *
   * @return null if there is no Kafka key, or the mapping takes the key from the value
   * @throws dev.streambed.schemas.MalformedRecordException if the Kafka key has another format
   */
  public @Nullable String keyOfDeleted(SourceRecord record) {
    RecordMapping mapping = format.mapping();
    if (mapping != null && mapping.key() != null) {
      return null;
    }
    Envelope envelope = mapping == null ? Envelope.NONE : mapping.envelope();
    String key = format.key().text(record.key(), keys, envelope);
    return key == null ? null : format.controls().applyTo(key);
  }

  private Decoded decode(SourceRecord record, byte[] value) {
    if (format.value() == TextFormat.AVRO) {
      refuseIdInHeader(record, ID_OF_VALUE, RecordMapping.WHAT, "value");
    }
    if (format.key() == KeyFormat.AVRO) {
      refuseIdInHeader(record, ID_OF_KEY, ForeignFormat.KEY, "key");
    }
    RecordMapping mapping = format.mapping();
    Envelope envelope = mapping == null ? Envelope.NONE : mapping.envelope();
    String key = format.key().text(record.key(), keys, envelope);
    long timestampMillis = record.timestampMillis();
    if (mapping != null && documents != null) {
      return mapping.read(documents.decode(value), key, timestampMillis);
    }
    return Decoded.text(
        format.value() == TextFormat.PLAIN_TEXT
            ? TextRecordCodec.decodePlainText(value, key, timestampMillis)
            : ofOurOwn(value, key, timestampMillis));
  }

  /** Says of a record of another shape than our own what to do about it. */
  private static TextRecord ofOurOwn(byte[] value, @Nullable String key, long timestampMillis) {
    try {
      return TextRecordCodec.decodeJson(value, key, timestampMillis);
    } catch (MalformedRecordException e) {
      throw OF_ANOTHER_SHAPE.contains(e.reason())
          ? e.with(
              "For JSON of another shape, set streambed.source.text, such as '{/title}': fields that nothing names are then ignored.")
          : e;
    }
  }

  /** Where Confluent's serialisers put the id of the schema if they are asked to. */
  private static void refuseIdInHeader(SourceRecord record, String name, String what, String part) {
    for (RecordHeader header : record.headers()) {
      if (header.key().equals(name)) {
        throw malformed(
            what,
            Reason.UNKNOWN_SCHEMA,
            "the id of its schema is in the header %1$s, which is not supported; let the producer write it before the %2$s, with %2$s.schema.id.serializer: io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer"
                .formatted(name, part));
      }
    }
  }

  @Override
  public void close() {
    if (keys != null) {
      keys.close();
    }
    if (documents != null) {
      documents.close();
    }
  }
}
