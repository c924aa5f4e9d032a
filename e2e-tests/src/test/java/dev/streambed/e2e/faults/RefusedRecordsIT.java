package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.ApiFilter;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Part;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records that a topic of the sink refuses, and brokers with settings of their own: no record may
 * restart the job for ever. Promises 1 and 7 of CONTRIBUTING.md; jobs in this JVM, one broker.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES) // a job that restarts for ever does not end
class RefusedRecordsIT {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private static KafkaBroker broker;
  private static Admin admin;

  private final List<JobClient> running = new ArrayList<>();

  @BeforeAll
  static void startBroker() throws Exception {
    broker = KafkaBroker.start(RefusedRecordsIT::forgetsIdleTransactionalIds);
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  private static void forgetsIdleTransactionalIds(Properties settings) {
    settings.setProperty("transactional.id.expiration.ms", "2000");
    settings.setProperty("transaction.remove.expired.transaction.cleanup.interval.ms", "200");
  }

  @AfterAll
  static void stopBroker() {
    admin.close();
    broker.close();
  }

  @AfterEach
  void cancelJobs() throws Exception {
    for (JobClient job : running) {
      job.cancel().get();
    }
  }

  @Test
  void makesDeadLettersOfRecordsThatTheTopicRefusesAndDeliversTheRest() throws Exception {
    createTopic(
        "mixed-texts",
        Map.of(
            "message.timestamp.after.max.ms", "" + Long.MAX_VALUE, "max.message.bytes", "4194304"));
    createTopic("mixed-embeddings", Map.of("message.timestamp.before.max.ms", "86400000"));
    createTopic("mixed-dead", Map.of("message.timestamp.before.max.ms", "86400000"));
    long now = System.currentTimeMillis();
    long hour = Duration.ofHours(1).toMillis();
    send(
        List.of(
            text("mixed-texts", "now", now),
            text("mixed-texts", "ahead", now + 2 * hour),
            text("mixed-texts", "microseconds", now * 1000),
            text("mixed-texts", "last week", now - 7 * 24 * hour),
            tombstone("mixed-texts", "large", now, new byte[1_500_000]),
            new ProducerRecord<>("mixed-texts", 0, now, new byte[1_500_000], null, List.of()),
            text("mixed-texts", "again", now)));

    runToTheEnd("mixed", broker.bootstrapServers());

    assertThat(Topics.keys(broker, "mixed-embeddings")).containsExactly("now", "again");
    assertThat(Topics.deadLetters(broker, "mixed-dead"))
        .extracting(DeadLetter::reason)
        .containsExactly(
            "TIMESTAMP_REFUSED",
            "TIMESTAMP_REFUSED",
            "TIMESTAMP_REFUSED",
            "TOO_LARGE",
            "TOO_LARGE");
    assertThat(Topics.deadLetters(broker, "mixed-dead").get(0).record().timestampMillis())
        .isEqualTo(now + 2 * hour);
    assertThat(Topics.readAll(broker, "mixed-dead").get(0).timestamp())
        .isBetween(now, System.currentTimeMillis());
    assertThat(Topics.deadLetters(broker, "mixed-dead").get(3).omissions())
        .extracting(DeadLetter.Omission::part)
        .containsExactly(Part.HEADERS);
    assertThat(Topics.deadLetters(broker, "mixed-dead").get(4).omissions())
        .extracting(DeadLetter.Omission::part)
        .containsExactly(Part.KEY);
  }

  @Test
  void deletesInOrderWhatARejectedRecordHadBefore() throws Exception {
    createTopic("stale-texts", Map.of());
    createTopic("stale-embeddings", Map.of("cleanup.policy", "compact"));
    createTopic("stale-dead", Map.of());
    long now = System.currentTimeMillis();
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String rejected :
        List.of("no JSON", "{\"text\":\" \"}", "{\"text\":\"w1\",\"prompt\":\"none such\"}")) {
      records.add(text("stale-texts", "a", now));
      records.add(
          new ProducerRecord<>("stale-texts", 0, now, utf8("a"), utf8(rejected), List.of()));
    }
    records.add(text("stale-texts", "a", now));
    send(records);

    runToTheEnd(
        "stale",
        broker.bootstrapServers(),
        "streambed.sink.on-rejected",
        "tombstone",
        "streambed.source.require-key",
        "true");

    assertThat(Topics.readAll(broker, "stale-embeddings"))
        .extracting(record -> record.value() != null)
        .containsExactly(true, false, true, false, true, false, true);
    assertThat(Topics.deadLetters(broker, "stale-dead"))
        .extracting(DeadLetter::reason)
        .containsExactlyInAnyOrder("INVALID_JSON", "BLANK", "UNKNOWN_PROMPT");
  }

  @Test
  void letsTwoJobsFeedOneSinkWithTheirDefaults() throws Exception {
    createTopic("left-texts", Map.of());
    createTopic("right-texts", Map.of());
    createTopic("shared-embeddings", Map.of());
    createTopic("shared-dead", Map.of());
    admin
        .alterConsumerGroupOffsets(
            "streambed-shared-embeddings", // the default of former versions
            Map.of(new TopicPartition("left-texts", 0), new OffsetAndMetadata(0)))
        .all()
        .get();
    String[] sink = {
      "streambed.sink.topic", "shared-embeddings", "streambed.sink.dead-letter-topic", "shared-dead"
    };
    start("left", sink);
    start("right", sink);
    assertThat(SourceFaults.warnings())
        .filteredOn(it -> it.contains("has no offsets of topic"))
        .filteredOn(it -> it.contains("-to-shared-embeddings"))
        .singleElement(as(STRING))
        .contains(
            "Group streambed-left-texts-to-shared-embeddings has no offsets of topic left-texts;"
                + " group streambed-shared-embeddings,")
        .contains("set streambed.source.group-id: streambed-shared-embeddings.");
    List<String> expected = new ArrayList<>();

    for (int round = 0; round < 3; round++) {
      for (String side : List.of("left", "right")) {
        String key = side + round;
        expected.add(key);
        Topics.send(broker, side + "-texts", key, "{\"text\":\"w1\"}");
      }
      await("round " + round)
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(Topics.keys(broker, "shared-embeddings"))
                      .containsExactlyInAnyOrderElementsOf(expected));
    }
  }

  @Test
  void writesDeadLettersAfterKafkaHasForgottenTheIdOfTheIdleSink() throws Exception {
    createTopic("idle-texts", Map.of());
    createTopic("idle-embeddings", Map.of());
    createTopic("idle-dead", Map.of());
    // Each checkpoint renews the ids; between two of these Kafka forgets them.
    JobClient job = start("idle", "execution.checkpointing.interval", "6 s");
    String ids = "streambed-idle-texts-to-idle-embeddings/dead-letters/";
    await("the sink to have an id")
        .atMost(LIMIT)
        .until(() -> BrokerTransactions.count(broker, ids) > 0);

    await("Kafka to forget it")
        .atMost(LIMIT)
        .until(() -> BrokerTransactions.count(broker, ids) == 0);
    Topics.send(broker, "idle-texts", "bad", "malformed");

    await("the dead letter")
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(Topics.deadLetters(broker, "idle-dead")).hasSize(1));
    assertThat(job.getJobStatus().get().isTerminalState()).isFalse();
  }

  @Test
  void learnsOfSettingsThatAreChangedWhileItRuns() throws Exception {
    createTopic("changed-texts", Map.of());
    createTopic("changed-embeddings", Map.of());
    createTopic("changed-dead", Map.of());
    start("changed");
    long lastWeek = System.currentTimeMillis() - Duration.ofDays(7).toMillis();
    send(List.of(text("changed-texts", "before", lastWeek)));
    await("the first record")
        .atMost(LIMIT)
        .until(() -> Topics.keys(broker, "changed-embeddings").size() == 1);

    setTopic("changed-embeddings", "message.timestamp.before.max.ms", "86400000");
    send(List.of(text("changed-texts", "after", lastWeek)));

    await("the dead letter of the second record")
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(Topics.deadLetters(broker, "changed-dead"))
                    .extracting(DeadLetter::reason)
                    .containsExactly("TIMESTAMP_REFUSED"));
    assertThat(Topics.keys(broker, "changed-embeddings")).containsExactly("before");
  }

  @Test
  void worksWithAServiceThatDoesNotTellSettings() throws Exception {
    createTopic("told-texts", Map.of("message.timestamp.after.max.ms", "" + Long.MAX_VALUE));
    createTopic("told-embeddings", Map.of());
    createTopic("told-dead", Map.of());
    long now = System.currentTimeMillis();
    send(
        List.of(
            text("told-texts", "a", now),
            text("told-texts", "ahead", now + Duration.ofHours(2).toMillis())));

    try (var service =
        new ApiFilter(
            broker.bootstrapServers(),
            Set.of(ApiKeys.DESCRIBE_CONFIGS, ApiKeys.DESCRIBE_TRANSACTIONS))) {
      runToTheEnd("told", service.bootstrapServers());
    }
    assertThat(SourceFaults.warnings())
        .anyMatch(it -> it.contains("does not tell the settings of topic told-embeddings: "))
        .anyMatch(it -> it.contains("does not tell the settings of broker "));

    assertThat(Topics.keys(broker, "told-embeddings")).containsExactly("a");
    assertThat(Topics.deadLetters(broker, "told-dead"))
        .extracting(DeadLetter::reason)
        .containsExactly("TIMESTAMP_REFUSED");
  }

  @Test
  void goesOnUnderAnotherPrefixAndEndsWhatIsOpenUnderTheFormer(@TempDir Path directory)
      throws Exception {
    createTopic("renamed-texts", Map.of());
    createTopic("renamed-embeddings", Map.of());
    createTopic("renamed-dead", Map.of());
    String prefix = "streambed.sink.transactional-id-prefix";
    JobClient former = start("renamed", prefix, "former");
    Topics.send(broker, "renamed-texts", "a", "{\"text\":\"w1\"}");
    await("the first record")
        .atMost(LIMIT)
        .until(() -> Topics.keys(broker, "renamed-embeddings").size() == 1);
    String savepoint =
        former.stopWithSavepoint(false, directory.toString(), SavepointFormatType.CANONICAL).get();
    running.remove(former);

    try (KafkaProducer<byte[], byte[]> killed =
        BrokerTransactions.producer(broker, "former/embeddings/-0-77")) {
      killed.beginTransaction();
      killed.send(new ProducerRecord<>("renamed-embeddings", new byte[1])).get();
      Topics.send(broker, "renamed-texts", "b", "{\"text\":\"w2\"}");
      start("renamed", prefix, "latter", "execution.state-recovery.path", savepoint);

      // An open transaction hides later records from consumers.
      await("the second record")
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(Topics.keys(broker, "renamed-embeddings")).containsExactly("a", "b"));
    }
  }

  @Test
  void deliversADeadLetterAsLargeAsTheOptionAllows() throws Exception {
    Map<String, String> large = Map.of("max.message.bytes", "100000000");
    createTopic("huge-texts", large);
    createTopic("huge-embeddings", large);
    createTopic("huge-dead", large);
    byte[] malformed = new byte[26_000_000]; // 35 MB in base64: above the producer's own buffer
    send(List.of(new ProducerRecord<>("huge-texts", utf8("a"), malformed)));

    runToTheEnd("huge", broker.bootstrapServers(), "streambed.sink.max-record-size", "64 mb");

    // Longer than what DeadLetterCodec reads, so its parts are looked at by themselves.
    byte[] letter = Topics.readAll(broker, "huge-dead").get(0).value();
    assertThat(letter).hasSizeBetween(malformed.length / 3 * 4, malformed.length / 3 * 4 + 1000);
    assertThat(new String(letter, StandardCharsets.UTF_8))
        .contains("INVALID_JSON", "\"omissions\":[]");
  }

  /** Starts the job over the topics of a name; it runs until the test ends. */
  private JobClient start(String name, String... more) throws Exception {
    JobClient job = environment(name, broker.bootstrapServers(), more).executeAsync();
    running.add(job);
    return job;
  }

  /** Runs the job over the records in the topics of a name. */
  private static void runToTheEnd(String name, String bootstrapServers, String... more)
      throws Exception {
    var options = new ArrayList<>(List.of(more));
    options.addAll(List.of("streambed.source.bounded", "true"));
    environment(name, bootstrapServers, options.toArray(String[]::new)).execute();
  }

  private static StreamExecutionEnvironment environment(
      String name, String bootstrapServers, String... more) {
    Map<String, String> options = new HashMap<>();
    options.put("streambed.source.bootstrap-servers", bootstrapServers);
    options.put("streambed.source.topic", name + "-texts");
    options.put("streambed.sink.topic", name + "-embeddings");
    options.put("streambed.sink.dead-letter-topic", name + "-dead");
    options.put("streambed.model.directory", "../embedder/src/test/resources/tiny-model");
    options.put("execution.checkpointing.interval", "200 ms");
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1);
    EmbedTopicJob.build(environment, Configuration.fromMap(options));
    return environment;
  }

  private static void createTopic(String name, Map<String, String> settings) throws Exception {
    admin.createTopics(List.of(new NewTopic(name, 1, (short) 1).configs(settings))).all().get();
  }

  private static void setTopic(String name, String setting, String value) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    var set = new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
  }

  private static void send(List<ProducerRecord<byte[], byte[]>> records) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "max.request.size", "30000000"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (ProducerRecord<byte[], byte[]> record : records) {
        producer.send(record).get();
      }
    }
  }

  private static ProducerRecord<byte[], byte[]> text(String topic, String key, long timestamp) {
    return new ProducerRecord<>(
        topic, 0, timestamp, utf8(key), utf8("{\"text\":\"w1 w2\"}"), List.of());
  }

  private static ProducerRecord<byte[], byte[]> tombstone(
      String topic, String key, long timestamp, byte[] header) {
    List<Header> headers = List.of(new RecordHeader("h", header));
    return new ProducerRecord<>(topic, 0, timestamp, utf8(key), null, headers);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
