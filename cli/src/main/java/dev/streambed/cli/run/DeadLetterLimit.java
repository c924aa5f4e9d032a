package dev.streambed.cli.run;

import dev.streambed.cli.local.DeadLetterCounts;
import dev.streambed.cli.terminal.CommandFailedException;
import java.util.Locale;

/**
 * Fails a run if too many of its records become dead letters.
 *
 * @param share of all records that led to an embedding or to a dead letter, 0 to 1; more is too
 *     many
 */
record DeadLetterLimit(double share) {
  /** Records; a share of fewer says little. */
  static final int FEWEST_RECORDS = 100;

  private static final double PERCENT = 100;

  /** Checks a job that still runs. */
  void checkMeanwhile(DeadLetterCounts dead, long embedded) {
    if (dead.total() + embedded >= FEWEST_RECORDS) {
      check(dead, embedded, " The next run goes on from the last checkpoint.");
    }
  }

  /** Checks a job whose source has ended. */
  void checkAtEnd(DeadLetterCounts dead, long embedded) {
    check(dead, embedded, "");
  }

  private void check(DeadLetterCounts dead, long embedded, String whatNext) {
    if (dead.shareBeside(embedded) > share) {
      throw new CommandFailedException(
          String.format(
              Locale.ROOT,
              "Too many dead letters: %s beside %,d embedded texts are %.1f %%; --max-dead-letter-share allows %.1f %%. The dead-letter topic has them with their reasons.%s",
              dead,
              embedded,
              PERCENT * dead.shareBeside(embedded),
              PERCENT * share,
              whatNext));
    }
  }
}
