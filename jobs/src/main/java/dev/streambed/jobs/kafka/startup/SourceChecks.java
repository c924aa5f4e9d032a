package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.jobs.options.SourceTopics;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the topics that match the source's pattern at the start of a job. */
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
}
