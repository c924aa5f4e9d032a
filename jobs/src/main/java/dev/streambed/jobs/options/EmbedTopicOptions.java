package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;
import static dev.streambed.jobs.options.JobOptions.required;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.calibration.CalibrationOptions;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.Headings;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.format.RecordMapping;
import dev.streambed.jobs.options.policy.BootstrapPolicy;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.SessionSharing;
import dev.streambed.operator.change.ChangeOptions;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import java.time.Duration;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of {@link EmbedTopicJob} in a pipeline file, checked as far as it can be without
 * model and Kafka.
 *
 * @param modelDirectory path or URI of the model directory
 * @param onModelChange what to do if the job has written vectors that do not compare with its own
 * @param chunking how texts are cut into chunks; null if they are not
 * @param changes whether and how unchanged documents are found
 * @param bootstrap what state knows when it begins
 * @param startupTimeout how long the start-up checks wait for Kafka; 1 ms to 1 d
 */
@Internal
public record EmbedTopicOptions(
    SourceOptions source,
    SinkOptions sink,
    String modelDirectory,
    EmbedderOptions embedder,
    ModelChangePolicy onModelChange,
    BatchingOptions batching,
    SessionSharing sharing,
    @Nullable ChunkingOptions chunking,
    ChangeOptions changes,
    BootstrapPolicy bootstrap,
    Duration startupTimeout) {

  static final SessionSharing DEFAULT_SESSION_SHARING = SessionSharing.SLOT;
  static final ModelChangePolicy DEFAULT_ON_MODEL_CHANGE = ModelChangePolicy.FAIL;
  static final BootstrapPolicy DEFAULT_BOOTSTRAP = BootstrapPolicy.OFF;
  static final Duration DEFAULT_STARTUP_TIMEOUT = Duration.ofSeconds(10);

  public EmbedTopicOptions {
    check(
        startupTimeout.compareTo(Duration.ofMillis(1)) >= 0
            && startupTimeout.compareTo(Duration.ofDays(1)) <= 0,
        JobOptions.STARTUP_TIMEOUT,
        startupTimeout,
        "between 1 ms and 1 d");
    if (source.bootstrapServers().equals(sink.bootstrapServers())) {
      checkTopics(source, sink);
    }
    RecordMapping mapping = source.format().mapping();
    check(
        chunking == null
            || chunking.headings() == Headings.OFF
            || mapping == null
            || !mapping.metadata().names().contains(ChunkOfText.HEADINGS),
        MappingKeys.METADATA,
        ChunkOfText.HEADINGS,
        "another name, such as parts: /headings, as that is the name of the headings above a chunk");
  }

  private static void checkTopics(SourceOptions source, SinkOptions sink) {
    source.topics().checkNoneIsRead(List.of(sink.topic(), sink.deadLetterTopic()));
  }

  /** Whether a topic of the sink is named as one of the source's, which two clusters allow. */
  public boolean usesATopicNameTwice() {
    return source.topics().include(sink.topic()) || source.topics().include(sink.deadLetterTopic());
  }

  /**
   * Checks the topics of a job whose source and sink are found to be on one cluster, by whatever
   * addresses.
   *
   * @throws InvalidPipelineException if the job would read what it writes
   */
  public void checkOnOneCluster() {
    checkTopics(source, sink);
  }

  /**
   * Reads the options.
   *
   * @throws InvalidPipelineException if one is missing or out of its range
   */
  public static EmbedTopicOptions from(Configuration file) {
    SourceOptions source = SourceOptions.from(file);
    return new EmbedTopicOptions(
        source,
        SinkOptions.from(file, source.format()),
        required(file, JobOptions.MODEL_DIRECTORY),
        ModelKeys.read(file),
        file.get(JobOptions.MODEL_ON_CHANGE),
        BatchKeys.read(file),
        file.get(ModelKeys.SESSION_SHARING),
        BatchKeys.ChunkingKeys.read(file),
        ModelKeys.ChangeKeys.read(file),
        ModelKeys.ChangeKeys.bootstrap(file),
        file.get(JobOptions.STARTUP_TIMEOUT));
  }

  /**
   * The same to show what records would become, each for itself: nothing is measured, and nothing
   * is known of them.
   */
  public EmbedTopicOptions forPreview() {
    return new EmbedTopicOptions(
        source,
        sink,
        modelDirectory,
        embedder,
        onModelChange,
        new BatchingOptions(
            batching.policy(),
            batching.batcher(),
            CalibrationOptions.OFF,
            batching.inFlightBytes()),
        sharing,
        chunking,
        ChangeOptions.OFF,
        BootstrapPolicy.OFF,
        startupTimeout);
  }

  /**
   * Checks what only the model tells.
   *
   * @throws InvalidPipelineException if an option is out of its range
   */
  public void checkModel(ModelDescription model) {
    BatchKeys.ChunkingKeys.checkModel(this, model);
  }

  /** The default of what must differ between jobs: two sources may feed one sink. */
  public String defaultName() {
    return defaultName(source.topics(), sink.topic());
  }

  static String defaultName(Configuration file) {
    return defaultName(SourceTopics.read(file), required(file, JobOptions.SINK_TOPIC));
  }

  private static String defaultName(SourceTopics topics, String sinkTopic) {
    return "streambed-%s-to-%s".formatted(topics.shortName(), sinkTopic);
  }
}
