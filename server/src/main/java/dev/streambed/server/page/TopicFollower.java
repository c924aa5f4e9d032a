package dev.streambed.server.page;

import dev.streambed.server.page.TopicIdentity.Identity;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic for as long as it is open, whatever becomes of Kafka meanwhile. Owns its thread and
 * its clients of Kafka.
 */
final class TopicFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicFollower.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final long PAUSE_MILLIS = 1_000;
  private static final long LONG_PAUSE_MILLIS = 15_000; // until somebody has changed something
  private static final long COUNT_NANOS = 500_000_000L;
  private static final long END_MILLIS = 2_000;

  private final String topic;
  private final Map<String, String> kafka;
  private final FollowedTopic.Opening opening;
  private final Thread thread;
  private final CountDownLatch ending = new CountDownLatch(1);
  private volatile State state = new State(Phase.READING, /* message= */ null, 0);

  /** How far it is. */
  enum Phase {
    READING("reading"),
    FOLLOWING("following"),
    WAITING("waiting for Kafka"),
    FAILED("failed");

    private final String words;

    Phase(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /**
   * How it is at a time.
   *
   * @param message for people, without content of records and without values of properties
   * @param lag offsets still to be read
   */
  record State(Phase phase, @Nullable String message, long lag) {}

  TopicFollower(String topic, Map<String, String> kafka, FollowedTopic.Opening opening) {
    this.topic = topic;
    this.kafka = kafka;
    this.opening = opening;
    this.thread = new Thread(this::run, "streambed-page-follower-" + topic);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  State state() {
    return state;
  }

  private boolean isClosed() {
    return ending.getCount() == 0;
  }

  private void run() {
    while (!isClosed()) {
      long pauseMillis = 0;
      try {
        follow();
      } catch (KafkaException e) {
        // Kafka's client warns each time that there is no such host.
        pauseMillis = isForPeople(e) || isNoHost(e) ? LONG_PAUSE_MILLIS : PAUSE_MILLIS;
        trouble(e);
      } catch (RuntimeException e) {
        pauseMillis = LONG_PAUSE_MILLIS;
        state = new State(Phase.FAILED, "The server failed to read it; its log says why.", 0);
        LOG.error("Cannot read topic {}.", topic, e);
      }
      try {
        if (ending.await(pauseMillis, TimeUnit.MILLISECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        return; // it is being closed
      }
    }
  }

  private void trouble(KafkaException e) {
    if (isClosed()) {
      return;
    }
    String message = message(e);
    Phase phase = isForPeople(e) ? Phase.FAILED : Phase.WAITING;
    if (!message.equals(state.message)) {
      LOG.warn("Topic {}: {}", topic, message);
    }
    state = new State(phase, message, state.lag);
  }

  /** Reads one topic, until there is another one of its name. */
  private void follow() {
    try (var identity = new TopicIdentity(kafka, topic)) {
      Identity first = identity.ask();
      try (FollowedTopic open = opening.open()) {
        state = new State(Phase.READING, /* message= */ null, open.remaining());
        follow(open, identity, first);
      }
    }
  }

  private void follow(FollowedTopic open, TopicIdentity identity, Identity first) {
    boolean follows = false;
    long countedNanos = System.nanoTime() - COUNT_NANOS;
    while (!isClosed()) {
      open.poll(POLL);
      Identity now = identity.look();
      if (now != null && !now.equals(first)) {
        LOG.info("Topic {} is another one now: reading it from its beginning.", topic);
        return;
      }
      KafkaException trouble = identity.trouble();
      if (trouble instanceof UnknownTopicOrPartitionException) {
        throw trouble; // the consumer would ask without a pause
      }
      if (trouble != null) {
        trouble(trouble);
        continue;
      }
      if (!follows && System.nanoTime() - countedNanos >= COUNT_NANOS) {
        long remaining = open.remaining();
        countedNanos = System.nanoTime();
        state = new State(Phase.READING, /* message= */ null, remaining);
        if (remaining == 0) {
          follows = true;
          open.follows();
        }
      }
      if (follows) {
        state = new State(Phase.FOLLOWING, /* message= */ null, open.lag());
      }
    }
  }

  /** Whether nothing changes before a person does something. */
  private static boolean isForPeople(KafkaException e) {
    return e instanceof AuthenticationException
        || e instanceof AuthorizationException
        || e instanceof InvalidTopicException
        || (isOfProperties(e) && !isNoHost(e));
  }

  /** Whether the name of Kafka's host is not known here, which may change. */
  private static boolean isNoHost(KafkaException e) {
    return refusedProperties(e)
        .anyMatch(each -> String.valueOf(each.getMessage()).startsWith("No resolvable bootstrap"));
  }

  private static boolean isOfProperties(KafkaException e) {
    return refusedProperties(e).findAny().isPresent();
  }

  /** The causes that name a property which Kafka's client does not take. */
  private static Stream<Throwable> refusedProperties(KafkaException e) {
    return Stream.<Throwable>iterate(e, Objects::nonNull, Throwable::getCause)
        .filter(ConfigException.class::isInstance);
  }

  private String message(KafkaException e) {
    if (e instanceof UnknownTopicOrPartitionException || e instanceof InvalidTopicException) {
      return "Kafka has no topic %s.".formatted(topic);
    }
    if (e instanceof AuthorizationException) {
      return "Kafka does not let this server's user read topic %s.".formatted(topic);
    }
    if (e instanceof AuthenticationException) {
      return "Kafka refuses the connection: check security.protocol, sasl.* and ssl.*.";
    }
    if (e instanceof TimeoutException) {
      return "Kafka does not answer.";
    }
    if (isNoHost(e)) {
      return "This machine knows no host of the name that Kafka's bootstrap servers have.";
    }
    return isOfProperties(e)
        ? "Kafka's client does not take its properties."
        : "Kafka cannot be asked (%s).".formatted(e.getClass().getSimpleName());
  }

  /** Ends the thread, and waits for it. Idempotent. */
  @Override
  public void close() {
    ending.countDown();
    try {
      thread.join(END_MILLIS);
      thread.interrupt(); // it waits for Kafka
      thread.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
