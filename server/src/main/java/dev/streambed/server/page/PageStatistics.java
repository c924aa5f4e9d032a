package dev.streambed.server.page;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Counts what arrives, and how fast over the last seconds. Thread-safe. */
final class PageStatistics {
  private static final int SECONDS = 5;
  private static final int MOST_LATENCIES = 1000; // per second

  private final LongSupplier millis;

  @GuardedBy("this")
  private final Second[] ring = new Second[SECONDS + 1]; // one of them is not over

  @GuardedBy("this")
  private long arrived;

  @GuardedBy("this")
  private long tombstones;

  @GuardedBy("this")
  private long problems;

  @GuardedBy("this")
  private long deadLetters;

  /** What arrived in one second. */
  private static final class Second {
    private long number = -1;
    private long records;
    private long tokens;
    private int latencies;
    private final long[] latencyMillis = new long[MOST_LATENCIES];

    void restart(long newNumber) {
      this.number = newNumber;
      this.records = 0;
      this.tokens = 0;
      this.latencies = 0;
    }
  }

  /**
   * Begins with nothing.
   *
   * @param millis the time since 1970
   */
  PageStatistics(LongSupplier millis) {
    this.millis = millis;
    Arrays.setAll(ring, i -> new Second());
  }

  /** Milliseconds that half, and 99 of 100, of the records took to arrive. */
  record Latency(double p50, double p99) {}

  /**
   * The counts at a time.
   *
   * @param latency null if nothing arrived, or not as it came
   */
  record Reading(
      long atMillis,
      long arrived,
      double recordsPerSecond,
      double tokensPerSecond,
      @Nullable Latency latency,
      long deadLetters,
      long tombstones,
      long problems) {}

  /**
   * An embedding has arrived.
   *
   * @param timestampMillis since when its record exists; null if it was written before anybody
   *     looked
   */
  synchronized void arrived(int tokens, @Nullable Long timestampMillis) {
    long now = millis.getAsLong();
    Second second = second(now / 1000);
    arrived++;
    second.records++;
    second.tokens += tokens;
    if (timestampMillis != null && second.latencies < MOST_LATENCIES) {
      second.latencyMillis[second.latencies++] = Math.max(0, now - timestampMillis);
    }
  }

  synchronized void tombstone() {
    tombstones++;
  }

  synchronized void problem() {
    problems++;
  }

  synchronized void deadLetter() {
    deadLetters++;
  }

  @GuardedBy("this")
  private Second second(long number) {
    Second second = ring[(int) Math.floorMod(number, (long) ring.length)];
    if (second.number != number) {
      second.restart(number);
    }
    return second;
  }

  synchronized Reading read() {
    long now = millis.getAsLong();
    long last = now / 1000 - 1; // the last that is over
    long records = 0;
    long tokens = 0;
    long[] latencies = new long[0];
    for (Second second : ring) {
      if (second.number <= last && second.number > last - SECONDS) {
        records += second.records;
        tokens += second.tokens;
        int before = latencies.length;
        latencies = Arrays.copyOf(latencies, before + second.latencies);
        System.arraycopy(second.latencyMillis, 0, latencies, before, second.latencies);
      }
    }
    return new Reading(
        now,
        arrived,
        (double) records / SECONDS,
        (double) tokens / SECONDS,
        latency(latencies),
        deadLetters,
        tombstones,
        problems);
  }

  private static @Nullable Latency latency(long[] millis) {
    if (millis.length == 0) {
      return null;
    }
    Arrays.sort(millis);
    return new Latency(millis[(millis.length - 1) / 2], millis[(millis.length - 1) * 99 / 100]);
  }
}
