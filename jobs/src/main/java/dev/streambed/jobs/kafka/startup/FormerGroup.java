package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.JobOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that a job without a checkpoint would begin anew, because the default of its group has
 * changed (docs/decisions/0083). Used by the thread that starts the job.
 */
final class FormerGroup {
  private static final Logger LOG = LoggerFactory.getLogger(FormerGroup.class);

  private FormerGroup() {}

  /** Logs a warning if only the group of the former default has offsets of the source topic. */
  static void warn(Admin admin, EmbedTopicOptions options, Duration timeout)
      throws InterruptedException {
    String former = "streambed-" + options.sink().topic();
    String group = options.source().groupId();
    List<String> topics = options.source().topics().names();
    if (!group.equals(options.defaultName()) || topics.size() != 1) {
      return; // former versions read one topic
    }
    try {
      String topic = topics.get(0);
      if (!hasOffsets(admin, group, topic, timeout) && hasOffsets(admin, former, topic, timeout)) {
        LOG.warn(
            "Group {} has no offsets of topic {}; group {}, the default of former versions, has. A job that starts without a checkpoint begins with the earliest record. To go on at those offsets, set {}: {}.",
            group,
            topic,
            former,
            JobOptions.SOURCE_GROUP_ID.key(),
            former);
      }
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("Cannot ask for the offsets of groups {} and {}.", group, former, e);
    }
  }

  private static boolean hasOffsets(Admin admin, String group, String topic, Duration timeout)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<String> topics =
        admin
            .listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata()
            .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
            .keySet()
            .stream()
            .map(TopicPartition::topic)
            .toList();
    return topics.contains(topic);
  }
}
