package dev.streambed.jobs.format;

import dev.streambed.jobs.registry.RegistryOptions;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What the formats need beside the bytes, as content rather than as paths, so that no TaskManager
 * needs a file.
 *
 * @param schema the content of streambed.source.schema-file; null if there is none
 * @param registry the schema registry; null if there is none
 */
public record FormatOptions(@Nullable String schema, @Nullable RegistryOptions registry)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Those of a format that needs nothing else. */
  public static final FormatOptions NONE =
      new FormatOptions(/* schema= */ null, /* registry= */ null);
}
