package dev.streambed.embedder.batch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The texts that wait for the workers of a {@link MicroBatcher}: submitted ones in their order,
 * queries before documents, and a pool of tokenised ones. Bounded; holds the batcher's one lock,
 * and completes no future under it. When stopped it keeps the first reason.
 */
final class WorkQueue {
  /** Most texts that a worker tokenises at once: the number of their tokens is not known before. */
  private static final int MAX_WINDOW = 32;

  private final int workers;
  private final int maxQueued;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition workArrived = lock.newCondition();
  private final Condition spaceFreed = lock.newCondition();
  private final Condition drained = lock.newCondition();

  @GuardedBy("lock")
  private final TextRequest.Waiting texts = new TextRequest.Waiting();

  @GuardedBy("lock")
  private final TextPool pool;

  /** Those that run no batch. */
  @GuardedBy("lock")
  private int freeWorkers;

  /** Those that wait for work. */
  @GuardedBy("lock")
  private int idleWorkers;

  /** The reason to accept no more texts. */
  @GuardedBy("lock")
  private @Nullable RuntimeException refusal;

  /** The reason to give no more work; written under the lock. */
  private volatile @Nullable RuntimeException end;

  /** True if all accepted texts were answered before the end. */
  @GuardedBy("lock")
  private boolean endedDrained;

  /**
   * A worker's next task: to run a batch until {@link #batchEnded}, or to tokenise a window and
   * {@linkplain #addTokenised add it}.
   *
   * @param batch empty if there is a window
   * @param window texts in their order; empty if there is a batch, or nobody wants any of them
   */
  record Work(List<TokenisedText> batch, List<TextRequest> window) {
    /** Fails those texts that are not answered. */
    void fail(RuntimeException reason) {
      batch.forEach(text -> text.fail(reason));
      window.forEach(text -> text.fail(reason));
    }
  }

  /**
   * @param workers the number of workers that take from it
   * @param maxQueued most texts of each lane that wait to be tokenised; adding blocks beyond it. A
   *     worker that gives texts back may exceed it by a window
   */
  WorkQueue(int workers, int maxQueued, TextPool pool) {
    this.workers = workers;
    this.freeWorkers = workers;
    this.maxQueued = maxQueued;
    this.pool = pool;
  }

  /** Adds a text, waiting for space. Once nothing is accepted any more, the text fails at once. */
  void add(TextRequest text) throws InterruptedException {
    while (!offer(text)) {
      awaitSpace(text.lane()); // which another may take first
    }
  }

  private void awaitSpace(Lane lane) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (refusal == null && texts.size(lane) >= maxQueued) {
        spaceFreed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds a text if there is space. Once nothing is accepted any more, the text fails at once.
   *
   * @return false if there is no space
   */
  boolean offer(TextRequest text) {
    RuntimeException reason;
    lock.lock();
    try {
      reason = refusal;
      if (reason == null) {
        if (texts.size(text.lane()) >= maxQueued) {
          texts.forgetUnwanted();
          if (texts.size(text.lane()) >= maxQueued) {
            return false;
          }
        }
        texts.add(text);
        workArrived.signal();
      }
    } finally {
      lock.unlock();
    }
    if (reason != null) {
      text.fail(reason);
    }
    return true;
  }

  /**
   * Adds the texts that a worker tokenised, possibly none, and gives back what it left of its
   * window. Call it before the next {@link #take}.
   */
  void addTokenised(List<TokenisedText> tokenised, List<TextRequest> left) {
    RuntimeException reason;
    lock.lock();
    try {
      reason = end;
      if (reason == null) {
        texts.addFirst(left);
        tokenised.forEach(pool::add);
        if (tokenised.size() > 1 || !left.isEmpty()) { // one is for the caller, who takes next
          workArrived.signalAll();
        }
      }
    } finally {
      lock.unlock();
    }
    if (reason != null) {
      new Work(tokenised, left).fail(reason);
    }
  }

  /**
   * Waits for work. Texts are tokenised first, while the pool has room and the worker's turn is not
   * over: the more there are to choose from, the less padding. Returns null when stopped.
   */
  @Nullable Work take(TokenisingTurn turn) {
    lock.lock();
    try {
      awaitWork();
      if (end != null) {
        return null;
      }
      Work work = takeWork(turn);
      if (!texts.isEmpty() || !pool.isEmpty()) {
        workArrived.signal(); // the rest is for others that wait
      }
      return work;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private Work takeWork(TokenisingTurn turn) {
    if (pool.isEmpty()) {
      turn.begin(); // nothing waits for its end
    }
    if (!texts.isEmpty() && !turn.isOver()) {
      if (texts.size(Lane.DOCUMENTS) > 0 && pool.lacksDocument()) {
        return new Work(List.of(), takeWindow(Lane.DOCUMENTS));
      }
      if (texts.size(Lane.QUERIES) > 0) { // even if the pool is full of documents
        return new Work(List.of(), takeWindow(Lane.QUERIES));
      }
      if (pool.hasRoom()) {
        return new Work(List.of(), takeWindow(Lane.DOCUMENTS));
      }
    }
    List<TokenisedText> batch = pool.takeBatch(share(pool.size()));
    freeWorkers--;
    return new Work(batch, List.of());
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

  /**
   * Accepts nothing more, and waits until all accepted texts are answered, or the queue is stopped.
   *
   * @param reason the failure of later texts
   * @return false if that took longer than the limit, or the queue was stopped before
   */
  boolean drain(RuntimeException reason, long limitNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      refuse(reason);
      long left = limitNanos;
      while (end == null && !isDrained() && left > 0) {
        left = drained.awaitNanos(left);
      }
      return end == null ? isDrained() : endedDrained;
    } finally {
      lock.unlock();
    }
  }

  /** Accepts and gives nothing more, and fails the texts that no worker took. */
  void stop(RuntimeException reason) {
    Work untaken;
    lock.lock();
    try {
      refuse(reason);
      if (end == null) {
        end = reason;
        endedDrained = isDrained();
      }
      untaken = new Work(pool.takeAll(), texts.takeAll());
      workArrived.signalAll();
      drained.signalAll();
    } finally {
      lock.unlock();
    }
    untaken.fail(reason);
  }

  /** The reason for the stop; null if there was none. */
  @Nullable RuntimeException end() {
    return end;
  }

  @GuardedBy("lock")
  private void refuse(RuntimeException reason) {
    if (refusal == null) {
      refusal = reason;
    }
    spaceFreed.signalAll();
  }

  @GuardedBy("lock")
  private boolean isDrained() {
    return idleWorkers == workers && texts.isEmpty() && pool.isEmpty();
  }

  @GuardedBy("lock")
  private void awaitWork() {
    idleWorkers++;
    texts.forgetUnwantedFirst();
    while (end == null && pool.isEmpty() && texts.isEmpty()) {
      if (isDrained()) {
        drained.signalAll();
      }
      spaceFreed.signalAll();
      workArrived.awaitUninterruptibly(); // only stopping ends a worker
      texts.forgetUnwantedFirst();
    }
    idleWorkers--;
  }

  @GuardedBy("lock")
  private List<TextRequest> takeWindow(Lane lane) {
    int size = Math.min(MAX_WINDOW, share(texts.size(lane)));
    List<TextRequest> window = texts.take(lane, size, TokenisingTurn.MAX_CHARACTERS);
    spaceFreed.signalAll();
    return window;
  }

  /** A fair share: leaves enough for other workers that run no batch and are about to take. */
  @GuardedBy("lock")
  private int share(int all) {
    return (all + freeWorkers - 1) / freeWorkers;
  }
}
