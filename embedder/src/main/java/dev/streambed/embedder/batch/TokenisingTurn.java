package dev.streambed.embedder.batch;

import java.util.function.LongSupplier;

/**
 * How long a worker has tokenised since its last batch. There is a limit, so that a text that is
 * ready does not wait for many long ones behind it. Confined to one worker.
 */
final class TokenisingTurn {
  /** Some 60 ms for a fast tokeniser (measured: a million characters in 250 ms). */
  static final long MAX_CHARACTERS = 250_000;

  /** For slow ones. Some 8 budgets of short texts are tokenised in 2 ms: decision 0056. */
  private static final long MAX_NANOS = 100_000_000;

  private final LongSupplier nanoClock;
  private long characters;
  private long nanos;
  private long textStart;

  TokenisingTurn(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void textBegins() {
    textStart = nanoClock.getAsLong();
  }

  void textEnds(int textCharacters) {
    characters += textCharacters;
    nanos += nanoClock.getAsLong() - textStart;
  }

  /** Whether what is ready is to be run first. */
  boolean isOver() {
    return characters >= MAX_CHARACTERS || nanos >= MAX_NANOS;
  }

  /** Nothing that is ready waits: a batch was run, or there is none. */
  void begin() {
    characters = 0;
    nanos = 0;
  }
}
