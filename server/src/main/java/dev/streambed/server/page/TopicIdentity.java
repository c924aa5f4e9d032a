package dev.streambed.server.page;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Asks now and then whether a topic is still the same one: Kafka's consumer does not tell that it
 * was deleted, made again, or got more partitions, nor that Kafka is gone. Owns a client of Kafka.
 * Confined to one thread.
 */
final class TopicIdentity implements AutoCloseable {
  private static final String LIMIT_MILLIS = "5000";
  private static final long PAUSE_NANOS = 1_000_000_000L;

  private final Admin admin;
  private final String topic;
  private @Nullable KafkaFuture<TopicDescription> asked;
  private @Nullable KafkaException trouble;
  private long answeredNanos = System.nanoTime();

  /** That of a topic; another one of the same name has another. */
  record Identity(Uuid id, int partitions) {}

  TopicIdentity(Map<String, String> kafka, String topic) {
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, LIMIT_MILLIS);
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, LIMIT_MILLIS);
    this.admin = Admin.create(properties);
    this.topic = topic;
  }

  /**
   * Waits for the answer.
   *
   * @throws KafkaException if Kafka does not tell
   */
  Identity ask() {
    return answer(question());
  }

  /**
   * Asks again if it is time to, and waits for nothing.
   *
   * @return what it was answered since the last call; null if it was not
   */
  @Nullable Identity look() {
    if (asked == null) {
      if (System.nanoTime() - answeredNanos > PAUSE_NANOS) {
        asked = question();
      }
      return null;
    }
    if (!asked.isDone()) {
      return null;
    }
    KafkaFuture<TopicDescription> done = asked;
    asked = null;
    answeredNanos = System.nanoTime();
    try {
      Identity identity = answer(done);
      trouble = null;
      return identity;
    } catch (KafkaException e) {
      trouble = e;
      return null;
    }
  }

  /** Why the last question had no answer; null if it had one. */
  @Nullable KafkaException trouble() {
    return trouble;
  }

  private KafkaFuture<TopicDescription> question() {
    return Objects.requireNonNull(
        admin.describeTopics(List.of(topic)).topicNameValues().get(topic));
  }

  private static Identity answer(KafkaFuture<TopicDescription> asked) {
    try {
      TopicDescription found = asked.get();
      return new Identity(found.topicId(), found.partitions().size());
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException kafka
          ? kafka
          : new KafkaException("Kafka does not tell about a topic.", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
