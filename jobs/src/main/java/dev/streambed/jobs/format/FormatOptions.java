package dev.streambed.jobs.format;

import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.schemas.DocumentShape;
import dev.streambed.schemas.avro.AvroShape;
import dev.streambed.schemas.protobuf.MessageType;
import java.io.Serializable;
import org.apache.avro.Schema;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Schemas and settings that the formats need, as content rather than as paths, so that no
 * TaskManager needs a file.
 *
 * @param schema the content of streambed.source.schema-file; null if there is none
 * @param registry the schema registry; null if there is none
 * @param message the type of Protobuf's values; null for other formats
 * @param keyMessage the type of Protobuf's keys; null for other formats
 */
@Internal
public record FormatOptions(
    @Nullable String schema,
    @Nullable RegistryOptions registry,
    @Nullable MessageType message,
    @Nullable MessageType keyMessage)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Those of a format that needs nothing else. */
  public static final FormatOptions NONE =
      new FormatOptions(
          /* schema= */ null, /* registry= */ null, /* message= */ null, /* keyMessage= */ null);

  /** The shape of values, as far as it is known before the first one is read. */
  public DocumentShape shape() {
    if (message != null) {
      return message.shape();
    }
    return schema == null
        ? DocumentShape.ANYTHING
        : AvroShape.of(new Schema.Parser().parse(schema));
  }
}
