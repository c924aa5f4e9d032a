package dev.streambed.embedder.batch;

import org.apiguardian.api.API;

/**
 * Which of the texts that wait for a {@link MicroBatcher} come first (docs/decisions/0128). Both
 * lanes go on, however many texts the other one has.
 */
@API(status = API.Status.EXPERIMENTAL)
public enum Lane {
  /**
   * Texts that somebody waits for. They overtake documents; but while both wait, one batch of four
   * begins with a document.
   */
  QUERIES,

  /** All others. */
  DOCUMENTS
}
