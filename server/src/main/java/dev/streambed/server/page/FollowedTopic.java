package dev.streambed.server.page;

import java.time.Duration;

/** A topic that is open. Confined to the thread of {@link TopicFollower}. */
interface FollowedTopic extends AutoCloseable {

  /** Opens the topic from its beginning. What was read before is forgotten. */
  interface Opening {
    FollowedTopic open();
  }

  /** Takes the records since the last call; waits up to the limit if there are none. */
  void poll(Duration limit);

  /** The number of offsets that are still to be read. */
  long remaining();

  /** As far as Kafka's last answers tell, {@link #remaining}. */
  long lag();

  /** From now on, records come as they are written. */
  void follows();

  @Override
  void close();
}
