package dev.streambed.jobs.options;

import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.calibration.CalibrationOptions;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.SessionSharing;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/**
 * What a pipeline file says about {@link EmbedTopicJob}, checked as far as it can be without model
 * and Kafka.
 *
 * @param modelDirectory path of the model directory
 * @param onModelChange what to do if the job has written vectors that do not compare with its own
 * @param startupTimeout how long the start-up checks wait for Kafka; 1 ms to 1 d
 */
public record EmbedTopicOptions(
    SourceOptions source,
    SinkOptions sink,
    String modelDirectory,
    EmbedderOptions embedder,
    ModelChangePolicy onModelChange,
    BatchingOptions batching,
    SessionSharing sharing,
    Duration startupTimeout) {

  static final SessionSharing DEFAULT_SESSION_SHARING = SessionSharing.SLOT;
  static final ModelChangePolicy DEFAULT_ON_MODEL_CHANGE = ModelChangePolicy.FAIL;
  static final Duration DEFAULT_STARTUP_TIMEOUT = Duration.ofSeconds(10);

  public EmbedTopicOptions {
    check(
        startupTimeout.compareTo(Duration.ofMillis(1)) >= 0
            && startupTimeout.compareTo(Duration.ofDays(1)) <= 0,
        "timeout",
        startupTimeout,
        "between 1 ms and 1 d");
    if (source.bootstrapServers().equals(sink.bootstrapServers())) {
      checkTopics(source, sink);
    }
  }

  private static void checkTopics(SourceOptions source, SinkOptions sink) {
    for (String topic : new String[] {sink.topic(), sink.deadLetterTopic()}) {
      check(
          !topic.equals(source.topic()),
          "a topic of the sink",
          "'" + topic + "'",
          "another topic than the source's, or the job would read what it writes");
    }
  }

  /** Whether a topic of the sink is named as the source's, which two clusters allow. */
  public boolean usesATopicNameTwice() {
    return source.topic().equals(sink.topic()) || source.topic().equals(sink.deadLetterTopic());
  }

  /**
   * Checks the topics of a job whose source and sink are found to be on one cluster, by whatever
   * addresses.
   *
   * @throws InvalidPipelineException if the job would read what it writes
   */
  public void checkOnOneCluster() {
    try {
      checkTopics(source, sink);
    } catch (IllegalArgumentException e) {
      throw new InvalidPipelineException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Reads the options.
   *
   * @throws InvalidPipelineException if one is missing or out of its range
   */
  public static EmbedTopicOptions from(Configuration file) {
    String sinkTopic = required(file, JobOptions.SINK_TOPIC);
    SourceOptions source = named("streambed.source.", () -> source(file, sinkTopic));
    SinkOptions sink = named("streambed.sink.", () -> sink(file, sinkTopic));
    EmbedderOptions embedder = named("streambed.model.", () -> embedder(file));
    BatchingOptions batching = named("streambed.batch.", () -> batching(file));
    String modelDirectory = required(file, JobOptions.MODEL_DIRECTORY);
    return named(
        "streambed.",
        () ->
            new EmbedTopicOptions(
                source,
                sink,
                modelDirectory,
                embedder,
                file.get(JobOptions.MODEL_ON_CHANGE),
                batching,
                file.get(JobOptions.SESSION_SHARING),
                file.get(JobOptions.STARTUP_TIMEOUT)));
  }

  private static SourceOptions source(Configuration file, String sinkTopic) {
    Map<String, String> kafka = file.get(JobOptions.SOURCE_KAFKA);
    checkNotReserved(JobOptions.SOURCE_KAFKA, kafka, SourceOptions.RESERVED);
    KafkaSecrets.check(JobOptions.SOURCE_KAFKA, kafka);
    ClientProperties.CONSUMER.check(JobOptions.SOURCE_KAFKA, kafka);
    return new SourceOptions(
        required(file, JobOptions.SOURCE_BOOTSTRAP_SERVERS),
        required(file, JobOptions.SOURCE_TOPIC),
        file.get(JobOptions.SOURCE_FORMAT),
        file.getOptional(JobOptions.SOURCE_GROUP_ID)
            .orElseGet(() -> defaultName(required(file, JobOptions.SOURCE_TOPIC), sinkTopic)),
        file.get(JobOptions.SOURCE_ISOLATION_LEVEL),
        file.get(JobOptions.SOURCE_BOUNDED),
        file.get(JobOptions.SOURCE_REQUIRE_KEY),
        file.get(JobOptions.SOURCE_ON_LOST_OFFSETS),
        kafka);
  }

  private static SinkOptions sink(Configuration file, String sinkTopic) {
    Map<String, String> kafka = file.get(JobOptions.SINK_KAFKA);
    checkNotReserved(JobOptions.SINK_KAFKA, kafka, SinkOptions.RESERVED);
    KafkaSecrets.check(JobOptions.SINK_KAFKA, kafka);
    ClientProperties.PRODUCER.check(JobOptions.SINK_KAFKA, kafka);
    var options =
        new SinkOptions(
            file.getOptional(JobOptions.SINK_BOOTSTRAP_SERVERS)
                .orElse(required(file, JobOptions.SOURCE_BOOTSTRAP_SERVERS)),
            sinkTopic,
            required(file, JobOptions.SINK_DEAD_LETTER_TOPIC),
            file.get(JobOptions.SINK_FORMAT),
            file.get(JobOptions.SINK_INCLUDE_TEXT),
            file.getOptional(JobOptions.SINK_TRANSACTIONAL_ID_PREFIX)
                .orElseGet(() -> defaultName(required(file, JobOptions.SOURCE_TOPIC), sinkTopic)),
            file.get(JobOptions.SINK_TRANSACTION_TIMEOUT),
            file.get(JobOptions.SINK_TRANSACTION_NAMING),
            file.get(JobOptions.SINK_ON_LOST_TRANSACTION),
            file.get(JobOptions.SINK_MAX_RECORD_SIZE),
            kafka);
    options.checkBuffer();
    return options;
  }

  /** The default of what must differ between jobs: two sources may feed one sink. */
  public String defaultName() {
    return defaultName(source.topic(), sink.topic());
  }

  private static String defaultName(String sourceTopic, String sinkTopic) {
    return "streambed-%s-to-%s".formatted(sourceTopic, sinkTopic);
  }

  private static EmbedderOptions embedder(Configuration file) {
    return new EmbedderOptions(
        file.get(JobOptions.MODEL_DIMENSIONS),
        file.getOptional(JobOptions.MODEL_PROMPT).orElse(null),
        file.get(JobOptions.MODEL_MAX_CHARACTERS),
        file.get(JobOptions.MODEL_INTRA_OP_THREADS),
        DeviceChoice.parse(file.get(JobOptions.MODEL_DEVICE)));
  }

  private static BatchingOptions batching(Configuration file) {
    return new BatchingOptions(
        file.get(JobOptions.BATCH_MAX_RECORDS),
        file.get(JobOptions.BATCH_MAX_TOKENS),
        file.get(JobOptions.BATCH_WORKERS),
        file.get(JobOptions.BATCH_CACHE_SIZE).getBytes(),
        file.get(JobOptions.BATCH_MAX_IN_FLIGHT_SIZE).getBytes(),
        new CalibrationOptions(
            file.get(JobOptions.BATCH_CALIBRATION_LIMIT),
            file.getOptional(JobOptions.BATCH_CALIBRATION_DIRECTORY).orElse(null)));
  }

  private static String required(Configuration file, ConfigOption<String> option) {
    return file.getOptional(option)
        .orElseThrow(
            () ->
                new InvalidPipelineException(
                    "Option %s is missing. It has no default.".formatted(option.key())));
  }

  private static void checkNotReserved(
      ConfigOption<?> option, Map<String, String> kafka, Map<String, String> reserved) {
    for (String property : kafka.keySet()) {
      String replacement = reserved.get(property);
      if (replacement != null) {
        String parent = option.key().substring(0, option.key().lastIndexOf('.') + 1);
        throw new InvalidPipelineException(
            "Option %s.%s cannot be set: %s."
                .formatted(
                    option.key(),
                    property,
                    replacement.isEmpty()
                        ? "exactly-once delivery needs the job's own value"
                        : "use " + parent + replacement),
            /* cause= */ null,
            option.key() + "." + property);
      }
    }
  }

  /**
   * Puts the option's key in the place of the component's name in the message of a failed check,
   * because records know no keys.
   */
  private static <T> T named(String keyPrefix, Supplier<T> options) {
    try {
      return options.get();
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      String found = null;
      for (ConfigOption<?> option : JobOptions.all()) {
        String name = camelCase(option.key().substring(option.key().lastIndexOf('.') + 1));
        if (option.key().startsWith(keyPrefix)) {
          String named = message.replace(" for " + name + ":", " for option " + option.key() + ":");
          found = named.equals(message) ? found : option.key();
          message = named;
        }
      }
      throw new InvalidPipelineException(message, e, found);
    }
  }

  private static String camelCase(String hyphenated) {
    var name = new StringBuilder(hyphenated);
    for (int i = name.indexOf("-"); i >= 0; i = name.indexOf("-")) {
      name.deleteCharAt(i);
      name.setCharAt(i, Character.toUpperCase(name.charAt(i)));
    }
    return name.toString();
  }

  static void check(boolean holds, String name, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "Invalid value %s for %s: must be %s.".formatted(found, name, expected));
    }
  }
}
