package dev.streambed.embedder.batch;

import java.util.function.LongSupplier;

/**
 * The time that a worker has tokenised since its last batch. Its limit keeps a text that is ready
 * from waiting for many long ones behind it. Confined to one worker.
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

  /** True if the texts that are ready come first. */
  boolean isOver() {
    return characters >= MAX_CHARACTERS || nanos >= MAX_NANOS;
  }

  /** Begins a new turn: no text that is ready waits, because a batch was run or there is none. */
  void begin() {
    characters = 0;
    nanos = 0;
  }
}
