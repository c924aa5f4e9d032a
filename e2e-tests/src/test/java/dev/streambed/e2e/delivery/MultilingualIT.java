package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.RealTokenizer;
import dev.streambed.importer.nomic.CheckpointImport;
import dev.streambed.importer.nomic.CheckpointImporter;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.SeededCheckpoint;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The mixture of experts in the product: the Universal Declaration of Human Rights in 98 languages
 * goes through the job, with the published tokeniser and a generated network of its shape, but
 * narrow.
 */
class MultilingualIT {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** The published vocabulary, 250,048 rows, on 32 features: 8 million parameters. */
  private static final CheckpointConfig NARROW =
      new CheckpointConfig(32, 4, 4, 64, 250_048, 8, 2, 2048, 1e-5, 10_000);

  @TempDir private Path directory;

  @Test
  void embedsTheDeclarationOfHumanRightsIn98Languages() throws Exception {
    ModelDirectory model = importModel();
    List<String[]> paragraphs = RealTokenizer.paragraphs();
    List<ConsumerRecord<byte[], byte[]>> embeddings;
    try (KafkaBroker broker = KafkaBroker.start();
        FaultyCluster cluster = FaultyCluster.start(directory)) {
      for (String topic : List.of("paragraphs", "embeddings", "dead-letters")) {
        broker.createTopic(topic, 2);
      }
      JobID job = cluster.submit(pipeline(broker, model), EmbedTopicJob::build);
      Topics.send(broker, records(paragraphs));
      await("an embedding of each paragraph")
          .atMost(LIMIT)
          .until(() -> Topics.readUncommitted(broker, "embeddings").size() == paragraphs.size());
      cluster.drain(job);
      embeddings = Topics.readAll(broker, "embeddings");
    }

    assertThat(paragraphs.stream().map(paragraph -> paragraph[1]).distinct()).hasSize(98);
    assertThat(embeddings.stream().map(MultilingualIT::number))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, paragraphs.size()).boxed().toList());
    checkVectors(model, paragraphs, embeddings);
  }

  private ModelDirectory importModel() throws IOException {
    Path checkpoint = directory.resolve("checkpoint");
    SeededCheckpoint.write(NARROW, checkpoint);
    RealTokenizer.writeTo(checkpoint.resolve("tokenizer.json"));
    return CheckpointImporter.importTo(
        CheckpointImport.of(checkpoint), directory.resolve("model"), ImportProgress.NONE);
  }

  private static Configuration pipeline(KafkaBroker broker, ModelDirectory model) {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, "paragraphs");
    pipeline.set(JobOptions.SINK_TOPIC, "embeddings");
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, "dead-letters");
    pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
    return pipeline;
  }

  /** The key of a record is the number of its paragraph. */
  private static List<ProducerRecord<byte[], byte[]>> records(List<String[]> paragraphs)
      throws IOException {
    var json = new ObjectMapper();
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int number = 0; number < paragraphs.size(); number++) {
      records.add(
          new ProducerRecord<>(
              "paragraphs",
              Integer.toString(number).getBytes(StandardCharsets.UTF_8),
              json.writeValueAsBytes(Map.of("text", paragraphs.get(number)[2]))));
    }
    return records;
  }

  private static int number(ConsumerRecord<byte[], byte[]> record) {
    return Integer.parseInt(new String(record.key(), StandardCharsets.UTF_8));
  }

  /** Each vector is, bit for bit, that of its text embedded alone and without Flink. */
  private static void checkVectors(
      ModelDirectory model,
      List<String[]> paragraphs,
      List<ConsumerRecord<byte[], byte[]>> embeddings) {
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (ConsumerRecord<byte[], byte[]> record : embeddings) {
        EmbeddingRecord embedding = EmbeddingRecordCodec.decodeJson(record.value());
        String text = paragraphs.get(number(record))[2];
        assertThat(embedding.text()).isEqualTo(text);
        assertThat(embedding.embedding())
            .isEqualTo(embedder.embed(List.of(embedder.tokenise(text, "passage"))).get(0).vector());
      }
    }
  }
}
