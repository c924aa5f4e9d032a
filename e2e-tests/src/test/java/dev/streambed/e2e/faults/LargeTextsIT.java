package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyModel;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.harness.JobClient;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.OutputCheck;
import dev.streambed.e2e.records.TestTexts;
import dev.streambed.embedder.model.ModelDirectory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The deployable jar in a task heap of 256 MB, with texts that it cannot hold all at once: many of
 * 900 KB among small ones. Promises 1 and 5 of CONTRIBUTING.md.
 */
class LargeTextsIT {
  /** Records; all in flight at once, they would take several times the heap. */
  private static final int RECORDS = Integer.getInteger("large-texts.records", 600);

  private static final int LARGE_CHARACTERS = 900_000;

  /** Bytes: a third of an eighth of the heap, and some for other state. */
  private static final long LARGEST_CHECKPOINT = 384 / 8 / 3 * (1L << 20) + (1 << 20);

  /** Some 15 ms for a text: slower than records are read. */
  private static final int ROUNDS = 10;

  /** Records after which Kafka's producer trusts that texts of one letter take no space. */
  private static final int LEARNT = 200;

  private static final Duration POLL = Duration.ofMillis(100);

  @TempDir private Path directory;

  @Test
  void holdsTextsInFlightWithinItsHeapAndItsCheckpoints() throws Exception {
    ModelDirectory model = FaultyModel.create(directory, ROUNDS);
    try (KafkaBroker broker = KafkaBroker.start();
        FlinkCluster cluster =
            FlinkCluster.start(directory.resolve("flink"), /* taskManagers= */ 1, /* slots= */ 1)) {
      JobTopics topics = JobTopics.create(broker, "large");
      send(topics);
      Path pipeline =
          topics.writePipeline(
              directory,
              broker.bootstrapServers(),
              model,
              "execution.checkpointing.interval: 1 s",
              "streambed.source.bounded: true");

      String job = cluster.jobs().run(pipeline, /* parallelism= */ 1);
      try {
        cluster.jobs().awaitStatus(job, "FINISHED");
      } finally {
        cluster.taskManager(0).assertRuns(); // it ends by itself when it is out of memory
      }

      JobClient.Checkpoints checkpoints = cluster.jobs().checkpoints(job);
      System.out.printf(
          "Large texts: %d records; %s; largest checkpoint %.1f MiB%n",
          RECORDS, checkpoints, checkpoints.largestBytes() / (double) (1 << 20));
      assertThat(checkpoints.completed()).isGreaterThan(3);
      assertThat(checkpoints.restored()).isZero();
      assertThat(checkpoints.largestBytes()).isBetween(1L << 20, LARGEST_CHECKPOINT);
      assertThat(topics.readDeadLetters()).isEmpty();
      assertThat(delivered(topics))
          .isEqualTo(IntStream.range(0, RECORDS).boxed().map(List::of).toList());
      assertThat(Files.readString(cluster.taskManager(0).logFile()))
          .doesNotContain("the name 'pendingCommittables'") // of a collision, at each checkpoint
          .doesNotContain("the name 'currentSendTime'");
    }
  }

  /** Sends compressed batches of the largest size: one holds more than a heap can. */
  private static void send(JobTopics topics) throws Exception {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (var producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                topics.broker().bootstrapServers(),
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "gzip",
                ProducerConfig.BATCH_SIZE_CONFIG,
                1_000_000,
                ProducerConfig.LINGER_MS_CONFIG,
                10_000),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int number = 0; number < RECORDS; number++) {
        sent.add(producer.send(record(topics, number)));
        if (number < LEARNT) {
          producer.flush();
        }
      }
    }
    for (Future<RecordMetadata> each : sent) {
      each.get();
    }
  }

  /** Every second one is large, but none has more than three tokens. */
  private static ProducerRecord<byte[], byte[]> record(JobTopics topics, int number) {
    String text = "w" + number % FaultyModel.WORDS;
    if (number < LEARNT) {
      text += " " + "x".repeat(20_000);
    } else if (number % 2 == 0) {
      text = FaultyModel.HEAVY + " " + "x".repeat(LARGE_CHARACTERS);
    }
    byte[] value = "{\"text\":\"%s\"}".formatted(text).getBytes(StandardCharsets.UTF_8);
    byte[] digits = Integer.toString(number).getBytes(StandardCharsets.UTF_8);
    return new ProducerRecord<>(
        topics.input(),
        /* partition= */ number % 4,
        TestTexts.FIRST_TIMESTAMP,
        digits,
        value,
        List.of(new RecordHeader(TestTexts.NUMBER, digits)));
  }

  /** The numbers of the records that came, in order, and how often each came. Keeps no value. */
  private static List<List<Integer>> delivered(JobTopics topics) {
    Map<Integer, List<Integer>> byNumber = new HashMap<>();
    try (var consumer = topics.committedOutput()) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer
            .poll(POLL)
            .forEach(
                record -> {
                  int number = OutputCheck.number(record);
                  byNumber.computeIfAbsent(number, any -> new ArrayList<>()).add(number);
                });
      }
    }
    return byNumber.keySet().stream()
        .sorted()
        .map(number -> byNumber.getOrDefault(number, List.of()))
        .toList();
  }
}
