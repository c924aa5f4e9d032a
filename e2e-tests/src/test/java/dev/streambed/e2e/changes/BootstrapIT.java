package dev.streambed.e2e.changes;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.harness.FaultyModel;
import dev.streambed.e2e.records.CanaryExtension;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A job that begins to look for changes knows what its topic has: the next load of all documents
 * costs nothing, and neither does one after a TaskManager was lost.
 */
class BootstrapIT {
  private static final int DOCUMENTS = 120;
  private static final int PARTITIONS = 3;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir private static Path directory;
  private static KafkaBroker broker;
  private static FaultyCluster cluster;
  private static ModelDirectory model;

  private final Configuration pipeline = new Configuration();
  private String name = "";

  @BeforeAll
  static void start() throws Exception {
    model = FaultyModel.create(directory, /* rounds= */ 1);
    broker = KafkaBroker.start();
    cluster = FaultyCluster.start(directory);
  }

  @AfterAll
  static void stop() {
    try {
      cluster.close();
    } finally {
      broker.close();
    }
  }

  @AfterEach
  void cancelJobs() throws Exception {
    cluster.cancelAll();
  }

  @ParameterizedTest
  @CsvSource({"skip, truncate, canonical, hashmap", "metadata-only, split, elasticsearch, rocksdb"})
  void theFirstLoadCostsNothing(String mode, String chunking, String profile, String backend)
      throws Exception {
    createTopics(mode + "-" + chunking);
    pipeline.setString("streambed.chunking.mode", chunking);
    if (chunking.equals("split")) {
      pipeline.setString("streambed.chunking.max-tokens", "16");
    }
    pipeline.setString("streambed.sink.profile", profile);
    pipeline.setString("state.backend.type", backend);
    JobID former = cluster.submit(pipeline, EmbedTopicJob::build);
    send(0, DOCUMENTS / 2);
    awaitCommitted(former, DOCUMENTS / 2);
    send(DOCUMENTS / 2, DOCUMENTS);
    delete("d0");
    Map<String, Integer> written = awaitWritten(DOCUMENTS - 1);
    String savepoint = cluster.savepoint(former); // whose transaction is still open
    cluster.cancel(former);
    assertThat(documents(Topics.readAll(broker, sink()))).hasSizeLessThan(DOCUMENTS - 1);
    long embeddedBefore = cluster.textsEmbedded();

    pipeline.setString("streambed.changes.mode", mode);
    pipeline.setString("streambed.changes.bootstrap", "topic");
    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    JobID job = cluster.submit(pipeline, EmbedTopicJob::build);
    int records = Topics.readUncommitted(broker, sink()).size();
    send(1, DOCUMENTS);
    send("d0", text(DOCUMENTS)); // was deleted
    send("d1", text(DOCUMENTS + 1)); // is edited
    delete("d2");
    Map<String, Integer> changed = new TreeMap<>(written);
    changed.put("d0", chunks(chunking));
    changed.put("d1", chunks(chunking));
    changed.remove("d2");
    awaitCommitted(job, changed, () -> after(records).size() >= 3 * chunks(chunking));
    List<ConsumerRecord<byte[], byte[]>> added = after(records);

    assertThat(added).extracting(BootstrapIT::document).containsOnly("d0", "d1", "d2");
    assertThat(added).hasSize(3 * chunks(chunking));
    assertThat(cluster.textsEmbedded() - embeddedBefore).isEqualTo(2L * chunks(chunking));
    assertThat(cluster.bootstrapRecords()).as("records read once, by one task each").isPositive();

    long read = cluster.bootstrapRecords();
    long restores = cluster.restores(job);
    cluster.replaceTaskManager();
    await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
    send(3, DOCUMENTS);
    send("d0", text(DOCUMENTS + 2));
    changed.put("d0", chunks(chunking));
    await("the last record")
        .atMost(LIMIT)
        .until(
            () -> {
              cluster.checkpoint(job);
              return after(records).size() == 4 * chunks(chunking);
            });
    cluster.drain(job);

    assertThat(after(records)).hasSize(4 * chunks(chunking));
    assertThat(documents(Topics.readAll(broker, sink()))).isEqualTo(changed);
    assertThat(cluster.bootstrapRecords()).as("nothing is read again").isEqualTo(read);
  }

  @Test
  void saysThatATopicIsNotKnown() throws Exception {
    createTopics("unknown");
    pipeline.setString("streambed.changes.mode", "skip");
    JobID former = cluster.submit(pipeline, EmbedTopicJob::build);
    send(0, 1);
    awaitCommitted(former, 1);
    String savepoint = cluster.savepoint(former);
    cluster.cancel(former);

    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    JobID knowing = restart();
    assertThat(warnings()).isEmpty();
    cluster.cancel(knowing);
    pipeline.removeConfig(StateRecoveryOptions.SAVEPOINT_PATH);
    var unused = restart();

    assertThat(warnings())
        .singleElement(as(STRING))
        .contains("begins without a checkpoint", "set streambed.changes.bootstrap: topic");
  }

  /** Starts the job, and waits until it embeds another document. */
  private JobID restart() throws Exception {
    int records = Topics.readAll(broker, sink()).size();
    JobID job = cluster.submit(pipeline, EmbedTopicJob::build);
    send("d" + records, text(records));
    await("a record of the next job")
        .atMost(LIMIT)
        .until(
            () -> {
              cluster.checkpoint(job);
              return Topics.readAll(broker, sink()).size() > records;
            });
    return job;
  }

  private List<String> warnings() throws IOException {
    try (Stream<String> lines = Files.lines(CanaryExtension.logFile())) {
      return lines
          .filter(
              line -> line.contains("WARN") && line.contains("Topic " + sink() + " has records"))
          .toList();
    }
  }

  private void createTopics(String ofTest) throws Exception {
    name = ofTest;
    broker.createTopic(source(), PARTITIONS);
    broker.createTopic(sink(), PARTITIONS);
    broker.createTopic(name + "-dead-letters", 1);
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, source());
    pipeline.set(JobOptions.SOURCE_REQUIRE_KEY, true);
    pipeline.set(JobOptions.SINK_TOPIC, sink());
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, name + "-dead-letters");
    pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
  }

  private String source() {
    return name + "-texts";
  }

  private String sink() {
    return name + "-embeddings";
  }

  /** Two sentences, each of which fits into a chunk alone. */
  private static String text(int number) {
    return "w1 w2 w3 w4 w5 w6 w7 w8 w9 n%d! w9 w8 w7 w6 w5 w4 w3 w2 w1 n%d!"
        .formatted(number, number);
  }

  /** Chunks of each document. */
  private static int chunks(String chunking) {
    return chunking.equals("split") ? 2 : 1;
  }

  private void send(int first, int end) throws Exception {
    Topics.send(
        broker, IntStream.range(first, end).mapToObj(i -> record("d" + i, text(i))).toList());
  }

  private void send(String key, String text) throws Exception {
    Topics.send(broker, List.of(record(key, text)));
  }

  private void delete(String key) throws Exception {
    Topics.send(broker, List.of(record(key, /* text= */ null)));
  }

  private ProducerRecord<byte[], byte[]> record(String key, @Nullable String text) {
    String value = "{\"text\":\"%s\",\"metadata\":{\"n\":\"1\"}}".formatted(text);
    return new ProducerRecord<>(source(), utf8(key), text == null ? null : utf8(value));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void awaitCommitted(JobID job, int documents) {
    await("%d documents".formatted(documents))
        .atMost(LIMIT)
        .until(
            () -> {
              cluster.checkpoint(job);
              return documents(Topics.readAll(broker, sink())).size() == documents;
            });
  }

  private void awaitCommitted(
      JobID job, Map<String, Integer> documents, BooleanSupplier isComplete) {
    await("documents that changed")
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              cluster.checkpoint(job);
              assertThat(documents(Topics.readAll(broker, sink()))).isEqualTo(documents);
              assertThat(isComplete.getAsBoolean()).as("all records are there").isTrue();
            });
  }

  private Map<String, Integer> awaitWritten(int documents) {
    return await("%d documents, of an open transaction".formatted(documents))
        .atMost(LIMIT)
        .until(
            () -> documents(Topics.readUncommitted(broker, sink())),
            found -> found.size() == documents && !found.containsKey("d0"));
  }

  /** The committed records behind so many. */
  private List<ConsumerRecord<byte[], byte[]>> after(int records) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>(Topics.readAll(broker, sink()));
    all.sort(Comparator.comparing(ConsumerRecord::timestamp));
    return all.subList(Math.min(records, all.size()), all.size());
  }

  private static String document(ConsumerRecord<byte[], byte[]> record) {
    String key = new String(record.key(), StandardCharsets.UTF_8);
    return key.contains("#") ? key.substring(0, key.indexOf('#')) : key;
  }

  /** How many embeddings each document has, for those that have any. */
  private static Map<String, Integer> documents(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, Boolean> last = new TreeMap<>();
    Map<String, Integer> documents = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      boolean is = record.value() != null;
      boolean was =
          Boolean.TRUE.equals(last.put(new String(record.key(), StandardCharsets.UTF_8), is));
      documents.merge(document(record), (is ? 1 : 0) - (was ? 1 : 0), Integer::sum);
    }
    documents.values().removeIf(count -> count == 0);
    return documents;
  }
}
