package dev.streambed.cli.local;

import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.cli.terminal.Terminal;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.apache.flink.annotation.Internal;

/**
 * Shows the progress of the embedding, with the latency from a text's entry into the operator to
 * its vector: on a terminal as one line that is redrawn, elsewhere as a line every few seconds.
 * Confined to one thread.
 */
@Internal
public final class ProgressDisplay {
  /** Where the display is seen. */
  public enum Medium {
    TERMINAL(Duration.ofMillis(200)),
    FILE(Duration.ofSeconds(3));

    private final Duration period;

    Medium(Duration period) {
      this.period = period;
    }

    /** The most likely medium of standard error. */
    public static Medium ofThisProcess() {
      return Terminal.isPresent() ? TERMINAL : FILE;
    }
  }

  /** Rates cover the last seconds, so that they forget the start-up. */
  private static final Duration RATE_WINDOW = Duration.ofSeconds(5);

  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MICROS_PER_MILLI = 1e3;
  private static final double MILLIS_PER_SECOND = 1e3;

  private final PrintStream out;
  private final Medium medium;
  private final LongSupplier nanoClock;
  private final String unit;
  private final ArrayDeque<Sample> window = new ArrayDeque<>();
  private long lastShownNanos;
  private int lineLength; // of the line to be overwritten

  private record Sample(long nanos, Reading reading) {}

  /**
   * A display of the rate of one thing.
   *
   * @param unit of what is embedded, such as {@code texts}
   */
  public ProgressDisplay(PrintStream out, Medium medium, LongSupplier nanoClock, String unit) {
    this.out = out;
    this.medium = medium;
    this.nanoClock = nanoClock;
    this.unit = unit;
    this.lastShownNanos = nanoClock.getAsLong() - medium.period.toNanos();
  }

  /**
   * Shows the state if it is time to.
   *
   * @param prefix the caller's part, such as the number of records delivered
   */
  public void update(String prefix, Reading reading) {
    long now = nanoClock.getAsLong();
    window.addLast(new Sample(now, reading));
    while (now - window.getFirst().nanos > RATE_WINDOW.toNanos()) {
      window.removeFirst();
    }
    if (now - lastShownNanos >= medium.period.toNanos()) {
      lastShownNanos = now;
      show(prefix + ", " + describe(window.getFirst(), window.getLast()));
    }
  }

  /** Prints a line that stays. */
  public void message(String line) {
    end();
    out.println(line);
  }

  /** Leaves the last line as it is; what is printed next stands below it. */
  public void end() {
    if (lineLength > 0) {
      out.println();
      lineLength = 0;
    }
  }

  private void show(String line) {
    if (medium == Medium.FILE) {
      out.println(line);
      return;
    }
    out.print('\r' + line + " ".repeat(Math.max(0, lineLength - line.length())));
    out.flush();
    lineLength = line.length();
  }

  /** At most 50 characters or so: with a short prefix it fits a terminal's line. */
  private String describe(Sample first, Sample last) {
    double seconds = (last.nanos - first.nanos) / NANOS_PER_SECOND;
    return String.format(
        Locale.ROOT,
        "%,.0f %s/s, %,.0f tokens/s, p50 %s, p99 %s",
        rate(last.reading.texts() - first.reading.texts(), seconds),
        unit,
        rate(last.reading.tokens() - first.reading.tokens(), seconds),
        latency(last.reading.p50Micros()),
        latency(last.reading.p99Micros()));
  }

  private static String latency(long micros) {
    double millis = micros / MICROS_PER_MILLI;
    return millis < MILLIS_PER_SECOND
        ? String.format(Locale.ROOT, "%.0f ms", millis)
        : String.format(Locale.ROOT, "%.1f s", millis / MILLIS_PER_SECOND);
  }

  private static double rate(long count, double seconds) {
    return seconds > 0 ? count / seconds : 0;
  }
}
