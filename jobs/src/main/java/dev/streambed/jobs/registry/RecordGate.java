package dev.streambed.jobs.registry;

import java.time.Duration;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Says which records can be decoded now, and which must wait for a schema registry that does not
 * answer. Confined to one thread.
 */
@Internal
public final class RecordGate implements AutoCloseable {
  private final @Nullable RegistryGate keys;
  private final @Nullable RegistryGate values;

  /**
   * A gate for records whose key, value or both are Avro.
   *
   * @param keys the registry of the keys' schemas; null if they need none
   * @param values the registry of the values' schemas; null if they need none
   */
  public RecordGate(@Nullable RegistryOptions keys, @Nullable RegistryOptions values) {
    this.keys = keys == null ? null : new RegistryGate(keys);
    this.values = values == null ? null : new RegistryGate(values);
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
