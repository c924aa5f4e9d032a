package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.records.CanaryExtension;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SourceTopics;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The settings of a broker and its topics are checked before the job is submitted. */
class StartupChecksIT {
  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        KafkaBroker.start(settings -> settings.setProperty("transaction.max.timeout.ms", "600000"));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic("texts", 1, (short) 1),
                  new NewTopic("embeddings", 1, (short) 1),
                  new NewTopic("dead-letters", 1, (short) 1),
                  topic("compacted", "cleanup.policy", "compact"),
                  topic("tight", "message.timestamp.before.max.ms", "60000"),
                  topic("huge", "max.message.bytes", "209715200"),
                  topic("huge-dead", "max.message.bytes", "209715200"),
                  topic("small", "max.message.bytes", "100000")))
          .all()
          .get();
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void takesATransactionTimeoutOfAtMostTheBrokersMaximum() {
    assertThatCode(() -> build(JobOptions.SINK_TRANSACTION_TIMEOUT, Duration.ofMinutes(10)))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> build(JobOptions.SINK_TRANSACTION_TIMEOUT, Duration.ofMinutes(15)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Kafka at %s allows transactions of 600 s (transaction.max.timeout.ms);"
                + " streambed.sink.transaction-timeout is 900 s. Lower the option or raise the"
                + " broker's setting.",
            broker.bootstrapServers());
  }

  @Test
  void refusesTopicsThatAreNotThere() {
    for (ConfigOption<String> option :
        List.of(
            JobOptions.SOURCE_TOPIC, JobOptions.SINK_TOPIC, JobOptions.SINK_DEAD_LETTER_TOPIC)) {
      assertThatThrownBy(() -> build(option, "nowhere"))
          .as(option.key())
          .isInstanceOf(InvalidPipelineException.class)
          .hasMessageEndingWith(
              "opic nowhere does not exist on %s. Create it, or correct its name."
                  .formatted(broker.bootstrapServers()));
    }
  }

  @Test
  void refusesToReadWhatItWritesByWhateverAddress() {
    String port = broker.bootstrapServers().replaceFirst(".*:", "");
    for (ConfigOption<String> option :
        List.of(JobOptions.SINK_TOPIC, JobOptions.SINK_DEAD_LETTER_TOPIC)) {
      var loop = new Configuration();
      loop.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, "127.0.0.1:" + port);
      loop.set(JobOptions.SINK_BOOTSTRAP_SERVERS, "localhost:" + port);
      loop.set(option, "texts");

      assertThatThrownBy(() -> build(loop))
          .as(option.key())
          .isInstanceOf(InvalidPipelineException.class)
          .hasMessage(
              "Invalid value 'texts' for a topic of the sink: must be another topic than the"
                  + " source's, or the job would read what it writes.");
    }
  }

  @Test
  void looksForTheTopicsOfAPattern() {
    var bounded = new Configuration();
    bounded.set(SourceTopics.PATTERN, "nowhere-.*");
    bounded.set(JobOptions.SOURCE_BOUNDED, true);
    assertThatThrownBy(() -> build(bounded))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("No topic on %s matches".formatted(broker.bootstrapServers()));

    assertThatCode(() -> build(SourceTopics.PATTERN, "nowhere-.*")).doesNotThrowAnyException();
    assertThatCode(() -> build(SourceTopics.PATTERN, "t.*ts")).doesNotThrowAnyException();
    assertThatThrownBy(() -> build(SourceTopics.TOPICS, "texts, nowhere"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Source topic nowhere does not exist on ");
  }

  @Test
  void refusesCompactedTopicsThatCannotTakeRecordsWithoutKeys() {
    assertThatThrownBy(() -> build(JobOptions.SINK_TOPIC, "compacted"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("Set streambed.source.require-key: true");
    assertThatThrownBy(() -> build(JobOptions.SINK_DEAD_LETTER_TOPIC, "compacted"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("Set its cleanup.policy to delete.");
  }

  @Test
  void refusesRecordsThatTheTopicsDoNotTake() {
    for (ConfigOption<String> option :
        List.of(JobOptions.SINK_TOPIC, JobOptions.SINK_DEAD_LETTER_TOPIC)) {
      assertThatThrownBy(() -> build(option, "small"))
          .as(option.key())
          .isInstanceOf(InvalidPipelineException.class)
          .hasMessageStartingWith(
              "Topic small takes records of up to 100000 bytes (max.message.bytes);"
                  + " streambed.sink.max-record-size is 1048576 bytes.");
    }
    assertThatThrownBy(() -> build(JobOptions.SINK_MAX_RECORD_SIZE, MemorySize.ofMebiBytes(2)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Topic embeddings takes records of up to ");
  }

  @Test
  void refusesADeadLetterTopicThatTakesNoTimestampButTheBrokersOwn() {
    assertThatThrownBy(() -> build(JobOptions.SINK_DEAD_LETTER_TOPIC, "tight"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith(
            "Dead-letter topic tight takes only timestamps near its broker's clock"
                + " (message.timestamp.before.max.ms=60000,")
        .hasMessageContaining("set its message.timestamp.type to LogAppendTime");
  }

  @Test
  void refusesRecordsThatTheBrokerTakesNoRequestsFor() {
    var huge = new Configuration();
    huge.set(JobOptions.SINK_TOPIC, "huge");
    huge.set(JobOptions.SINK_DEAD_LETTER_TOPIC, "huge-dead");
    huge.set(JobOptions.SINK_MAX_RECORD_SIZE, MemorySize.ofMebiBytes(100));

    assertThatThrownBy(() -> build(huge))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(
            "takes requests of 104857600 bytes (socket.request.max.bytes);"
                + " streambed.sink.max-record-size is 104857600 bytes");
  }

  @Test
  void refusesTimesInWhichNoClientGetsAnAnswer() {
    assertThatThrownBy(() -> build(JobOptions.SINK_KAFKA, Map.of("max.block.ms", "0")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith(
            "Kafka's producer cannot ask for topic embeddings with the properties of"
                + " streambed.sink.kafka: ");
  }

  @Test
  void refusesTheTransactionalIdsOfAJobThatWrites() throws Exception {
    var stopped = new AtomicBoolean();
    try (KafkaProducer<byte[], byte[]> one = producer("busy/embeddings/0");
        KafkaProducer<byte[], byte[]> other = producer("busy/embeddings/1")) {
      write(one);
      write(other);
      // One of the two is always open, as with a job of two subtasks.
      CompletableFuture<Void> job =
          CompletableFuture.runAsync(
              () -> {
                while (!stopped.get()) {
                  for (KafkaProducer<byte[], byte[]> producer : List.of(one, other)) {
                    producer.commitTransaction();
                    write(producer);
                  }
                }
              });
      try {
        assertThatThrownBy(() -> build(JobOptions.SINK_TRANSACTIONAL_ID_PREFIX, "busy"))
            .isInstanceOf(InvalidPipelineException.class)
            .hasMessageMatching(
                "Another job writes with the transactional ids of this one: transaction"
                    + " busy/embeddings/[01] began .*");
      } finally {
        stopped.set(true);
        job.get();
      }
    }
  }

  @Test
  void startsOverTransactionsThatAKilledJobHasLeftOpen() throws Exception {
    try (KafkaProducer<byte[], byte[]> killed = producer("left/dead-letters/0")) {
      write(killed);

      assertThatCode(() -> build(JobOptions.SINK_TRANSACTIONAL_ID_PREFIX, "left"))
          .doesNotThrowAnyException();
      assertThat(log()).contains("Transactions [left/dead-letters/0] are open");
      killed.abortTransaction();
    }
  }

  @Test
  void saysWhoseTransactionABoundedJobWaitsFor() throws Exception {
    try (KafkaProducer<byte[], byte[]> somebody = producer("somebody")) {
      somebody.beginTransaction();
      var record = new ProducerRecord<byte[], byte[]>("texts", new byte[1]);
      long offset = somebody.send(record).get().offset();

      build(JobOptions.SOURCE_BOUNDED, true);

      assertThat(log())
          .contains(
              "Partition texts-0 has an open transaction from offset %d on, of transactional id somebody."
                  .formatted(offset));
      somebody.abortTransaction();
    }
  }

  private static void write(KafkaProducer<byte[], byte[]> producer) {
    producer.beginTransaction();
    var unused = producer.send(new ProducerRecord<>("dead-letters", new byte[1]));
    producer.flush();
  }

  private static KafkaProducer<byte[], byte[]> producer(String transactionalId) {
    var producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "transactional.id",
                transactionalId),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }

  private static String log() throws IOException {
    return Files.readString(CanaryExtension.logFile());
  }

  private static NewTopic topic(String name, String setting, String value) {
    return new NewTopic(name, 1, (short) 1).configs(Map.of(setting, value));
  }

  private static <T> void build(ConfigOption<T> option, T value) {
    var more = new Configuration();
    more.set(option, value);
    build(more);
  }

  private static void build(Configuration more) {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    if (!more.contains(SourceTopics.TOPICS) && !more.contains(SourceTopics.PATTERN)) {
      pipeline.set(JobOptions.SOURCE_TOPIC, "texts");
    }
    pipeline.set(JobOptions.SINK_TOPIC, "embeddings");
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, "dead-letters");
    pipeline.set(JobOptions.SINK_TRANSACTION_TIMEOUT, Duration.ofMinutes(10));
    pipeline.set(JobOptions.MODEL_DIRECTORY, "../embedder/src/test/resources/tiny-model");
    pipeline.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
    pipeline.addAll(more);
    EmbedTopicJob.build(new StreamExecutionEnvironment(), pipeline);
  }
}
