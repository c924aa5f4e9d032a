package dev.streambed.embedder.batch;

import java.util.concurrent.TimeUnit;
import org.apiguardian.api.API;

/** Which of the texts that wait for a {@link MicroBatcher} come first (docs/decisions/0128). */
@API(status = API.Status.EXPERIMENTAL)
public enum Lane {
  /**
   * Texts that somebody waits for. They overtake documents, but none that was submitted ten minutes
   * before them: a stream of queries does not keep a document away for ever.
   */
  QUERIES(TimeUnit.MINUTES.toNanos(10)),

  /** All others. */
  DOCUMENTS(0);

  private final long headStartNanos;

  Lane(long headStartNanos) {
    this.headStartNanos = headStartNanos;
  }

  /** The place in the order of all texts of one that was submitted then: less comes first. */
  long order(long nanoTime) {
    return nanoTime - headStartNanos;
  }
}
