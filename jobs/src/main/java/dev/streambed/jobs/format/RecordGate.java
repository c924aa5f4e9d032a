package dev.streambed.jobs.format;

import dev.streambed.jobs.registry.RegistryGate;
import dev.streambed.jobs.registry.RegistryOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Says which records can be decoded now, and which must wait for a schema registry that does not
 * answer. Confined to one thread.
 */
public final class RecordGate implements AutoCloseable {
  private final @Nullable RegistryGate keys;
  private final @Nullable RegistryGate values;

  RecordGate(RecordFormat format) {
    RegistryOptions registry = format.options().registry();
    this.keys = gate(registry, format.key() == KeyFormat.AVRO);
    this.values = gate(registry, format.value() == TextFormat.AVRO);
  }

  private static @Nullable RegistryGate gate(@Nullable RegistryOptions registry, boolean isAvro) {
    return registry != null && isAvro ? new RegistryGate(registry) : null;
  }

  /** Whether a record can be decoded, or refused, now. A tombstone is not decoded. */
  public boolean isOpenFor(byte @Nullable [] key, byte @Nullable [] value) {
    return value == null || (isOpen(keys, key) && isOpen(values, value));
  }

  private static boolean isOpen(@Nullable RegistryGate gate, byte @Nullable [] bytes) {
    return gate == null || bytes == null || gate.isOpenFor(bytes);
  }

  /** The time until a record that waits should be tried again; zero if none needs to wait. */
  public Duration untilNext() {
    Duration ofKeys = keys == null ? Duration.ZERO : keys.untilNext();
    Duration ofValues = values == null ? Duration.ZERO : values.untilNext();
    return ofKeys.compareTo(ofValues) > 0 ? ofKeys : ofValues;
  }

  @Override
  public void close() {
    if (keys != null) {
      keys.close();
    }
    if (values != null) {
      values.close();
    }
  }
}
