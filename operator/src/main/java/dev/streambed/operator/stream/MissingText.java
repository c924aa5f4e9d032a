package dev.streambed.operator.stream;

import org.apache.flink.annotation.PublicEvolving;

/** What becomes of a record that has no text. */
@PublicEvolving
public enum MissingText {
  /** It is handled as a text that cannot be embedded: it leaves as a failure, or fails the job. */
  FAIL,
  /** It is dropped. */
  SKIP,
  /** It passes in its place, without embeddings. */
  PASS
}
