package dev.streambed.e2e.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.kafka.source.LossAwareSource;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.schemas.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The offsets that the group of a job has committed, for others to see and for a new job. */
@SuppressWarnings("try") // close throws what the reader throws
class CommittedOffsetsIT {
  private static final int RECORDS = 100;

  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = KafkaBroker.start();
    Topics.makeTheTopicOfGroups(broker);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void commitsTheEndOfAPartitionThoughAnEarlierCommitComesBackLate() throws Exception {
    broker.createTopic("ends", 1);
    send("ends");
    broker.createTopic("empty", 1);
    var operator = new SourceOperatorCalls();
    try (SourceReader<SourceRecord, KafkaPartitionSplit> reader =
        source("ends,empty", "bounded").createReader(operator)) {
      reader.start();
      reader.addSplits(
          List.of(
              new KafkaPartitionSplit(partition("ends"), 0, RECORDS),
              new KafkaPartitionSplit(partition("empty"), 0)));
      operator.poll(reader, () -> !operator.emitted().isEmpty());
      long first = operator.emitted().size();
      reader.snapshotState(1);
      operator.poll(reader, () -> reader.snapshotState(2).size() == 1); // the other has ended

      reader.notifyCheckpointComplete(1);
      operator.poll(reader, () -> operator.count("commitsSucceeded") == 1);
      assertThat(committed("bounded"))
          .isEqualTo(Map.of(partition("ends"), first, partition("empty"), 0L));
      reader.snapshotState(3);
      reader.notifyCheckpointComplete(3);
      operator.poll(reader, () -> operator.count("commitsSucceeded") == 2);
    }

    assertThat(committed("bounded"))
        .isEqualTo(Map.of(partition("ends"), (long) RECORDS, partition("empty"), 0L));
  }

  @Test
  void goesOnWhenItsStateHasATopicThatIsNotNamedAnyMore() throws Exception {
    broker.createTopic("named", 1);
    send("named");
    broker.createTopic("left", 1);
    send("left");
    var operator = new SourceOperatorCalls();
    try (SourceReader<SourceRecord, KafkaPartitionSplit> reader =
        source("named", "leaving").createReader(operator)) {
      reader.start();
      reader.addSplits(
          List.of(
              new KafkaPartitionSplit(partition("named"), 0),
              new KafkaPartitionSplit(partition("left"), 10)));
      operator.poll(reader, () -> operator.emitted().size() == RECORDS);
      assertThat(reader.snapshotState(1)).hasSize(2);
      reader.notifyCheckpointComplete(1);
      operator.poll(reader, () -> operator.count("commitsSucceeded") == 1);
      send("named");
      operator.poll(reader, () -> operator.emitted().size() == 2 * RECORDS);
    }

    assertThat(committed("leaving")).isEqualTo(Map.of(partition("named"), (long) RECORDS));
  }

  private static LossAwareSource source(String topics, String group) {
    var file = new Configuration();
    file.setString("streambed.source.bootstrap-servers", broker.bootstrapServers());
    file.setString("streambed.source.topics", topics);
    file.setString("streambed.source.group-id", group);
    file.setString("streambed.sink.topic", "embeddings");
    file.setString("streambed.sink.dead-letter-topic", "dead-letters");
    file.setString(
        "streambed.model.directory",
        Path.of("../embedder/src/test/resources/tiny-model").toString());
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    return new LossAwareSource(options.source(), options.sink());
  }

  private static TopicPartition partition(String topic) {
    return new TopicPartition(topic, 0);
  }

  private static void send(String topic) throws Exception {
    Topics.send(
        broker,
        IntStream.range(0, RECORDS)
            .mapToObj(
                i ->
                    new ProducerRecord<>(
                        topic, new byte[] {1}, "{}".getBytes(StandardCharsets.UTF_8)))
            .toList());
  }

  private static Map<TopicPartition, Long> committed(String group) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      return admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .entrySet()
          .stream()
          .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().offset()));
    }
  }
}
