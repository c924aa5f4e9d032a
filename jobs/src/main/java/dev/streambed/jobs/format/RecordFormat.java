package dev.streambed.jobs.format;

import dev.streambed.jobs.registry.RecordGate;
import dev.streambed.jobs.registry.RegistryOptions;
import java.io.Serializable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * How the records of the source topic are read.
 *
 * @param mapping which parts are text, key and so on; null if values have the shape of {@code
 *     text-record.schema.json} or are nothing but the text
 * @param controls what becomes of control characters, whatever the format
 * @param options of the formats of keys and values
 */
@Internal
public record RecordFormat(
    TextFormat value,
    KeyFormat key,
    @Nullable RecordMapping mapping,
    ControlCharacters controls,
    FormatOptions options)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** A format that needs nothing beside the bytes. */
  public RecordFormat(TextFormat value, KeyFormat key, @Nullable RecordMapping mapping) {
    this(value, key, mapping, FormatOptions.NONE);
  }

  /** A format that keeps control characters. */
  public RecordFormat(
      TextFormat value, KeyFormat key, @Nullable RecordMapping mapping, FormatOptions options) {
    this(value, key, mapping, ControlCharacters.KEEP, options);
  }

  /** A decoder of such records, for one thread. */
  public RecordDecoder open() {
    return new RecordDecoder(this);
  }

  /** A gate for such records, for one thread. */
  public RecordGate openGate() {
    RegistryOptions registry = options.registry();
    return new RecordGate(
        key == KeyFormat.AVRO ? registry : null, value == TextFormat.AVRO ? registry : null);
  }
}
