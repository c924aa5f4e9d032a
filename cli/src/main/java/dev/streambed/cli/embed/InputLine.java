package dev.streambed.cli.embed;

import org.jspecify.annotations.Nullable;

/**
 * A line of the input.
 *
 * @param number from 1
 * @param text without its end of line; empty if it could not be read
 * @param problem why the line cannot be used, or null
 */
record InputLine(long number, String text, @Nullable Problem problem) {
  InputLine with(Problem newProblem) {
    return new InputLine(number, text, newProblem);
  }

  /**
   * Why a line cannot be embedded.
   *
   * @param error a name that scripts can rely on
   * @param message for people; never contains the text
   */
  record Problem(String error, String message) {}
}
