package dev.streambed.jobs.registry;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The times in which a registry does not answer somebody who asks: when to ask again, and what the
 * log says. Confined to one thread, but for {@link #longestMillis} and {@link #lastReason}.
 */
@Internal
public final class RegistryOutage {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryOutage.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);

  /** Those that last, of all tasks of the job in this JVM, for its metric. */
  private static final Set<RegistryOutage> LASTING = ConcurrentHashMap.newKeySet();

  private final Clock clock;
  private volatile long sinceMillis;
  private volatile @Nullable String reason;
  private long warnedMillis;
  private long nextMillis;
  private Duration pause = Duration.ZERO; // zero if there is no outage

  RegistryOutage(Clock clock) {
    this.clock = clock;
  }

  /** How long records have waited for a registry in this JVM, up to now; 0 if none waits. */
  public static long longestMillis() {
    long longest = 0;
    for (RegistryOutage outage : LASTING) {
      longest = Math.max(longest, Math.max(1, outage.clock.millis() - outage.sinceMillis));
    }
    return longest;
  }

  /** Why records wait for a registry in this JVM: the last answer, or that there was none. */
  public static Optional<String> lastReason() {
    return LASTING.stream().flatMap(outage -> Stream.ofNullable(outage.reason)).findFirst();
  }

  /** The registry has not given what it was asked for. */
  void goesOn(RegistryException failure) {
    this.reason = failure.getMessage();
    long now = clock.millis();
    if (pause.isZero()) {
      this.pause = FIRST_PAUSE;
      this.sinceMillis = now;
      this.warnedMillis = now;
      LASTING.add(this);
      LOG.warn(
          "Waiting for the schema registry: {}. Records wait until it answers; none is lost.",
          failure.getMessage());
    } else {
      this.pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
      if (now - warnedMillis >= BETWEEN_WARNINGS.toMillis()) {
        this.warnedMillis = now;
        LOG.warn(
            "Still waiting for the schema registry, for {} s: {}.",
            (now - sinceMillis) / 1000,
            failure.getMessage());
      }
    }
    this.nextMillis = now + pause.toMillis();
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** The registry has answered. */
  void ends() {
    if (!pause.isZero()) {
      LOG.warn(
          "The schema registry answers again, after {} ms; going on.",
          clock.millis() - sinceMillis);
      forget();
    }
  }

  /** Nobody asks any more. */
  void forget() {
    this.pause = Duration.ZERO;
    this.nextMillis = 0;
    LASTING.remove(this);
  }

  /** The time until the registry should be asked again; zero if it should be now. */
  Duration untilNext() {
    return Duration.ofMillis(pause.isZero() ? 0 : Math.max(0, nextMillis - clock.millis()));
  }
}
