package dev.streambed.embedder.onnx;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.streambed.embedder.InferenceException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ends the runs of one user of an {@link OnnxSession}, and of nobody else. Runs that begin with a
 * child end with its parents too. Thread-safe.
 */
final class Termination {
  private final @Nullable Termination parent;

  @GuardedBy("this")
  private final Set<Run> running = Collections.newSetFromMap(new IdentityHashMap<>());

  @GuardedBy("this")
  private boolean ended;

  /** A run that can be ended from any thread, between {@link #begin} and {@link #finish}. */
  interface Run {
    void terminate();
  }

  /** The one of a session itself: the parent of all others. */
  Termination() {
    this(null);
  }

  private Termination(@Nullable Termination parent) {
    this.parent = parent;
  }

  /** Makes one for one more user, who may simply drop it. */
  Termination child() {
    return new Termination(this);
  }

  /**
   * A run begins. Each needs one {@link #finish}.
   *
   * @throws InferenceException if this or a parent has ended; the run has not begun then
   */
  void begin(Run run) {
    for (Termination each = this; each != null; each = each.parent) {
      if (!each.add(run)) {
        finish(run);
        throw new InferenceException("Cannot run: the embedder was terminated or closed.");
      }
    }
  }

  /** A run has finished, and is not terminated any more when this returns. */
  void finish(Run run) {
    for (Termination each = this; each != null; each = each.parent) {
      each.remove(run);
    }
  }

  /** Makes running and later runs fail within milliseconds. */
  synchronized void end() {
    ended = true;
    running.forEach(Run::terminate);
  }

  /** As {@link #end}, and returns when no run is left. */
  void endAndAwait() {
    end();
    boolean interrupted = false;
    synchronized (this) {
      while (!running.isEmpty()) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean add(Run run) {
    return !ended && running.add(run);
  }

  private synchronized void remove(Run run) {
    running.remove(run);
    if (running.isEmpty()) {
      notifyAll();
    }
  }
}
