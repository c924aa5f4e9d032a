package dev.streambed.embedder.batch;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whose fault it is that a text fails alone: the text's only if it fails again after a
 * known good text of its size did not (docs/decisions/0086). Thread-safe.
 */
final class SecondTry {
  private static final String KNOWN_GOOD = "The quick brown fox jumps over the lazy dog. ";

  private final Supplier<@Nullable RuntimeException> end;
  private final Consumer<RuntimeException> stop;

  /**
   * @param end why nothing is to be run any more; null while there is no reason
   * @param stop called with the reason when the runtime turns out to be broken
   */
  SecondTry(Supplier<@Nullable RuntimeException> end, Consumer<RuntimeException> stop) {
    this.end = end;
    this.stop = stop;
  }

  /**
   * Tries again what failed, once a known good text has worked.
   *
   * @param size of the text, for the message
   * @param first the failure
   * @throws TextRejectedException if the text is at fault
   * @throws InferenceException if the runtime is broken
   * @throws RuntimeException if nothing is to be run any more: the reason
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

  /** Throws the reason if nothing is to be run any more. */
  void checkGoesOn() {
    RuntimeException reason = end.get();
    if (reason != null) {
      throw reason;
    }
  }

  /** As above, after a failure. No text is blamed for one of the JVM itself: that is a reason. */
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
