package dev.streambed.server;

import dev.streambed.embedder.batch.Lane;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps the work that was accepted and is not answered within the limits, so that memory is bounded
 * whatever comes. Thread-safe.
 */
final class Admission {
  private final RequestLimits limits;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger inputs = new AtomicInteger();

  Admission(RequestLimits limits) {
    this.limits = limits;
  }

  /** Takes memory for a part of a body; false if there is none left. */
  boolean tryBuffer(int more) {
    if (bytes.addAndGet(more) > limits.maxBufferedBytes()) {
      bytes.addAndGet(-more);
      return false;
    }
    return true;
  }

  void releaseBuffer(long less) {
    bytes.addAndGet(-less);
  }

  /** Takes places for all inputs of a request, or for none. */
  boolean tryAccept(int more, Lane lane) {
    int most = lane == Lane.QUERIES ? limits.maxWaiting() : limits.maxWaitingDocuments();
    if (inputs.addAndGet(more) > most) {
      inputs.addAndGet(-more);
      return false;
    }
    return true;
  }

  void release(int less) {
    inputs.addAndGet(-less);
  }

  /** Inputs that were accepted and are not answered. */
  int waiting() {
    return inputs.get();
  }
}
