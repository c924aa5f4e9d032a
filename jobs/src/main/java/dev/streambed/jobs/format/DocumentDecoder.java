package dev.streambed.jobs.format;

import com.fasterxml.jackson.databind.JsonNode;

/** Decodes values of one format into trees. Used by one thread. */
interface DocumentDecoder extends AutoCloseable {

  /**
   * Decodes a value.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if it has another format
   */
  JsonNode decode(byte[] value);

  /** Ends what was opened; nothing by default. */
  @Override
  default void close() {}
}
