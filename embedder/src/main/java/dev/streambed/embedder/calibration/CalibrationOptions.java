package dev.streambed.embedder.calibration;

import dev.streambed.embedder.Range;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The time that {@link Calibration} may measure.
 *
 * @param limit at most one minute; zero to measure nothing. It ends at most a batch later
 * @param directory where results are kept; null for the user's cache directory
 */
@API(status = API.Status.EXPERIMENTAL)
public record CalibrationOptions(Duration limit, @Nullable String directory)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final Duration LONGEST = Duration.ofMinutes(1);

  public static final Range<Duration> LIMIT =
      new Range<>(
          limit -> !limit.isNegative() && limit.compareTo(LONGEST) <= 0,
          "between 0 s (off) and 1 min");

  /** Measures nothing. */
  public static final CalibrationOptions OFF = new CalibrationOptions(Duration.ZERO, null);

  /** The default: docs/decisions/0007-calibration.md. */
  public static final CalibrationOptions DEFAULT = OFF;

  public CalibrationOptions {
    LIMIT.require("limit", limit);
  }

  boolean isOff() {
    return limit.isZero();
  }

  Path folder() {
    return directory == null
        ? UserCache.directory().resolve("streambed/calibration")
        : Path.of(directory);
  }
}
