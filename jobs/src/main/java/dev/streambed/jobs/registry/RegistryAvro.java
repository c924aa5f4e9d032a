package dev.streambed.jobs.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.avro.AvroTree;
import java.time.Clock;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Reads Avro in the registry's wire format: a zero byte, the id of the schema in four bytes, and
 * the data. Waits while the registry does not answer. Confined to one thread.
 */
@Internal
public final class RegistryAvro implements AutoCloseable {
  private final AvroSchemas schemas;
  private final PatientRegistry patient;

  /**
   * A decoder.
   *
   * @param reader the schema to read with, as JSON; null for that of each record
   * @param what names the bytes in messages: {@code record}
   */
  public RegistryAvro(RegistryOptions options, @Nullable String reader, String what) {
    this(
        new AvroSchemas(new RegistryClient(options), Clock.systemUTC(), reader, what),
        new PatientRegistry());
  }

  RegistryAvro(AvroSchemas schemas, PatientRegistry patient) {
    this.schemas = schemas;
    this.patient = patient;
  }

  /**
   * Decodes a value.
   *
   * @throws MalformedRecordException if it is none, or the registry does not know its schema
   */
  public JsonNode decode(byte[] value) {
    int id = schemas.id(value);
    AvroTree known = schemas.known(id);
    AvroTree tree = known == null ? patient.ask(() -> schemas.ask(id)) : known;
    return tree.decode(value, ForeignFormat.REGISTRY_PREFIX_BYTES);
  }

  @Override
  public void close() {
    schemas.close();
  }
}
