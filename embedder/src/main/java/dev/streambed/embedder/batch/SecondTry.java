package dev.streambed.embedder.batch;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a text that fails alone is at fault: only if it fails again after a known good
 * text of its size did not (docs/decisions/0086). Thread-safe.
 */
final class SecondTry {
  private static final String KNOWN_GOOD = "The quick brown fox jumps over the lazy dog. ";

  private final Supplier<@Nullable RuntimeException> end;
  private final Consumer<RuntimeException> stop;

  /**
   * @param end the reason to run nothing more; null while there is none
   * @param stop called with the reason when the runtime turns out to be broken
   */
  SecondTry(Supplier<@Nullable RuntimeException> end, Consumer<RuntimeException> stop) {
    this.end = end;
    this.stop = stop;
  }

  /**
   * Tries a failed text again, once a known good text has worked.
   *
   * @param size of the text, for the message
   * @param first the failure
   * @throws TextRejectedException if the text is at fault
   * @throws InferenceException if the runtime is broken
   * @throws RuntimeException if nothing more is to run: the reason
   */
  <T> T of(String size, Throwable first, Supplier<T> attempt, Runnable knownGood) {
    checkGoesOn(first);
    Workers.forgetInterrupt(); // which may be why it failed
    try {
      knownGood.run();
    } catch (TextRejectedException e) {
      // it does not embed such texts, but it works
    } catch (Throwable e) {
      checkGoesOn(e);
      if (e != first) {
        e.addSuppressed(first);
      }
      throw broken(
          "The runtime fails even on a known good text. A text of the same length (%s) failed before."
              .formatted(size),
          e);
    }
    checkGoesOn();
    try {
      return attempt.get();
    } catch (TextRejectedException e) {
      throw e;
    } catch (Throwable e) {
      checkGoesOn(e);
      throw new TextRejectedException(
          Reason.INFERENCE_FAILED,
          "The runtime fails on this text (%s) alone. It failed twice, and a known good text of that length did not."
              .formatted(size),
          e);
    }
  }

  /** A text of so many characters that every tokeniser takes. */
  static String knownGood(int characters) {
    return KNOWN_GOOD.repeat(characters / KNOWN_GOOD.length() + 1).substring(0, characters);
  }

  /** Throws the reason if nothing more is to run. */
  void checkGoesOn() {
    RuntimeException reason = end.get();
    if (reason != null) {
      throw reason;
    }
  }

  /**
   * As above, after a failure. A failure of the JVM itself is such a reason: no text is blamed for
   * it.
   */
  void checkGoesOn(Throwable failure) {
    checkGoesOn();
    if (failure instanceof VirtualMachineError && !(failure instanceof StackOverflowError)) {
      throw broken("The runtime failed: " + failure, failure);
    }
  }

  private InferenceException broken(String message, Throwable cause) {
    InferenceException failure = new InferenceException(message, cause);
    stop.accept(failure);
    return failure;
  }
}
