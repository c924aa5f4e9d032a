package dev.streambed.e2e.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyModel;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.records.DeliveryProgress;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.OutputCheck;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Today's jar goes on from the savepoint of each released version, made by {@link
 * SavepointFixture}. Promise 1 of CONTRIBUTING.md.
 */
class SavepointUpgradeIT {
  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource("versions")
  void goesOnWhereAReleasedVersionStopped(String version) throws Exception {
    goOn(version, "streambed.changes.mode: off");
  }

  /** The records that were in flight then are handed over (docs/decisions/0119). */
  @Test
  void goesOnWithChangesSwitchedOn() throws Exception {
    goOn("v0.1.0", "streambed.changes.mode: metadata-only");
  }

  private void goOn(String version, String changes) throws Exception {
    ModelDirectory model = FaultyModel.create(directory, /* rounds= */ 1);
    try (KafkaBroker broker = KafkaBroker.start();
        FlinkCluster cluster =
            FlinkCluster.start(directory.resolve("flink"), /* taskManagers= */ 1, /* slots= */ 1)) {
      JobTopics topics = JobTopics.create(broker, UpgradeRecords.JOB);
      Topics.send(broker, UpgradeRecords.range(topics.input(), 0, UpgradeRecords.END));
      Path pipeline =
          topics.writePipeline(
              directory,
              broker.bootstrapServers(),
              model,
              "execution.checkpointing.interval: 500 ms",
              changes);

      String job = cluster.jobs().run(pipeline, /* parallelism= */ 1, savepoint(version));
      try (var progress = new DeliveryProgress(topics)) {
        progress.awaitSettled(UpgradeRecords.END - UpgradeRecords.FIRST_IN_FLIGHT);
      }
      cluster
          .jobs()
          .drain(job); // records that are not in the savepoint have no excuse to come later

      checkOutput(topics, model);
    }
  }

  /** Each released version has a folder of its name. */
  static List<String> versions() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("src/test/resources/savepoints"))) {
      List<String> versions =
          folders.filter(Files::isDirectory).map(path -> path.getFileName().toString()).toList();
      assertThat(versions).contains("v0.1.0");
      return versions;
    }
  }

  private String savepoint(String version) throws Exception {
    Path savepoint = Files.createDirectories(directory.resolve(version));
    try (InputStream in =
        SavepointUpgradeIT.class.getResourceAsStream("/savepoints/" + version + "/_metadata")) {
      Files.copy(Objects.requireNonNull(in, version), savepoint.resolve("_metadata"));
    }
    return savepoint.toUri().toString();
  }

  private static void checkOutput(JobTopics topics, ModelDirectory model) {
    List<ConsumerRecord<byte[], byte[]>> embeddings = topics.readEmbeddings();
    List<ConsumerRecord<byte[], byte[]>> dead = topics.readDeadLetters();

    assertThat(embeddings.stream().map(OutputCheck::number))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(UpgradeRecords.FIRST_IN_FLIGHT, UpgradeRecords.END)
                .filter(number -> !UpgradeRecords.isPoison(number))
                .boxed()
                .toList());
    assertThat(dead).hasSize(1);
    checkOrigin(dead.get(0), null);
    var letter = DeadLetterCodec.decodeJson(dead.get(0).value());
    assertThat(letter.reason()).isEqualTo("INFERENCE_FAILED");
    assertThat(UpgradeRecords.isPoison(OutputCheck.number(dead.get(0)))).isTrue();
    assertThat(letter.record().value())
        .isEqualTo(UpgradeRecords.record("any", OutputCheck.number(dead.get(0))).value());
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (ConsumerRecord<byte[], byte[]> record : embeddings) {
        checkOrigin(record, record.value() == null ? null : embedder.space());
        checkEmbedding(record, embedder);
      }
    }
  }

  /** Key, headers and timestamp are those of the record that was read; an embedding has a space. */
  private static void checkOrigin(
      ConsumerRecord<byte[], byte[]> record, @Nullable VectorSpace space) {
    var sent = UpgradeRecords.record("any", OutputCheck.number(record));
    assertThat(record.key()).isEqualTo(sent.key());
    assertThat(record.timestamp()).isEqualTo(sent.timestamp());
    OutputCheck.checkHeaders(record, sent.headers(), space);
  }

  private static void checkEmbedding(
      ConsumerRecord<byte[], byte[]> record, OnnxTextEmbedder embedder) {
    int number = OutputCheck.number(record);
    if (UpgradeRecords.isTombstone(number)) {
      assertThat(record.value()).isNull();
      return;
    }
    EmbeddingRecord embedding = EmbeddingRecordCodec.decodeJson(record.value());
    String text = UpgradeRecords.text(number);
    assertThat(embedding.text()).isEqualTo(text);
    assertThat(embedding.metadata()).containsEntry("lang", "en");
    assertThat(embedding.provenance().source().offset()).isEqualTo(number);
    assertThat(embedding.embedding())
        .isEqualTo(embedder.embed(List.of(embedder.tokenise(text, null))).get(0).vector());
  }
}
