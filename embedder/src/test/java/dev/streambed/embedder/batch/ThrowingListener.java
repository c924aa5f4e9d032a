package dev.streambed.embedder.batch;

/**
 * A listener that may throw whatever it is told.
 *
 * @param failure throws, or not
 */
record ThrowingListener(Runnable failure) implements BatchListener {
  @Override
  public void tokenised(int texts, long nanos) {
    failure.run();
  }

  @Override
  public void waited(long nanos) {
    failure.run();
  }

  @Override
  public void embedded(int texts, int tokens, int paddedTokens, long nanos) {
    failure.run();
  }

  @Override
  public void reused(int texts) {
    failure.run();
  }

  @Override
  public void cacheHit() {
    failure.run();
  }
}
