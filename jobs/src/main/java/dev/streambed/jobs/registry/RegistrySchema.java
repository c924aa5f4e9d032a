package dev.streambed.jobs.registry;

import java.util.List;

/**
 * A schema of a registry.
 *
 * @param type AVRO, PROTOBUF or JSON
 * @param text in the language of the type
 * @param references the schemas that it uses
 */
public record RegistrySchema(String type, String text, List<Reference> references) {
  public static final String AVRO = "AVRO";

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
