package dev.streambed.e2e.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.harness.FaultyModel;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.chunk.Boundary;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.TextSplitter;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Documents of several chunks that change again and again, through parallelism 1, 3 and 2 and the
 * loss of all TaskManagers, twice: each chunk has the history that its document gave it, each
 * version once and in order. Promises 1, 2 and 3 of CONTRIBUTING.md.
 */
class RescaledChunksIT {
  private static final long SEED = 20261130;
  private static final int KEYS = 60;
  private static final int VERSIONS = 400; // of all keys, before each change
  private static final int MAX_TOKENS = 16;
  private static final int PARTITIONS = 4;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir private Path directory;

  private final Random random = new Random(SEED);
  private final Configuration pipeline = new Configuration();
  private final Map<String, List<String>> documents = new HashMap<>();

  /** Chunks of each document as they are now, by its key. */
  private final Map<String, List<String>> chunks = new HashMap<>();

  /** Texts of each chunk, by its key; null where it is deleted. */
  private final Map<String, List<@Nullable String>> expected = new TreeMap<>();

  @Test
  void eachChunkHasTheHistoryOfItsDocument() throws Exception {
    ModelDirectory model = FaultyModel.create(directory, /* rounds= */ 1);
    var chunking = new ChunkingOptions(MAX_TOKENS, 0, 0, Boundary.SENTENCE);
    try (KafkaBroker broker = KafkaBroker.start();
        FaultyCluster cluster = FaultyCluster.start(directory);
        var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      var splitter = new TextSplitter(embedder.tokenCounter(null), chunking);
      create(broker, model);
      cluster.addTaskManager();

      send(broker, splitter);
      JobID job = cluster.submit(pipeline, EmbedTopicJob::build, /* parallelism= */ 1);
      cluster.checkpoint(job);
      job = rescale(broker, cluster, splitter, job, /* parallelism= */ 3);
      loseTheTaskManagers(cluster, job);
      job = rescale(broker, cluster, splitter, job, /* parallelism= */ 2);
      loseTheTaskManagers(cluster, job);
      awaitAll(broker, cluster, job);
      cluster.drain(job);

      assertThat(history(Topics.readAll(broker, "chunks"))).isEqualTo(expected);
      assertThat(Topics.deadLetters(broker, "dead-letters")).isEmpty();
    }
  }

  private void create(KafkaBroker broker, ModelDirectory model) throws Exception {
    broker.createTopic("documents", PARTITIONS);
    broker.createTopic("chunks", PARTITIONS);
    broker.createTopic("dead-letters", 1);
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, "documents");
    pipeline.set(JobOptions.SOURCE_REQUIRE_KEY, true);
    pipeline.set(JobOptions.SINK_TOPIC, "chunks");
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, "dead-letters");
    pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
    pipeline.setString("streambed.chunking.mode", "split");
    pipeline.setString("streambed.chunking.max-tokens", Integer.toString(MAX_TOKENS));
    pipeline.setString("streambed.changes.mode", "skip");
  }

  /** Stops the job with records in flight, and goes on with them and more. */
  private JobID rescale(
      KafkaBroker broker, FaultyCluster cluster, TextSplitter splitter, JobID job, int parallelism)
      throws Exception {
    send(broker, splitter);
    String savepoint = cluster.savepoint(job);
    cluster.cancel(job);
    send(broker, splitter);
    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    return cluster.submit(pipeline, EmbedTopicJob::build, parallelism);
  }

  private static void loseTheTaskManagers(FaultyCluster cluster, JobID job) throws Exception {
    cluster.checkpoint(job);
    long restores = cluster.restores(job);
    cluster.replaceAllTaskManagers();
    await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
  }

  private void awaitAll(KafkaBroker broker, FaultyCluster cluster, JobID job) {
    await("all records")
        .atMost(LIMIT)
        .until(
            () -> {
              cluster.checkpoint(job);
              return Topics.readAll(broker, "chunks").size() >= size(expected);
            });
  }

  private void send(KafkaBroker broker, TextSplitter splitter) throws Exception {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < VERSIONS; i++) {
      String key = "d" + random.nextInt(KEYS);
      String text = nextVersion(key);
      records.add(
          new ProducerRecord<>(
              "documents",
              utf8(key),
              text == null ? null : utf8("{\"text\":\"%s\"}".formatted(text))));
      replace(
          key,
          text == null
              ? List.of()
              : splitter.split(text).stream().map(chunk -> chunk.of(text)).toList());
    }
    Topics.send(broker, records);
  }

  /** Null deletes the document. */
  private @Nullable String nextVersion(String key) {
    List<String> sentences = documents.computeIfAbsent(key, of -> new ArrayList<>());
    int kind = random.nextInt(10);
    if (kind == 0) {
      sentences.clear();
      return null;
    }
    if (kind < 4 && sentences.size() > 1) {
      sentences.subList(1 + random.nextInt(sentences.size() - 1), sentences.size()).clear();
    } else if (kind < 6 && !sentences.isEmpty()) {
      sentences.set(random.nextInt(sentences.size()), sentence());
    } else if (kind < 9 || sentences.isEmpty()) { // or nothing changes
      sentences.add(random.nextInt(sentences.size() + 1), sentence());
    }
    return String.join(" ", sentences);
  }

  /** Most of what fits into a chunk, and milliseconds for the model. */
  private String sentence() {
    return "heavy w1 w2 w3 w4 w5 w6 w7 w8 w%d n%d!"
        .formatted(random.nextInt(FaultyModel.WORDS), random.nextInt(1_000_000));
  }

  /** Chunks that changed are written, those that are left over are deleted. */
  private void replace(String key, List<String> now) {
    List<String> former = chunks.getOrDefault(key, List.of());
    for (int i = 0; i < Math.max(now.size(), former.size()); i++) {
      boolean isNew = i >= former.size() || i >= now.size();
      if (isNew || !former.get(i).equals(now.get(i))) {
        expected
            .computeIfAbsent(key + "#" + i, of -> new ArrayList<>())
            .add(i < now.size() ? now.get(i) : null);
      }
    }
    chunks.put(key, now);
  }

  private static Map<String, List<@Nullable String>> history(
      List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, List<@Nullable String>> history = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      String text =
          record.value() == null
              ? null
              : Objects.requireNonNull(EmbeddingRecordCodec.decodeJson(record.value()).text());
      history
          .computeIfAbsent(
              new String(record.key(), StandardCharsets.UTF_8), of -> new ArrayList<>())
          .add(text);
    }
    return history;
  }

  private static int size(Map<String, List<@Nullable String>> history) {
    return history.values().stream().mapToInt(List::size).sum();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
