package dev.streambed.jobs.registry;

import dev.streambed.jobs.registry.RegistryException.Kind;
import java.io.Serializable;
import java.util.OptionalInt;
import org.apache.flink.annotation.Internal;

/**
 * Where a registry keeps the versions of a schema. Used by the thread that starts a job.
 *
 * @param name such as {@code embeddings-value}, as Confluent's serialisers call that of a topic's
 *     values
 */
@Internal
public record Subject(RegistryOptions registry, String name) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Looks for a schema, and changes nothing.
   *
   * @return its id; empty if the subject has not got it, and would take it
   * @throws RegistryException if the rule of compatibility does not let it follow the subject's
   *     latest version, or the registry does not answer
   */
  public OptionalInt find(RegistrySchema schema) throws RegistryException, InterruptedException {
    try (var client = new RegistryClient(registry)) {
      return find(client, schema);
    }
  }

  /**
   * Registers a schema unless the subject has it.
   *
   * @return its id
   * @throws RegistryException as {@link #find}, or if the job may not register it
   */
  public int register(RegistrySchema schema) throws RegistryException, InterruptedException {
    try (var client = new RegistryClient(registry)) {
      OptionalInt id = find(client, schema);
      return id.isPresent() ? id.getAsInt() : client.register(name, schema);
    }
  }

  private OptionalInt find(RegistryClient client, RegistrySchema schema)
      throws RegistryException, InterruptedException {
    try {
      return OptionalInt.of(client.find(name, schema));
    } catch (RegistryException e) {
      if (e.kind() != Kind.UNKNOWN) {
        throw e;
      }
    }
    try {
      if (client.isCompatible(name, schema)) {
        return OptionalInt.empty();
      }
    } catch (RegistryException e) {
      if (e.kind() == Kind.UNKNOWN) { // there is no version yet
        return OptionalInt.empty();
      }
      throw e;
    }
    throw new RegistryException(
        Kind.REFUSED,
        "the rule of compatibility of subject %s does not let this schema follow its latest version"
            .formatted(name),
        /* cause= */ null);
  }
}
