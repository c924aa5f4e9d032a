package dev.streambed.jobs.kafka.source;

import org.apache.flink.api.connector.source.SourceEvent;
import org.jspecify.annotations.Nullable;

/**
 * The enumerator tells the readers what it found of the source topic.
 *
 * @param topicId in Kafka's spelling; null if there is no such topic
 */
record TopicSeen(@Nullable String topicId) implements SourceEvent {
  private static final long serialVersionUID = 1L;
}
