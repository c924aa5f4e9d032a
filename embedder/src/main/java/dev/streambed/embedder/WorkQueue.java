package dev.streambed.embedder;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the workers of a {@link MicroBatcher}: submitted texts in their order, and batches
 * that are ready to run. Bounded; holds the batcher's one lock. When stopped it keeps the first
 * reason.
 *
 * @param <T> a submitted text
 * @param <B> a batch
 */
final class WorkQueue<T, B> {
  private final int maxQueued;
  private final int maxWindow;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition workArrived = lock.newCondition();
  private final Condition spaceFreed = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<T> texts = new ArrayDeque<>();

  @GuardedBy("lock")
  private final ArrayDeque<B> batches = new ArrayDeque<>();

  @GuardedBy("lock")
  private int idleWorkers;

  @GuardedBy("lock")
  private @Nullable RuntimeException end;

  /**
   * What a worker does next: run the batch, or else tokenise the window.
   *
   * @param window texts in their order; empty if there is a batch
   */
  record Work<T, B>(@Nullable B batch, List<T> window) {}

  /**
   * @param maxQueued most texts that wait; adding blocks beyond it
   * @param maxWindow most texts that a worker takes at once
   */
  WorkQueue(int maxQueued, int maxWindow) {
    this.maxQueued = maxQueued;
    this.maxWindow = maxWindow;
  }

  /**
   * Adds a text, waiting for space. Returns null if added, else why not: the reason of {@link
   * #stop}.
   */
  @Nullable RuntimeException add(T text) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (end == null && texts.size() >= maxQueued) {
        spaceFreed.await();
      }
      if (end == null) {
        texts.add(text);
        workArrived.signal();
      }
      return end;
    } finally {
      lock.unlock();
    }
  }

  /** Adds batches for idle workers. Returns null if added, else why not. */
  @Nullable RuntimeException addBatches(List<B> ready) {
    lock.lock();
    try {
      if (end == null) {
        batches.addAll(ready);
        workArrived.signalAll();
      }
      return end;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for work: a batch that is ready before anything else. Returns null when stopped. */
  @Nullable Work<T, B> take() throws InterruptedException {
    lock.lock();
    try {
      awaitWork();
      if (end != null) {
        return null;
      }
      if (!batches.isEmpty()) {
        return new Work<>(batches.remove(), List.of());
      }
      return new Work<>(null, takeWindow());
    } finally {
      lock.unlock();
    }
  }

  /** Texts that wait. */
  int size() {
    lock.lock();
    try {
      return texts.size();
    } finally {
      lock.unlock();
    }
  }

  /** Accepts and gives nothing more. Returns, once, the texts and batches that nobody took. */
  List<Work<T, B>> stop(RuntimeException reason) {
    lock.lock();
    try {
      if (end == null) {
        end = reason;
      }
      List<Work<T, B>> untaken = new ArrayList<>();
      untaken.add(new Work<>(null, List.copyOf(texts)));
      batches.forEach(batch -> untaken.add(new Work<>(batch, List.of())));
      texts.clear();
      batches.clear();
      workArrived.signalAll();
      spaceFreed.signalAll();
      return untaken;
    } finally {
      lock.unlock();
    }
  }

  /** Why it was stopped; null if it was not. */
  @Nullable RuntimeException end() {
    lock.lock();
    try {
      return end;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void awaitWork() throws InterruptedException {
    idleWorkers++;
    try {
      while (end == null && batches.isEmpty() && texts.isEmpty()) {
        workArrived.await();
      }
    } finally {
      idleWorkers--;
    }
  }

  /** A fair share: what other idle workers are about to take is left to them. */
  @GuardedBy("lock")
  private List<T> takeWindow() {
    int takers = idleWorkers + 1;
    int size = Math.min(maxWindow, (texts.size() + takers - 1) / takers);
    List<T> window = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      window.add(texts.remove());
    }
    spaceFreed.signalAll();
    return window;
  }
}
