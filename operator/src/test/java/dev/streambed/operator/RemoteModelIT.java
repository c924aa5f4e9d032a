package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.model.ExternalData;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.StreamEmbedder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models in one of Flink's file systems, through a file system of the test's own. */
class RemoteModelIT {
  private static final Path TINY = TinyModelDirectory.path();

  @TempDir private Path store;

  @BeforeEach
  void publishModel() throws IOException {
    for (String name :
        List.of(
            ModelDescription.FILE_NAME, ModelDirectory.GRAPH_FILE, ModelDirectory.TOKENIZER_FILE)) {
      Files.copy(TINY.resolve(name), store.resolve(name));
    }
    StoreFileSystem.read().clear();
  }

  @Test
  void slotsShareOneCopyWhichTheLastOfThemDeletes() throws IOException {
    OnnxTextEmbedderFactory factory = factory(LocatedModel.open(uri()));
    long before = copies();

    try (TextEmbedder first = factory.open(OptionalInt.empty())) {
      try (TextEmbedder second = factory.open(OptionalInt.empty())) {
        assertThat(copies()).isEqualTo(before + 1);
        assertThat(vector(second)).isEqualTo(vectorAtThePath());
      }
      assertThat(vector(first)).isEqualTo(vectorAtThePath());
      assertThat(copies()).isEqualTo(before + 1);
    }

    assertThat(copies()).isEqualTo(before);
    assertThat(OnnxTextEmbedderFactory.copies()).isZero();
    assertThat(StoreFileSystem.read())
        .containsOnlyOnce(store.resolve(ModelDirectory.GRAPH_FILE).toString());
  }

  @Test
  void aSharedSessionWorksFromACopyToo() throws IOException {
    LocatedModel model = LocatedModel.open(uri());
    var factory =
        new OnnxTextEmbedderFactory(
            model.location(), EmbedderOptions.DEFAULT, model.digest(), SessionSharing.TASK_MANAGER);

    TextEmbedder first = factory.open(OptionalInt.empty());
    try (TextEmbedder second = factory.open(OptionalInt.empty())) {
      assertThat(OnnxTextEmbedderFactory.openSessions()).isEqualTo(1);
      first.close();
      first.close(); // idempotent

      assertThat(vector(second)).isEqualTo(vectorAtThePath());
    }
    assertThat(OnnxTextEmbedderFactory.openSessions()).isZero();
    assertThat(OnnxTextEmbedderFactory.copies()).isZero();
  }

  @Test
  void aJobEmbedsWithIt() throws Exception {
    long before = copies();
    var environment = StreamExecutionEnvironment.createLocalEnvironment(2);

    List<Embedded<String>> results =
        StreamEmbedder.<String>builder()
            .setModelDirectory(uri())
            .setText(text -> text)
            .setPrompt("none")
            .build()
            .embed(environment.fromData("the", "the"))
            .executeAndCollect(3);

    assertThat(results)
        .hasSize(2)
        .allSatisfy(result -> assertThat(result.vector()).isEqualTo(vectorAtThePath()));
    assertThat(copies()).isEqualTo(before);
  }

  @Test
  void beforeTheJobRunsOnlyTheDescriptionIsRead() throws IOException {
    long before = copies();

    LocatedModel model = LocatedModel.open(uri());

    assertThat(model.digest()).isEqualTo(ModelDirectory.open(TINY).digest());
    assertThat(StoreFileSystem.read())
        .containsExactly(store.resolve(ModelDescription.FILE_NAME).toString());
    assertThat(copies()).isEqualTo(before);
  }

  @Test
  void aFileUriIsAPath() {
    assertThat(LocatedModel.open("file://" + TINY.toAbsolutePath()).location())
        .isEqualTo(TINY.toAbsolutePath().toString());
    assertThat(LocatedModel.isUri("/models/nomic")).isFalse();
    assertThat(LocatedModel.isUri("C:/models/nomic")).isFalse();
    assertThatThrownBy(() -> LocatedModel.open("file://models/nomic"))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "Cannot use file://models/nomic: found the host 'models'; expected none, as in file:///models/nomic.");
  }

  @Test
  void refusesADirectoryThatIsMissingOrPartial() throws IOException {
    assertThatThrownBy(() -> LocatedModel.open(uri() + "/other"))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("There is no model directory %s/other.".formatted(uri()));

    Files.delete(store.resolve(ModelDirectory.GRAPH_FILE));

    assertThatThrownBy(() -> LocatedModel.open(uri()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "Model directory %s has no model.onnx (found: streambed-model.json, tokenizer.json). Copy the directory there anew."
                .formatted(uri()));
  }

  @Test
  void refusesAnotherModelThanTheJobWasStartedWith() throws IOException {
    OnnxTextEmbedderFactory factory = factory(LocatedModel.open(uri()));
    long before = copies();
    Path description = store.resolve(ModelDescription.FILE_NAME);
    Files.writeString(description, Files.readString(description).replace("tiny", "tidy"));

    assertThatThrownBy(() -> factory.open(OptionalInt.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Model directory " + uri() + " has the digest ")
        .hasMessageContaining("; the job was started with ");
    assertThat(copies()).isEqualTo(before);
  }

  @Test
  void refusesAFileThatWasChanged() throws IOException {
    OnnxTextEmbedderFactory factory = factory(LocatedModel.open(uri()));
    long before = copies();
    Files.writeString(store.resolve(ModelDirectory.TOKENIZER_FILE), "{}");

    assertThatThrownBy(() -> factory.open(OptionalInt.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Cannot use model directory " + uri() + ", of which ")
        .hasMessageContaining("tokenizer.json was changed since the import");
    assertThat(copies()).isEqualTo(before);
    assertThat(OnnxTextEmbedderFactory.copies()).isZero();
  }

  @Test
  void refusesWeightsOutsideTheDirectory() throws IOException {
    ModelDescription tiny = ModelDescription.read(TINY);
    new ModelDescription(
            tiny.formatVersion(),
            tiny.name(),
            tiny.revision(),
            tiny.sourceDigest(),
            tiny.inputs(),
            tiny.output(),
            tiny.hiddenSize(),
            tiny.dimensions(),
            tiny.pooling(),
            tiny.prompts(),
            tiny.maxTokens(),
            tiny.precision(),
            tiny.files(),
            new ExternalData("/checkpoints/weights", 1, "0".repeat(64)),
            tiny.layout(),
            tiny.specialTokensInText(),
            tiny.batchDependent())
        .write(store);

    assertThatThrownBy(() -> LocatedModel.open(uri()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("its weights are outside of it, in /checkpoints/weights.");
  }

  @Test
  void namesThePluginThatIsMissing() {
    assertThatThrownBy(() -> LocatedModel.open("s3://models/nomic"))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Cannot read model directory s3://models/nomic: ")
        .hasMessageContaining("flink-s3-fs-");
  }

  private String uri() {
    return StoreFileSystem.uri(store);
  }

  private static OnnxTextEmbedderFactory factory(LocatedModel model) {
    return new OnnxTextEmbedderFactory(
        model.location(), EmbedderOptions.DEFAULT, model.digest(), SessionSharing.SLOT);
  }

  private static float[] vector(TextEmbedder embedder) {
    return embedder.embed(List.of(embedder.tokenise("the", "none"))).get(0).vector();
  }

  private static float[] vectorAtThePath() {
    try (TextEmbedder embedder =
        factory(LocatedModel.open(TINY.toString())).open(OptionalInt.empty())) {
      return vector(embedder);
    }
  }

  private static long copies() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).startsWith(ModelCopy.PREFIX))
          .count();
    }
  }
}
