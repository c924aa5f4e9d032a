package dev.streambed.jobs;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.jobs.flink.FlinkSettings;
import dev.streambed.jobs.flink.FlinkWarnings;
import dev.streambed.jobs.kafka.LastEmbeddings;
import dev.streambed.jobs.kafka.OutputLimits;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.startup.CheckedTopics;
import dev.streambed.jobs.kafka.startup.KafkaChecks;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.KnownOptions;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.operator.LocatedModel;
import dev.streambed.operator.OnnxTextEmbedderFactory;
import dev.streambed.operator.TextEmbedderFactory;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.profile.Profile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job: a Kafka topic of texts in, a Kafka topic of embeddings out, exactly once. Records that
 * cannot be embedded go to a dead-letter topic, exactly once too. This class checks everything,
 * then wires the steps of {@link EmbedTopicSteps}; it runs where the job is started, the steps run
 * on Flink's task threads.
 *
 * <pre>{@code
 * LossAwareSource -> decode -> embed -> encode -> KafkaSink (embeddings)
 *                      |         |         |
 *                      '---------'---------'---> encode dead letters -> KafkaSink
 * }</pre>
 *
 * <p>No step changes the partitioning, so records of a key, which lie in one partition, stay in
 * order. If the job looks for changes or splits texts, the records of a document come to one task,
 * in their order.
 */
@PublicEvolving
public final class EmbedTopicJob {
  private static final Logger LOG = LoggerFactory.getLogger(EmbedTopicJob.class);

  private EmbedTopicJob() {}

  /** Runs the job of a pipeline file; the entry point for {@code flink run}. */
  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      throw new InvalidPipelineException(
          "Found %d arguments; expected one: the path of a pipeline file.".formatted(args.length));
    }
    Path path = Path.of(args[0]);
    Configuration file = PipelineFile.read(path);
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    FlinkWarnings.onCluster(file, environment.getConfiguration()).forEach(LOG::warn);
    try {
      build(environment, file);
    } catch (InvalidPipelineException e) {
      throw PipelineFile.placed(path, e);
    }
    environment.execute();
  }

  /**
   * Checks options, model directory and Kafka, and adds the job to an environment.
   *
   * @param file as of {@link PipelineFile#read}
   * @throws InvalidPipelineException if an option or a setting of Kafka does not fit
   * @throws dev.streambed.embedder.InvalidModelException if the model directory does not fit
   */
  public static void build(StreamExecutionEnvironment environment, Configuration file) {
    add(EmbedTopicSteps.of(environment, file));
  }

  /**
   * As {@link #build(StreamExecutionEnvironment, Configuration)}, but other embedders make the
   * vectors; to measure what the steps around them carry.
   *
   * @param file its model directory is checked, and each record says that its vector is from it
   */
  public static void build(
      StreamExecutionEnvironment environment, Configuration file, TextEmbedderFactory embedders) {
    Checked job = checkAlone(environment, file);
    add(new EmbedTopicSteps(environment, job.registered(), embedders));
  }

  /**
   * The parts of the job, when all is checked.
   *
   * @param profile what embeddings look like
   * @param sinkHasRecords whether there are some in the sink's topic before the job begins
   */
  record Checked(
      EmbedTopicOptions options,
      ModelUse model,
      Profile profile,
      List<String> sourceTopics,
      OutputLimits limits,
      boolean sinkHasRecords) {

    /** The same for the values of a subject, if there is one, which then has their schema. */
    Checked registered() {
      Profile registered = SchemaRegistration.register(options.sink(), profile);
      return new Checked(options, model, registered, sourceTopics, limits, sinkHasRecords);
    }

    /** The same to show what records would become. */
    Checked forPreview() {
      return new Checked(
          options.forPreview(), model, profile, sourceTopics, limits, /* sinkHasRecords= */ false);
    }

    TextEmbedderFactory embedders() {
      return new OnnxTextEmbedderFactory(
          LocatedModel.location(options.modelDirectory()),
          options.embedder().withPrompt(model.defaultPrompt()),
          model.digest(),
          options.sharing());
    }
  }

  /** Checks all that a job needs, but not that it is the only one to write. */
  static Checked check(StreamExecutionEnvironment environment, Configuration file) {
    KnownOptions.check(file);
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    FlinkSettings.apply(environment, file, options);
    LocatedModel model = LocatedModel.open(options.modelDirectory());
    OnnxTextEmbedder.checkOptions(model.description(), options.embedder());
    options.checkModel(model.description());
    SchemaRegistration.checkAnswers(options);
    CheckedTopics topics = KafkaChecks.check(options);
    LOG.info(
        "Effective options: {}; checkpoints every {} ms.",
        FlinkSettings.effective(file),
        environment.getCheckpointConfig().getCheckpointInterval());

    ModelUse use = use(model.description(), model.digest(), options.embedder());
    Profile profile = options.sink().openProfile(use.namesOfOthers());
    SchemaRegistration.check(options.sink(), profile);
    boolean sinkHasRecords =
        LastEmbeddings.warnOfOthers(
            options.sink(), use.space(), use.digest(), options.startupTimeout());
    return new Checked(options, use, profile, topics.sources(), topics.limits(), sinkHasRecords);
  }

  /** As {@link #check}, and that no other job writes with the same transactional ids. */
  static Checked checkAlone(StreamExecutionEnvironment environment, Configuration file) {
    Checked job = check(environment, file);
    KafkaChecks.checkNobodyElseWrites(
        job.options, Duration.ofMillis(environment.getCheckpointConfig().getCheckpointInterval()));
    return job;
  }

  private static void add(EmbedTopicSteps steps) {
    steps.write(steps.encode(steps.embed(steps.decode(steps.read()))));
  }

  /**
   * The outputs of the steps.
   *
   * @param decoded the texts and deletions on the way to the embedder
   * @param embeddings for the sink's topic, tombstones included
   * @param deadLetters for the dead-letter topic
   */
  public record Outputs(
      DataStream<InputRecord> decoded,
      DataStream<OutputRecord> embeddings,
      DataStream<OutputRecord> deadLetters) {}

  /** Everything between the source and the sinks. */
  static Outputs connect(
      DataStream<SourceRecord> records, TextEmbedderFactory embedders, Checked job) {
    var steps = new EmbedTopicSteps(records.getExecutionEnvironment(), job, embedders);
    DataStream<InputRecord> decoded = steps.decode(records);
    DataStream<OutputRecord> encoded = steps.encode(steps.embed(decoded));
    return new Outputs(decoded, encoded, steps.encodedDeadLetters());
  }

  /** The vectors of a record, which wait for their order with it: decision 0084. */
  static long bytesOfVectors(ModelUse model) {
    long components = 0;
    for (VectorSpace space : model.spaces()) {
      components += space.dimensions();
    }
    return components * Float.BYTES;
  }

  static ModelUse use(ModelDescription description, String digest, EmbedderOptions options) {
    String prompt = OnnxTextEmbedder.defaultPrompt(description, options);
    return new ModelUse(
        OnnxTextEmbedder.spaces(description, options),
        description.revision(),
        digest,
        description.precision().name().toLowerCase(Locale.ROOT),
        prompt);
  }
}
