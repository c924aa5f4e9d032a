package dev.streambed.jobs.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.DocumentShape;
import org.apache.flink.annotation.Internal;

/** The envelope around the documents of the source topic. */
@Internal
public enum Envelope {
  /** Nothing: each value is a document. */
  NONE("none"),
  /** Debezium's change events, with or without the schema that Kafka Connect's converter adds. */
  DEBEZIUM("debezium");

  private final String optionValue;

  Envelope(String optionValue) {
    this.optionValue = optionValue;
  }

  /**
   * The shape of what is inside documents of a shape, which the mapping reads.
   *
   * @throws IllegalArgumentException if they cannot be such envelopes, with a message for users
   */
  public DocumentShape inside(DocumentShape documents) {
    return this == DEBEZIUM ? DebeziumEvent.rows(documents) : documents;
  }

  /** The key inside what may lie around it. */
  JsonNode key(JsonNode tree) {
    return this == DEBEZIUM ? DebeziumEvent.payload(tree) : tree;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
