package dev.streambed.embedder.batch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the workers of a {@link MicroBatcher}: submitted texts in their order, and a pool
 * of tokenised ones. Bounded; holds the batcher's one lock. When stopped it keeps the first reason.
 */
final class WorkQueue {
  /** Most texts that a worker tokenises at once: how many tokens they have is not known before. */
  private static final int MAX_WINDOW = 32;

  private final int maxQueued;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition workArrived = lock.newCondition();
  private final Condition spaceFreed = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<TextRequest> texts = new ArrayDeque<>();

  @GuardedBy("lock")
  private final TextPool pool;

  @GuardedBy("lock")
  private int freeWorkers;

  @GuardedBy("lock")
  private @Nullable RuntimeException end;

  /**
   * What a worker does next: run a batch until {@link #batchEnded}, or tokenise a window and
   * {@linkplain #addTokenised add it}.
   *
   * @param batch empty if there is a window
   * @param window texts in their order; empty if there is a batch
   */
  record Work(List<TokenisedText> batch, List<TextRequest> window) {}

  /**
   * @param workers how many take from it
   * @param maxQueued most texts that wait to be tokenised; adding blocks beyond it
   */
  WorkQueue(int workers, int maxQueued, TextPool pool) {
    this.freeWorkers = workers;
    this.maxQueued = maxQueued;
    this.pool = pool;
  }

  /**
   * Adds a text, waiting for space. Returns null if added, else why not: the reason of {@link
   * #stop}.
   */
  @Nullable RuntimeException add(TextRequest text) throws InterruptedException {
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

  /**
   * Adds what a worker has made of its window, be it nothing, before it takes again. Returns null
   * if added, else why not.
   */
  @Nullable RuntimeException addTokenised(List<TokenisedText> tokenised) {
    lock.lock();
    try {
      if (end == null) {
        tokenised.forEach(pool::add);
        if (tokenised.size() > 1) { // a single one is for the caller, who takes next
          workArrived.signalAll();
        }
      }
      return end;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for work. Texts are tokenised first, while the pool has room: the more there are to
   * choose from, the less padding. Returns null when stopped.
   */
  @Nullable Work take() throws InterruptedException {
    lock.lock();
    try {
      awaitWork();
      if (end != null) {
        return null;
      }
      if (!texts.isEmpty() && pool.hasRoom()) {
        return new Work(List.of(), takeWindow());
      }
      List<TokenisedText> batch = pool.takeBatch(share(pool.size()));
      freeWorkers--;
      return new Work(batch, List.of());
    } finally {
      lock.unlock();
    }
  }

  /** A worker has run its batch. */
  void batchEnded() {
    lock.lock();
    try {
      freeWorkers++;
    } finally {
      lock.unlock();
    }
  }

  /** Texts that wait, tokenised or not. */
  int size() {
    lock.lock();
    try {
      return texts.size() + pool.size();
    } finally {
      lock.unlock();
    }
  }

  /** Accepts and gives nothing more. Returns, once, what nobody took. */
  Work stop(RuntimeException reason) {
    lock.lock();
    try {
      if (end == null) {
        end = reason;
      }
      Work untaken = new Work(pool.takeAll(), List.copyOf(texts));
      texts.clear();
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
    while (end == null && pool.isEmpty() && texts.isEmpty()) {
      workArrived.await();
    }
  }

  @GuardedBy("lock")
  private List<TextRequest> takeWindow() {
    int size = Math.min(MAX_WINDOW, share(texts.size()));
    List<TextRequest> window = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      window.add(texts.remove());
    }
    spaceFreed.signalAll();
    return window;
  }

  /** A fair share: what other workers that run no batch are about to take is left to them. */
  @GuardedBy("lock")
  private int share(int all) {
    return (all + freeWorkers - 1) / freeWorkers;
  }
}
