package dev.streambed.benchmarks.serve;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Somebody who wants the vector of one text after the other. Confined to one thread at a time. */
interface Caller {
  /** Waits for the vector of a text, by its number. */
  void call(int text) throws Exception;

  /** Gives up what it holds, such as a connection. */
  default void close() throws IOException {}

  /**
   * Lets callers share texts: each takes the next one once it has its last vector.
   *
   * @param callers one thread each
   * @param texts their number
   * @return seconds until the last has its vector
   */
  static double share(List<? extends Caller> callers, int texts)
      throws IOException, InterruptedException {
    AtomicInteger next = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(callers.size());
    try {
      List<Future<?>> running = new ArrayList<>();
      long start = System.nanoTime();
      for (Caller caller : callers) {
        running.add(
            threads.submit(
                () -> {
                  for (int i = next.getAndIncrement(); i < texts; i = next.getAndIncrement()) {
                    caller.call(i);
                  }
                  return null;
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
      return (System.nanoTime() - start) / 1e9;
    } catch (ExecutionException e) {
      throw new IOException("A caller failed: " + e.getCause(), e);
    } finally {
      threads.shutdownNow();
    }
  }
}
