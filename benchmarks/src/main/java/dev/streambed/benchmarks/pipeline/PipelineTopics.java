package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToLongFunction;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topics of one run.
 *
 * @param input filled before the run
 * @param output empty before the run
 */
@Internal
public record PipelineTopics(
    String bootstrapServers, String input, String output, String deadLetters) {
  private static final int INPUT_PARTITIONS = 4;
  private static final Duration POLL = Duration.ofSeconds(1);

  // One, so that it is known how many markers of transactions it has: see CommittedEnd.
  private static final int OUTPUT_PARTITIONS = 1;

  /** Makes an empty output for a run that reads the given input. */
  public static PipelineTopics withNewOutput(KafkaBroker broker, String input, String run)
      throws IOException, InterruptedException {
    var topics = new PipelineTopics(broker.bootstrapServers(), input, run, run + "-dead-letters");
    broker.createTopic(topics.output, OUTPUT_PARTITIONS);
    broker.createTopic(topics.deadLetters, 1);
    return topics;
  }

  /** Deletes the output; the runs of a benchmark write some gigabytes each. */
  public void deleteOutput() throws InterruptedException, ExecutionException {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      admin.deleteTopics(List.of(output, deadLetters)).all().get();
    }
  }

  /** A pipeline file, as a user would write it, on top of Flink's configuration. */
  public Configuration pipelineFile(Configuration flink, ModelFiles model) {
    return pipelineFile(flink, model.streambed());
  }

  /** As above, with a model directory of Streambed. */
  public Configuration pipelineFile(Configuration flink, Path model) {
    Configuration file = new Configuration(flink);
    file.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, bootstrapServers);
    file.set(JobOptions.SOURCE_TOPIC, input);
    file.set(JobOptions.SOURCE_GROUP_ID, output);
    file.set(JobOptions.SINK_TOPIC, output);
    file.set(JobOptions.SINK_DEAD_LETTER_TOPIC, deadLetters);
    file.set(JobOptions.MODEL_DIRECTORY, model.toString());
    return file;
  }

  /**
   * A text that no other copy equals, since equal texts are embedded once: its number is one token
   * more.
   */
  public static String numbered(String text, int copy) {
    return text + " " + copy;
  }

  /** Makes and fills an input: the texts over and over, numbered, each with a key of its own. */
  public static void fill(KafkaBroker broker, String topic, List<String> texts, int records)
      throws IOException, InterruptedException {
    fill(broker, topic, texts, records, SourceShape.OWN_JSON);
  }

  static void fill(
      KafkaBroker broker, String topic, List<String> texts, int records, SourceShape shape)
      throws IOException, InterruptedException {
    fill(broker, topic, texts, new Passes(records, /* count= */ 1), shape);
  }

  /**
   * Makes and fills an input whose records come again as they are.
   *
   * @param documents with a key each; a multiple of 4 keeps a key in its partition
   */
  public static void fillInPasses(
      KafkaBroker broker, String topic, List<String> texts, int documents, int passes)
      throws IOException, InterruptedException {
    fill(broker, topic, texts, new Passes(documents, passes), SourceShape.OWN_JSON);
  }

  /** So many documents, over and over. */
  private record Passes(int documents, int count) {}

  private static void fill(
      KafkaBroker broker, String topic, List<String> texts, Passes passes, SourceShape shape)
      throws IOException, InterruptedException {
    int records = Math.multiplyExact(passes.documents, passes.count);
    broker.createTopic(topic, INPUT_PARTITIONS);
    Map<String, Object> settings =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ProducerConfig.LINGER_MS_CONFIG,
            20,
            ProducerConfig.BATCH_SIZE_CONFIG,
            256 * 1024);
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (var producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < records && failure.get() == null; i++) {
        int document = i % passes.documents;
        String key = "record-" + document;
        byte[] value =
            shape.encode(
                new TextRecord(
                    key,
                    numbered(texts.get(document % texts.size()), document / texts.size()),
                    null,
                    Map.of(),
                    document));
        var unused =
            producer.send(
                new ProducerRecord<>(
                    topic, i % INPUT_PARTITIONS, key.getBytes(StandardCharsets.UTF_8), value),
                (metadata, exception) -> {
                  if (exception != null) {
                    failure.set(exception);
                  }
                });
      }
    }
    if (failure.get() != null) {
      throw new IOException("Cannot fill topic " + topic + ".", failure.get());
    }
  }

  /** Tokens of the texts whose embeddings were committed in a window, as the model saw them. */
  public long tokens(CommitRate.Window window) {
    return tokens(window, value -> EmbeddingRecordCodec.decodeJson(value).provenance().tokens());
  }

  /**
   * As {@link #tokens(CommitRate.Window)}, of values of another form.
   *
   * @param tokensOf a value
   */
  public long tokens(CommitRate.Window window, ToLongFunction<byte[]> tokensOf) {
    long tokens = 0;
    try (KafkaConsumer<byte[], byte[]> consumer = committedOutput()) {
      TopicPartition partition = outputPartition();
      consumer.assign(List.of(partition));
      consumer.seek(partition, window.from());
      while (consumer.position(partition) < window.to()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.offset() < window.to()) {
            tokens += tokensOf.applyAsLong(record.value());
          }
        }
      }
    }
    return tokens;
  }

  private TopicPartition outputPartition() {
    return new TopicPartition(output, 0);
  }

  private KafkaConsumer<byte[], byte[]> committedOutput() {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  /**
   * Where the committed part of the output ends. Each transaction leaves one marker in it, which is
   * counted as if it were a record.
   */
  static final class CommittedEnd implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final TopicPartition partition;

    CommittedEnd(PipelineTopics topics) {
      this.partition = topics.outputPartition();
      this.consumer = topics.committedOutput();
    }

    long offset() {
      return consumer.endOffsets(List.of(partition)).values().iterator().next();
    }

    @Override
    public void close() {
      consumer.close();
    }
  }

  /** How many records of the input are behind what the job has committed of its position. */
  static final class CommittedPosition implements AutoCloseable {
    private final Admin admin;
    private final String group;

    CommittedPosition(PipelineTopics topics) {
      this.admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, topics.bootstrapServers));
      this.group = topics.output; // as pipelineFile says
    }

    long offset() throws ExecutionException, InterruptedException {
      long sum = 0;
      for (OffsetAndMetadata offset :
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values()) {
        sum += offset.offset();
      }
      return sum;
    }

    @Override
    public void close() {
      admin.close();
    }
  }

  /** Where the committed part of the output ends, markers of transactions counted as records. */
  public long committedEnd() {
    try (CommittedEnd end = new CommittedEnd(this)) {
      return end.offset();
    }
  }
}
