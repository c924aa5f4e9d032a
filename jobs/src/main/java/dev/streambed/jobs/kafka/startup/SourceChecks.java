package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.jobs.options.SourceTopics;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the topics of the source at the start of a job, and whether they may be read. */
final class SourceChecks {
  private static final Logger LOG = LoggerFactory.getLogger(SourceChecks.class);

  private SourceChecks() {}

  /**
   * Those of the topics that match, sorted; warns if there are none.
   *
   * @param topics of Kafka, as far as the job's user may describe them
   * @throws InvalidPipelineException if there are none for a bounded job
   */
  static List<String> matching(SourceOptions source, Collection<String> topics) {
    List<String> found = topics.stream().filter(source.topics()::include).sorted().toList();
    if (found.isEmpty()) {
      String message =
          "No topic on %s matches %s '%s', or the job's user may not describe those that do."
              .formatted(
                  source.bootstrapServers(), SourceTopics.PATTERN.key(), source.topics().pattern());
      if (source.bounded()) {
        throw new InvalidPipelineException(
            message + " Correct it, or create a topic: a bounded job reads those that are there.");
      }
      LOG.warn("{} The job waits for one.", message);
    }
    return found;
  }

  /**
   * Refuses topics that the job's user may not read: each attempt to read one would fail the job.
   *
   * @param topics with the operations that the user may do, as far as Kafka tells
   * @throws InvalidPipelineException if there are any
   */
  static void checkReadable(SourceOptions source, Collection<TopicDescription> topics) {
    List<String> denied =
        topics.stream()
            .filter(topic -> topic.authorizedOperations() != null)
            .filter(topic -> !topic.authorizedOperations().contains(AclOperation.READ))
            .map(TopicDescription::name)
            .sorted()
            .toList();
    if (!denied.isEmpty()) {
      throw new InvalidPipelineException(
          "The job's user may not read %s on %s. Grant it Read%s."
              .formatted(
                  String.join(", ", denied),
                  source.bootstrapServers(),
                  source.topics().pattern() == null
                      ? ""
                      : ", or leave them out: set %s to '%s'"
                          .formatted(
                              SourceTopics.PATTERN.key(), source.topics().patternWithout(denied))));
    }
  }
}
