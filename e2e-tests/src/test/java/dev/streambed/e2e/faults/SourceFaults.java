package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.records.CanaryExtension;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SourceTopics;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** A job whose source topic changes behind its back; its records are numbers, as their keys. */
final class SourceFaults {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final KafkaBroker broker;
  private final FaultyCluster cluster;
  private final String name;
  private final Configuration pipeline = new Configuration();

  private SourceFaults(KafkaBroker broker, FaultyCluster cluster, String name) {
    this.broker = broker;
    this.cluster = cluster;
    this.name = name;
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, source());
    pipeline.set(JobOptions.SINK_TOPIC, sink());
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, name + "-dead-letters");
    pipeline.set(
        JobOptions.MODEL_DIRECTORY,
        Path.of("../embedder/src/test/resources/tiny-model").toAbsolutePath().toString());
    pipeline.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1));
  }

  /** Creates the topics of a job, which has not been started yet. */
  static SourceFaults create(KafkaBroker broker, FaultyCluster cluster, String name, int partitions)
      throws Exception {
    var faults = new SourceFaults(broker, cluster, name);
    broker.createTopic(faults.source(), partitions);
    broker.createTopic(faults.sink(), 1);
    broker.createTopic(name + "-dead-letters", 1);
    return faults;
  }

  String source() {
    return name + "-texts";
  }

  private String sink() {
    return name + "-embeddings";
  }

  /** The options of starts from now on. */
  Configuration pipeline() {
    return pipeline;
  }

  /** Makes the job read other topics than {@link #source}. */
  void read(ConfigOption<String> option, String topics) {
    for (ConfigOption<String> each :
        List.of(JobOptions.SOURCE_TOPIC, SourceTopics.TOPICS, SourceTopics.PATTERN)) {
      pipeline.removeConfig(each);
    }
    pipeline.set(option, topics);
  }

  JobID start() throws Exception {
    pipeline.removeConfig(StateRecoveryOptions.SAVEPOINT_PATH);
    return cluster.submit(pipeline, EmbedTopicJob::build);
  }

  JobID startFrom(String savepoint, LostOffsetsPolicy policy) throws Exception {
    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    pipeline.set(JobOptions.SOURCE_ON_LOST_OFFSETS, policy);
    return cluster.submit(pipeline, EmbedTopicJob::build);
  }

  String stop(JobID job) throws Exception {
    String savepoint = cluster.savepoint(job);
    cluster.cancel(job);
    return savepoint;
  }

  /** Sends the numbers of a range to a partition. */
  void send(int partition, int first, int end) throws ExecutionException, InterruptedException {
    send(source(), partition, first, end);
  }

  void send(String topic, int partition, int first, int end)
      throws ExecutionException, InterruptedException {
    Topics.send(
        broker,
        IntStream.range(first, end).mapToObj(number -> record(topic, partition, number)).toList());
  }

  ProducerRecord<byte[], byte[]> record(int partition, int number) {
    return record(source(), partition, number);
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, int partition, int number) {
    return new ProducerRecord<>(
        topic,
        partition,
        Integer.toString(number).getBytes(StandardCharsets.UTF_8),
        "{\"text\":\"the dog bites the man\"}".getBytes(StandardCharsets.UTF_8));
  }

  void deleteRecordsBefore(long offset) throws Exception {
    deleteRecordsBefore(source(), offset);
  }

  void deleteRecordsBefore(String topic, long offset) throws Exception {
    try (Admin admin = admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get();
    }
  }

  void deleteTopic() throws Exception {
    deleteTopic(source());
  }

  void deleteTopic(String topic) throws Exception {
    try (Admin admin = admin()) {
      admin.deleteTopics(List.of(topic)).all().get();
      await("deletion of " + topic)
          .atMost(LIMIT)
          .until(
              () -> {
                try {
                  admin.describeTopics(List.of(topic)).allTopicNames().get();
                  return false;
                } catch (ExecutionException e) {
                  return e.getCause() instanceof UnknownTopicOrPartitionException;
                }
              });
    }
  }

  void makeTopicAnew(int partitions) throws Exception {
    deleteTopic();
    broker.createTopic(source(), partitions);
  }

  void growTo(String topic, int partitions) throws Exception {
    try (Admin admin = admin()) {
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
    }
  }

  /** The offset that the job's group has committed in the first partition, if any. */
  Optional<OffsetAndMetadata> committed() throws Exception {
    String group = "streambed-%s-to-%s".formatted(source(), sink());
    try (Admin admin = admin()) {
      return Optional.ofNullable(
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get()
              .get(new TopicPartition(source(), 0)));
    }
  }

  /** Deletes the topic's first partition from the disk of the broker, which must not run. */
  void emptyLog() throws IOException {
    Path log;
    try (Stream<Path> files = Files.walk(broker.directory())) {
      log = files.filter(file -> file.endsWith(source() + "-0")).findFirst().orElseThrow();
    }
    try (Stream<Path> files = Files.list(log)) {
      for (Path file : files.toList()) {
        if (!file.endsWith("partition.metadata")) {
          Files.delete(file);
        }
      }
    }
  }

  /** Commits what the job has written until exactly these numbers are delivered. */
  void awaitDelivered(JobID job, Stream<String> numbers) {
    List<String> expected = numbers.toList();
    await("%d records of %s".formatted(expected.size(), name))
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              cluster.checkpoint(job);
              assertThat(delivered()).containsExactlyInAnyOrderElementsOf(expected);
            });
  }

  /** Waits until the writers of all jobs together have sent so many records. */
  void awaitWritten(long records) {
    await("%d records written".formatted(records))
        .atMost(LIMIT)
        .until(() -> cluster.recordsWritten() >= records);
  }

  /** Waits until the job has gone back to its last checkpoint. */
  void awaitRestore(JobID job) {
    await("restore of " + name).atMost(LIMIT).until(() -> cluster.restores(job) > 0);
  }

  List<String> delivered() {
    return Topics.readAll(broker, sink()).stream()
        .map(record -> new String(record.key(), StandardCharsets.UTF_8))
        .toList();
  }

  /** All warnings so far in the log of the cluster, which runs in this JVM. */
  static List<String> warnings() throws IOException {
    try (Stream<String> lines = Files.lines(CanaryExtension.logFile())) {
      return lines.filter(line -> line.contains("WARN")).toList();
    }
  }

  static Stream<String> numbers(int first, int end) {
    return IntStream.range(first, end).mapToObj(Integer::toString);
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }
}
