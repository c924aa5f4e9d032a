package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** An example file, what its topic holds, and what is to come of it. */
final class ExamplePipeline {
  private static final Path EXAMPLES = Path.of("../docs/examples");
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** Partitions of the topics of texts and embeddings. */
  static final int PARTITIONS = 4;

  private final Configuration pipeline;
  private final KafkaBroker broker;
  private final Path directory;
  private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
  private final Map<String, List<@Nullable String>> expected = new TreeMap<>();
  private int outputs;

  /**
   * An example with nothing in its topic yet.
   *
   * @param broker stays the caller's
   * @param directory for checkpoints
   */
  ExamplePipeline(String file, KafkaBroker broker, ModelDirectory model, Path directory) {
    this.broker = broker;
    this.directory = directory;
    pipeline = PipelineFile.read(EXAMPLES.resolve(file));
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
  }

  void send(@Nullable String key, @Nullable String value) {
    send(key, bytes(value));
  }

  void send(@Nullable String key, byte @Nullable [] value) {
    records.add(new ProducerRecord<>(pipeline.get(JobOptions.SOURCE_TOPIC), bytes(key), value));
  }

  Configuration options() {
    return pipeline;
  }

  /** Its committed output. */
  List<ConsumerRecord<byte[], byte[]>> output() {
    return Topics.readAll(broker, pipeline.get(JobOptions.SINK_TOPIC));
  }

  /** An embedding of a text, or a tombstone for null, under a Kafka key. */
  void expect(String key, @Nullable String text) {
    expected.computeIfAbsent(key, unused -> new ArrayList<>()).add(text);
    outputs++;
  }

  /**
   * Runs the file; a TaskManager is lost while the second half is on its way.
   *
   * @return the embeddings, after a check that they and the tombstones are those expected, each
   *     once, in order per key
   */
  List<EmbeddingRecord> run() throws Exception {
    String output = pipeline.get(JobOptions.SINK_TOPIC);
    createTopics();
    int half = records.size() / 2;
    try (FaultyCluster cluster = FaultyCluster.start(directory)) {
      Topics.send(broker, records.subList(0, half));
      JobID job = cluster.submit(pipeline, EmbedTopicJob::build);
      cluster.checkpoint(job); // most likely with records in flight
      Topics.send(broker, records.subList(half, records.size()));
      await("output of the second half")
          .atMost(LIMIT)
          .until(() -> Topics.readUncommitted(broker, output).size() > outputs * 3 / 4);
      loseATaskManager(cluster, job);
      awaitOutput(cluster, job);
      cluster.drain(job);
    }
    return check();
  }

  void createTopics() throws Exception {
    broker.createTopic(pipeline.get(JobOptions.SOURCE_TOPIC), PARTITIONS);
    broker.createTopic(pipeline.get(JobOptions.SINK_TOPIC), PARTITIONS);
    broker.createTopic(pipeline.get(JobOptions.SINK_DEAD_LETTER_TOPIC), 1);
  }

  /** Sends the records that are not sent yet. */
  void sendAll() throws Exception {
    Topics.send(broker, records);
    records.clear();
  }

  /** Takes a TaskManager from a job, and waits until it goes on from its last checkpoint. */
  static void loseATaskManager(FaultyCluster cluster, JobID job) throws Exception {
    long restores = cluster.restores(job);
    cluster.replaceTaskManager();
    await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
  }

  /** Waits until as much is committed as is expected so far. */
  void awaitOutput(FaultyCluster cluster, JobID job) {
    await("all output to be committed")
        .atMost(LIMIT)
        .until(
            () -> {
              cluster.checkpoint(job);
              return output().size() >= outputs;
            });
  }

  /** The embeddings, checked as {@link #run} says. */
  List<EmbeddingRecord> check() {
    String deadLetters = pipeline.get(JobOptions.SINK_DEAD_LETTER_TOPIC);
    assertThat(Topics.deadLetters(broker, deadLetters)).isEmpty();
    List<ConsumerRecord<byte[], byte[]>> found = output();
    Map<String, List<@Nullable String>> texts = new TreeMap<>();
    List<EmbeddingRecord> embeddings = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : found) {
      String key = new String(record.key(), StandardCharsets.UTF_8);
      EmbeddingRecord embedding =
          record.value() == null ? null : EmbeddingRecordCodec.decodeJson(record.value());
      texts
          .computeIfAbsent(key, unused -> new ArrayList<>())
          .add(embedding == null ? null : Objects.requireNonNull(embedding.text()));
      if (embedding != null) {
        embeddings.add(embedding);
      }
    }
    assertThat(texts).isEqualTo(expected);
    return embeddings;
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
