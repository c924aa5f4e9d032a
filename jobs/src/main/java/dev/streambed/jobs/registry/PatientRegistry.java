package dev.streambed.jobs.registry;

import dev.streambed.jobs.registry.RegistryException.Kind;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a registry that does not answer, for as long as it takes: an outage makes no dead
 * letters (docs/decisions/0105). The wait ends when the thread is interrupted. Confined to one
 * thread, but for {@link #longestWaitMillis}.
 */
public final class PatientRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(PatientRegistry.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);

  /** The waits of all tasks of the job in this JVM, for its metric. */
  private static final Set<Wait> WAITS = ConcurrentHashMap.newKeySet();

  /** A request. */
  interface Request<T> {
    T send() throws RegistryException, InterruptedException;
  }

  /** How to pass some time. */
  interface Pause {
    void of(Duration duration) throws InterruptedException;
  }

  /** A wait, from its begin; equal to itself only. */
  private static final class Wait {
    private final long sinceMillis;

    private Wait(long sinceMillis) {
      this.sinceMillis = sinceMillis;
    }
  }

  private final Clock clock;
  private final Pause pause;

  PatientRegistry() {
    this(Clock.systemUTC(), duration -> Thread.sleep(duration.toMillis()));
  }

  PatientRegistry(Clock clock, Pause pause) {
    this.clock = clock;
    this.pause = pause;
  }

  /** How long the tasks of this JVM have waited for a registry, up to now; 0 if none waits. */
  public static long longestWaitMillis() {
    long now = System.currentTimeMillis();
    return WAITS.stream().mapToLong(wait -> now - wait.sinceMillis).max().orElse(0);
  }

  /**
   * Sends a request until it is answered.
   *
   * @throws RegistryException if the answer is that there is no such thing
   * @throws IllegalStateException if the thread is interrupted, because the task ends
   */
  <T> T ask(Request<T> request) throws RegistryException {
    try {
      try {
        return request.send();
      } catch (RegistryException e) {
        if (e.kind() == Kind.UNKNOWN) {
          throw e;
        }
        return await(request, e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for the schema registry.", e);
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
          Thread.sleep(FIRST_PAUSE.toMillis());
        }
      }
    }
  }

  private <T> T await(Request<T> request, RegistryException first)
      throws RegistryException, InterruptedException {
    long begin = clock.millis();
    Wait wait = new Wait(begin);
    WAITS.add(wait);
    try {
      Duration next = FIRST_PAUSE;
      long warned = begin;
      LOG.warn(
          "Waiting for the schema registry: {}. Records wait in this task until it answers; none is lost.",
          first.getMessage());
      while (true) {
        pause.of(next);
        next = shorter(next.multipliedBy(2), LONGEST_PAUSE);
        try {
          T answer = request.send();
          warnOfEnd(begin);
          return answer;
        } catch (RegistryException e) {
          if (e.kind() == Kind.UNKNOWN) {
            warnOfEnd(begin);
            throw e;
          }
          if (clock.millis() - warned >= BETWEEN_WARNINGS.toMillis()) {
            warned = clock.millis();
            LOG.warn(
                "Still waiting for the schema registry, for {} s: {}.",
                (warned - begin) / 1000,
                e.getMessage());
          }
        }
      }
    } finally {
      WAITS.remove(wait);
    }
  }

  private void warnOfEnd(long begin) {
    LOG.warn("The schema registry answers again, after {} ms; going on.", clock.millis() - begin);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
