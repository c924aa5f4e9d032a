package dev.streambed.embedder.batch;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Catches a listener's exceptions, so that no text fails for them; logs the first. */
final class GuardedListener implements BatchListener {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedListener.class);

  private final BatchListener listener;
  private final AtomicBoolean hasFailed = new AtomicBoolean();

  GuardedListener(BatchListener listener) {
    this.listener = listener;
  }

  @Override
  public void tokenised(int texts, long nanos) {
    guard(() -> listener.tokenised(texts, nanos));
  }

  @Override
  public void waited(long nanos) {
    guard(() -> listener.waited(nanos));
  }

  @Override
  public void embedded(int texts, int tokens, int paddedTokens, long nanos) {
    guard(() -> listener.embedded(texts, tokens, paddedTokens, nanos));
  }

  @Override
  public void reused(int texts) {
    guard(() -> listener.reused(texts));
  }

  @Override
  public void cacheHit() {
    guard(listener::cacheHit);
  }

  private void guard(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) { // no text is to blame for a metric
      if (hasFailed.compareAndSet(false, true)) {
        LOG.warn(
            "A batch listener failed: its metrics are wrong. Later failures are not logged.", e);
      }
    }
  }
}
