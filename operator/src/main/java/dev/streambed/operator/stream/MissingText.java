package dev.streambed.operator.stream;

import org.apache.flink.annotation.PublicEvolving;

/** How a record without text is treated. */
@PublicEvolving
public enum MissingText {
  /** It is handled as a text that cannot be embedded: it leaves as a failure, or fails the job. */
  FAIL,
  /** It is dropped. */
  SKIP,
  /** It passes in its place, without embeddings. */
  PASS
}
