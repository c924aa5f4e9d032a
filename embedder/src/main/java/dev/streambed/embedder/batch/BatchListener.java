package dev.streambed.embedder.batch;

import org.apiguardian.api.API;

/**
 * Hears of the work of a {@link MicroBatcher}, for metrics. Called on the workers' threads unless a
 * method says otherwise, so it must be thread-safe and quick.
 */
@API(status = API.Status.EXPERIMENTAL)
public interface BatchListener {
  /** Hears nothing. */
  BatchListener NONE =
      new BatchListener() {
        @Override
        public void tokenised(int texts, long nanos) {}

        @Override
        public void waited(long nanos) {}

        @Override
        public void embedded(int texts, int tokens, int paddedTokens, long nanos) {}

        @Override
        public void reused(int texts) {}

        @Override
        public void cacheHit() {}
      };

  /** A worker tokenised a window of texts. */
  void tokenised(int texts, long nanos);

  /** A text waited from its submission until its batch ran. */
  void waited(long nanos);

  /**
   * A worker ran a batch.
   *
   * @param tokens tokens of its texts
   * @param paddedTokens tokens after padding
   */
  void embedded(int texts, int tokens, int paddedTokens, long nanos);

  /** Texts got the vector of an equal text that waited with them. */
  void reused(int texts);

  /** A text got the vector of an equal one before it; on the thread that submits it. */
  void cacheHit();
}
