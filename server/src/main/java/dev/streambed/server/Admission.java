package dev.streambed.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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

  /**
   * What one request takes of it. Closing gives all back, once and for all: a request may end, on
   * another thread, while it still takes. Thread-safe.
   */
  final class Share implements AutoCloseable {
    @GuardedBy("this")
    private long shareBytes;

    @GuardedBy("this")
    private int shareInputs;

    @GuardedBy("this")
    private boolean closed;

    private Share() {}

    /** Takes memory for a part of a body; false if there is none left, or this is closed. */
    synchronized boolean tryBuffer(int more) {
      if (closed) {
        return false;
      }
      if (bytes.addAndGet(more) > limits.maxBufferedBytes()) {
        bytes.addAndGet(-more);
        return false;
      }
      shareBytes += more;
      return true;
    }

    /** Takes places for all inputs of the request, or for none. */
    synchronized boolean tryAccept(int more, Lane lane) {
      if (closed) {
        return false;
      }
      int most = lane == Lane.QUERIES ? limits.maxWaiting() : limits.maxWaitingDocuments();
      if (inputs.addAndGet(more) > most) {
        inputs.addAndGet(-more);
        return false;
      }
      shareInputs += more;
      return true;
    }

    @Override
    public synchronized void close() {
      closed = true;
      bytes.addAndGet(-shareBytes);
      inputs.addAndGet(-shareInputs);
      shareBytes = 0;
      shareInputs = 0;
    }
  }

  /** The share of a new request, which has nothing yet. */
  Share share() {
    return new Share();
  }

  /** Inputs that were accepted and are not answered. */
  int waiting() {
    return inputs.get();
  }

  /** Bytes of bodies that were read and are not answered. */
  long buffered() {
    return bytes.get();
  }
}
