package dev.streambed.jobs.registry;

import dev.streambed.schemas.MalformedRecordException;
import java.time.Clock;
import java.time.Duration;

/**
 * Says which values can be decoded without waiting for the registry, so that the others can wait
 * where they hold nothing up. Confined to one thread.
 */
public final class RegistryGate implements AutoCloseable {
  private final AvroSchemas schemas;
  private final RegistryOutage outage;

  /** A gate for values in the registry's wire format, of Avro. */
  public RegistryGate(RegistryOptions options) {
    this(options, Clock.systemUTC());
  }

  RegistryGate(RegistryOptions options, Clock clock) {
    this.schemas =
        new AvroSchemas(new RegistryClient(options), clock, /* reader= */ null, "record");
    this.outage = new RegistryOutage(clock);
  }

  /**
   * Whether a value can be decoded, or refused, now. If its schema is not known yet, this asks the
   * registry, unless that has not answered a moment ago.
   */
  public boolean isOpenFor(byte[] value) {
    if (!AvroSchemas.hasId(value)) {
      return true;
    }
    int id = schemas.id(value);
    if (schemas.knows(id)) {
      return true;
    }
    if (!outage.untilNext().isZero()) {
      return false;
    }
    try {
      var unused = schemas.ask(id);
    } catch (MalformedRecordException e) {
      // That is an answer, too.
    } catch (RegistryException e) {
      outage.goesOn(e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    outage.ends();
    return true;
  }

  /** The time until the registry is asked again; zero while it answers. */
  public Duration untilNext() {
    return outage.untilNext();
  }

  @Override
  public void close() {
    outage.forget();
    schemas.close();
  }
}
