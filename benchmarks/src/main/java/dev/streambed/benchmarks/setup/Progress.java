package dev.streambed.benchmarks.setup;

import java.io.PrintStream;
import java.time.Duration;

/** Tells on standard error what is going on. Confined to one thread. */
public final class Progress {
  private static final long NANOS_BETWEEN_UPDATES = Duration.ofSeconds(1).toNanos();

  private final PrintStream out;
  private long lastNanos = System.nanoTime() - NANOS_BETWEEN_UPDATES;

  public Progress(PrintStream out) {
    this.out = out;
  }

  /** A line that matters. */
  public void say(String line) {
    out.println(line);
    lastNanos = System.nanoTime();
  }

  /** A line that may be left out, because others follow. */
  public void update(String line) {
    if (System.nanoTime() - lastNanos >= NANOS_BETWEEN_UPDATES) {
      say(line);
    }
  }
}
