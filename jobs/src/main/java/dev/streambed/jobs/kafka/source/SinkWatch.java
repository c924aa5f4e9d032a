package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.TopicLookup;
import dev.streambed.jobs.options.SinkOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the topics that the job writes are there and still the same. A producer does not:
 * it waits minutes for a topic that is gone, before each restart of the job, and writes what is
 * left of a transaction to a new one of the same name. {@link #look} is for a worker; all else is
 * confined to the coordinator's thread.
 */
final class SinkWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SinkWatch.class);

  private final SinkOptions options;
  private final Set<String> topics;
  private final TopicLookup lookup;
  private volatile boolean closed;
  private final Map<String, Uuid> ids = new HashMap<>();
  private final Map<String, Integer> looksInVain = new HashMap<>();

  SinkWatch(SinkOptions options) {
    Properties properties = options.adminProperties();
    properties.setProperty(
        ProducerConfig.CLIENT_ID_CONFIG, options.transactionalIdPrefix() + "-watch");
    this.options = options;
    this.topics = Set.of(options.topic(), options.deadLetterTopic());
    this.lookup = new TopicLookup(properties, AclOperation.WRITE, () -> closed);
  }

  /** The topics of the sink that exist, by name. */
  Map<String, TopicLookup.Topic> look() {
    return lookup.find(topics, Set.of());
  }

  /**
   * Takes what was found, or why nothing could be found.
   *
   * @throws LostTopicException if a topic is not found for some time
   * @throws FlinkRuntimeException if a topic is another than at the last look
   */
  void compare(Map<String, TopicLookup.Topic> found, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.debug("Cannot look at the topics {} of the sink; trying again.", topics, failure);
      return;
    }
    for (String name : topics) {
      TopicLookup.Topic topic = found.get(name);
      if (topic != null) {
        looksInVain.remove(name);
        identify(name, topic.id());
      } else if (looksInVain.merge(name, 1, Integer::sum) == TopicWatch.LOOKS_IN_VAIN) {
        throw new LostTopicException(
            "Sink topic %s does not exist any more on %s. The records in it are lost. To go on without them, make it again and start from the last checkpoint."
                .formatted(name, options.bootstrapServers()));
      }
    }
  }

  private void identify(String name, @Nullable Uuid id) {
    if (id == null) { // Kafka does not tell
      return;
    }
    Uuid known = ids.put(name, id);
    if (known != null && !known.equals(id)) {
      throw new FlinkRuntimeException(
          "Sink topic %s on %s was deleted and made anew. The records in it are lost, but for those since the last checkpoint: the job restarts there, and writes them again."
              .formatted(name, options.bootstrapServers()));
    }
  }

  @Override
  public void close() {
    this.closed = true;
    lookup.close();
  }

  /** A topic that the job writes is gone. Ends the job for good: a restart makes no topic. */
  @ThrowableAnnotation(ThrowableType.NonRecoverableError)
  static final class LostTopicException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LostTopicException(String message) {
      super(message);
    }
  }
}
