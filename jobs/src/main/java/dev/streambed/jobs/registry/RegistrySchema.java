package dev.streambed.jobs.registry;

import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * A schema of a registry.
 *
 * @param type AVRO, PROTOBUF or JSON
 * @param text in the language of the type
 * @param references the schemas that it uses
 */
@Internal
public record RegistrySchema(String type, String text, List<Reference> references) {
  public static final String AVRO = "AVRO";

  /** A schema that uses no other. */
  public RegistrySchema(String type, String text) {
    this(type, text, List.of());
  }

  public RegistrySchema {
    references = List.copyOf(references);
  }

  /**
   * A use of another schema.
   *
   * @param name how the text calls it
   */
  public record Reference(String name, String subject, int version) {}
}
