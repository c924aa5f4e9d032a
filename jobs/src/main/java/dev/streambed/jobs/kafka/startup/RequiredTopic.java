package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.kafka.TopicRights;
import dev.streambed.jobs.options.InvalidPipelineException;
import java.util.Locale;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * A topic that the job cannot do without.
 *
 * @param role begins a message: {@code Sink topic}
 * @param operation what the job does with it: READ or WRITE
 */
record RequiredTopic(String role, String name, AclOperation operation) {

  /** Whether a failed request means that there is no such topic. */
  static boolean isMissing(@Nullable Throwable failure) {
    return failure instanceof UnknownTopicOrPartitionException
        || failure instanceof InvalidTopicException;
  }

  InvalidPipelineException missing(String bootstrapServers, @Nullable Throwable cause) {
    return new InvalidPipelineException(
        "%s %s does not exist on %s. Create it, or correct its name."
            .formatted(role, name, bootstrapServers),
        cause);
  }

  /**
   * Refuses a topic that Kafka does not let the job's user read or write.
   *
   * @param found with what the user may do, if Kafka tells it
   */
  void checkRight(TopicDescription found, String bootstrapServers) {
    if (!TopicRights.allow(operation, found)) {
      throw new InvalidPipelineException(
          "Kafka at %s does not let the job's user %s %s %s. Grant it (docs/security.md)."
              .formatted(
                  bootstrapServers,
                  operation.name().toLowerCase(Locale.ROOT),
                  role.toLowerCase(Locale.ROOT),
                  name));
    }
  }
}
