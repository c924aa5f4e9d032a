package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.json.JsonTree;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The format of the keys of the source topic, to name a text by. */
public enum KeyFormat {
  /** UTF-8; other bytes as {@link KeyText} gives them. */
  STRING("string"),
  /** A whole number of 8 bytes, big-endian, as Kafka's LongSerializer writes it. */
  LONG("long"),
  /** A JSON object or array, without spaces between its parts. */
  JSON("json");

  private static final String WHAT = "key";

  private final String optionValue;

  KeyFormat(String optionValue) {
    this.optionValue = optionValue;
  }

  /**
   * The key as text.
   *
   * @param envelope what lies around a key of JSON
   * @return null if the record has no key
   * @throws dev.streambed.schemas.MalformedRecordException if the key has another format
   */
  @Nullable String text(byte @Nullable [] key, Envelope envelope) {
    if (key == null) {
      return null;
    }
    return switch (this) {
      case STRING -> KeyText.of(key);
      case LONG -> Long.toString(number(key));
      case JSON -> envelope.key(JsonTree.decode(key, WHAT)).toString();
    };
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
