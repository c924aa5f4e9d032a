package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.json.JsonTree;
import java.nio.ByteBuffer;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** The format of the keys of the source topic, to name a text by. */
@Internal
public enum KeyFormat {
  /** UTF-8; other bytes as {@link KeyText} gives them. */
  STRING("string"),
  /** A whole number of 8 bytes, big-endian, as Kafka's LongSerializer writes it. */
  LONG("long"),
  /** A JSON object or array, without spaces between its parts. */
  JSON("json"),
  /** Avro in a registry's wire format, as JSON; a scalar as text. */
  AVRO("avro"),
  /** Protobuf, bare or in a registry's wire format, as JSON. */
  PROTOBUF("protobuf");

  private static final String WHAT = ForeignFormat.KEY;

  private final String optionValue;

  KeyFormat(String optionValue) {
    this.optionValue = optionValue;
  }

  /**
   * A decoder of keys that are documents; null for a format whose keys are not.
   *
   * @param options for the formats that need them; their schema is that of values
   */
  @Nullable DocumentDecoder open(FormatOptions options) {
    return switch (this) {
      case STRING, LONG -> null;
      case JSON -> key -> JsonTree.decode(key, WHAT);
      case AVRO -> TextFormat.avro(/* schema= */ null, options.registry(), WHAT);
      case PROTOBUF -> TextFormat.protobuf(options.keyMessage(), WHAT);
    };
  }

  /** Whether several keys may be the same text: other spaces, or another schema. */
  public boolean hasForms() {
    return switch (this) {
      case STRING, LONG -> false;
      case JSON, AVRO, PROTOBUF -> true;
    };
  }

  /**
   * The key as text.
   *
   * @param documents as of {@link #open}
   * @param envelope what lies around a document
   * @return null if the record has no key
   * @throws dev.streambed.schemas.MalformedRecordException if the key has another format
   */
  @Nullable String text(
      byte @Nullable [] key, @Nullable DocumentDecoder documents, Envelope envelope) {
    if (key == null) {
      return null;
    }
    if (this == STRING) {
      return KeyText.of(key);
    }
    try {
      if (documents == null) {
        return Long.toString(number(key));
      }
      JsonNode tree = envelope.key(documents.decode(key));
      return tree.isContainerNode() ? tree.toString() : tree.asText();
    } catch (MalformedRecordException e) {
      throw e.with("Keys are read as streambed.source.key-format: " + this + ".");
    }
  }

  private static long number(byte[] key) {
    if (key.length != Long.BYTES) {
      throw malformed(
          WHAT, Reason.INVALID_VALUE, "%d bytes are no long, which has 8".formatted(key.length));
    }
    return ByteBuffer.wrap(key).getLong();
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
