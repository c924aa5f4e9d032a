package dev.streambed.jobs.registry;

import dev.streambed.jobs.registry.RegistryException.Kind;
import dev.streambed.schemas.MalformedRecordException;
import java.time.Clock;
import java.time.Duration;
import org.apache.flink.annotation.Internal;

/**
 * Waits for a registry that does not answer, for as long as it takes: an outage makes no dead
 * letters (docs/decisions/0105). The wait ends when the thread is interrupted. Confined to one
 * thread.
 */
@Internal
public final class PatientRegistry {
  private static final Duration BETWEEN_CHECKS = Duration.ofMillis(100);

  /** A request. */
  interface Request<T> {
    T send() throws RegistryException, InterruptedException;
  }

  /** How to pass some time. */
  interface Pause {
    void of(Duration duration) throws InterruptedException;
  }

  private final RegistryOutage outage;
  private final Pause pause;

  PatientRegistry() {
    this(Clock.systemUTC(), duration -> Thread.sleep(duration.toMillis()));
  }

  PatientRegistry(Clock clock, Pause pause) {
    this.outage = new RegistryOutage(clock);
    this.pause = pause;
  }

  /**
   * Sends a request until it is answered.
   *
   * @throws MalformedRecordException if the answer is that the record cannot be read
   * @throws IllegalStateException if the thread is interrupted, because the task ends
   */
  <T> T ask(Request<T> request) {
    try {
      while (true) {
        try {
          T answer = request.send();
          outage.ends();
          return answer;
        } catch (MalformedRecordException e) {
          outage.ends(); // the answer is that there is no such schema
          throw e;
        } catch (RegistryException e) {
          outage.goesOn(e);
          pause.of(outage.untilNext());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for the schema registry.", e);
    } finally {
      outage.forget();
    }
  }

  /**
   * Asks a registry for nothing in particular until it answers, but not for ever.
   *
   * @throws RegistryException if it does not in time, or does not let the job in
   */
  public static void checkAnswers(RegistryOptions options, Duration limit)
      throws RegistryException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    try (var client = new RegistryClient(options)) {
      while (true) {
        try {
          client.check();
          return;
        } catch (RegistryException e) {
          if (e.kind() == Kind.LOGIN || System.nanoTime() >= end) {
            throw e;
          }
          Thread.sleep(BETWEEN_CHECKS.toMillis());
        }
      }
    }
  }
}
