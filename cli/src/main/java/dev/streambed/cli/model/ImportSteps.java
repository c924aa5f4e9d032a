package dev.streambed.cli.model;

import dev.streambed.importer.ImportProgress;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Shows the progress of an import: a line for each step, and more for a long one. */
final class ImportSteps implements ImportProgress {
  private static final Duration PERIOD = Duration.ofSeconds(2);

  private final Consumer<String> out;
  private final LongSupplier nanoClock;
  private long lastNanos;

  ImportSteps(Consumer<String> out, LongSupplier nanoClock) {
    this.out = out;
    this.nanoClock = nanoClock;
  }

  @Override
  public void stepBegins(String step) {
    lastNanos = nanoClock.getAsLong();
    out.accept(step);
  }

  @Override
  public void stepAdvances(long done, long total) {
    long now = nanoClock.getAsLong();
    if (now - lastNanos >= PERIOD.toNanos()) {
      lastNanos = now;
      // The total may be an estimate.
      long percent = Math.min(100, 100 * done / Math.max(1, total));
      out.accept(String.format(Locale.ROOT, "  %d %%", percent));
    }
  }

  @Override
  public void stepTells(String line) {
    out.accept("  " + line);
  }

  @Override
  public void stepEnds(String result) {
    if (!result.isEmpty()) {
      out.accept("  " + result);
    }
  }
}
