package dev.streambed.jobs;

import dev.streambed.jobs.EmbedTopicJob.Checked;
import dev.streambed.jobs.EmbedTopicJob.Outputs;
import dev.streambed.jobs.kafka.FirstRecords;
import dev.streambed.jobs.kafka.startup.KafkaChecks;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.profile.Profile;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Shows the results of the records that a job would read first: its own steps, without its source
 * and its sinks, so nothing is written (docs/decisions/0104). Used by the thread that starts it.
 */
@Internal
public final class Preview {
  private final Checked job;

  private Preview(Checked job) {
    this.job = job;
  }

  /**
   * Checks all that the job needs. Another job may write with its transactional ids meanwhile: it
   * may be the job itself.
   *
   * @param environment as that of the job. The file's options of Flink are applied to it for the
   *     checks; it is not used otherwise, as they may name stores to write, and a savepoint
   * @throws dev.streambed.jobs.options.InvalidPipelineException if an option or a setting of Kafka
   *     does not fit
   * @throws dev.streambed.embedder.InvalidModelException if the model directory does not fit
   */
  public static Preview of(StreamExecutionEnvironment environment, Configuration file) {
    return new Preview(EmbedTopicJob.check(environment, file));
  }

  /** The form of embeddings; the values of a subject are shown without the id of their schema. */
  public Profile profile() {
    return job.profile();
  }

  /** Says which open transactions hide records, in sentences without their full stops. */
  public List<String> openTransactions() {
    return KafkaChecks.openTransactions(job.options(), job.sourceTopics());
  }

  /** Reads up to so many records. */
  public FirstRecords read(int count) {
    EmbedTopicOptions options = job.options();
    return FirstRecords.read(options.source(), job.sourceTopics(), count, options.startupTimeout());
  }

  /**
   * Adds the steps of the job for these records, at least one.
   *
   * @param environment without any setting of the file. There are no checkpoints, and no restarts,
   *     so the job ends at the first failure
   */
  public Outputs addTo(StreamExecutionEnvironment environment, List<SourceRecord> records) {
    environment.getCheckpointConfig().disableCheckpointing();
    environment.getConfig().enableObjectReuse(); // as in the job: the texts stay with the records
    return EmbedTopicJob.connect(
        environment.fromData(records, TypeInformation.of(SourceRecord.class)),
        job.embedders(),
        job.forPreview());
  }
}
