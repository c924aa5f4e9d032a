package dev.streambed.importer.nomic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.DimensionRange;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.nomic.CheckpointImport.Weights;
import dev.streambed.importer.nomic.checkpoint.AlteredCheckpoint;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.ElementType;
import dev.streambed.importer.nomic.checkpoint.Golden;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import dev.streambed.importer.nomic.graph.NomicGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckpointImporterIT {
  private static final double GATE = 1e-5; // the parity gate of the goldens

  @TempDir Path directory;
  private Path checkpoint;
  private Path target;

  @BeforeEach
  void writeCheckpoint() throws IOException {
    checkpoint = TestCheckpoints.write(TestCheckpoints.TINY, directory.resolve("checkpoint"));
    target = directory.resolve("model");
  }

  @Test
  void importedModelReproducesTheGoldens() {
    ModelDirectory model =
        CheckpointImporter.importTo(CheckpointImport.of(checkpoint), target, ImportProgress.NONE);

    assertReproducesGoldens(model);
  }

  @Test
  void referencedWeightsAreNotCopied() throws IOException {
    ModelDirectory model =
        CheckpointImporter.importTo(CheckpointImport.of(checkpoint), target, ImportProgress.NONE);

    assertThat(filesOf(target))
        .containsExactlyInAnyOrder("model.onnx", "tokenizer.json", "streambed-model.json");
    assertThat(Files.size(model.graphFile())).isLessThan(200_000); // of 2.9 MB of weights
    assertThat(model.description().externalData()).isNotNull();
  }

  @Test
  void copiedWeightsMakeADirectoryThatNeedsNoCheckpoint() throws IOException {
    CheckpointImporter.importTo(
        CheckpointImport.of(checkpoint).withWeights(Weights.COPIED), target, ImportProgress.NONE);
    Files.delete(checkpoint.resolve("model.safetensors"));
    Path moved = Files.move(target, directory.resolve("elsewhere"));

    ModelDirectory model = ModelDirectory.open(moved);

    assertThat(filesOf(moved)).contains("weights.bin");
    assertReproducesGoldens(model);
  }

  @Test
  void checkpointInTheDownloadCacheOfTheHubIsFollowedThroughItsLinks() throws IOException {
    Path cache = directory.resolve("models--nomic-ai--nomic-embed-text-v2-moe");
    Path blobs = Files.createDirectories(cache.resolve("blobs"));
    Path snapshot = Files.createDirectories(cache.resolve("snapshots").resolve("1066b659"));
    for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.move(checkpoint.resolve(name), blobs.resolve("blob-of-" + name));
      Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs/blob-of-" + name));
    }

    ModelDirectory model =
        CheckpointImporter.importTo(CheckpointImport.of(snapshot), target, ImportProgress.NONE);

    assertThat(model.description().name()).isEqualTo("nomic-ai/nomic-embed-text-v2-moe");
    assertThat(model.description().revision()).isEqualTo("1066b659");
    assertReproducesGoldens(model);
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void checkpointSavedIn16BitsIsWidenedAndCopied(ElementType type) throws IOException {
    AlteredCheckpoint.storeAs(checkpoint, type);

    ModelDirectory model =
        CheckpointImporter.importTo(CheckpointImport.of(checkpoint), target, ImportProgress.NONE);

    assertThat(filesOf(target)).contains("weights.bin");
    assertThat(model.description().externalData()).isNull();
    assertThat(model.description().precision()).isEqualTo(Precision.FP32);
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "FP16"})
  void givesOneSpaceWhateverThePrecision(Precision precision) throws IOException {
    CheckpointImport source = CheckpointImport.of(checkpoint).withName("mine");
    ModelDirectory exact = CheckpointImporter.importTo(source, target, ImportProgress.NONE);

    ModelDirectory model =
        CheckpointImporter.importTo(
            source.withPrecision(precision), directory.resolve("smaller"), ImportProgress.NONE);

    String sha256 = ModelDirectory.sha256(checkpoint.resolve("model.safetensors"));
    assertThat(model.digest()).isNotEqualTo(exact.digest());
    assertThat(model.description().space())
        .isEqualTo(exact.description().space())
        .hasToString(
            "streambed://text-embedding@1/mine@%s?dimensions=%d",
            sha256.substring(0, 12), exact.description().hiddenSize());
    assertThat(Files.readString(model.path().resolve("streambed-model.json")))
        .contains("\"space\" : \"" + exact.description().space() + "\"");
  }

  @Test
  void eightBitWeightsAreRoundedForTheirInputs() throws IOException {
    CheckpointImport source = CheckpointImport.of(checkpoint).withPrecision(Precision.INT8);
    Path nearest = directory.resolve("nearest.bin");
    NomicGraph.copying(Checkpoint.open(checkpoint), source.graph(), nearest, written -> {});

    CheckpointImporter.importTo(source, target, ImportProgress.NONE);

    Path rounded = target.resolve("weights.bin");
    assertThat(Files.size(rounded)).isEqualTo(Files.size(nearest));
    assertThat(Files.mismatch(rounded, nearest)).isNotNegative();
  }

  @Test
  void describesTheModelAsPublished() {
    ModelDirectory model =
        CheckpointImporter.importTo(CheckpointImport.of(checkpoint), target, ImportProgress.NONE);

    assertThat(model.description().prompts())
        .hasSize(9)
        .containsEntry("query", "search_query: ")
        .containsEntry("passage", "search_document: ");
    assertThat(model.description().maxTokens()).isEqualTo(512);
    // No range is published for this hidden size.
    assertThat(model.description().dimensions()).isEqualTo(new DimensionRange(1, 64));
  }

  @Test
  void changedWeightsAreNoticedWhenTheModelIsOpened() throws IOException {
    CheckpointImporter.importTo(CheckpointImport.of(checkpoint), target, ImportProgress.NONE);
    Files.write(checkpoint.resolve("model.safetensors"), new byte[] {0}, StandardOpenOption.APPEND);

    assertThatThrownBy(() -> ModelDirectory.open(target))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("was changed since the import");
  }

  @Test
  void nothingIsLeftOfARefusedImport() throws IOException {
    Files.delete(checkpoint.resolve("tokenizer.json"));

    assertThatThrownBy(
            () ->
                CheckpointImporter.importTo(
                    CheckpointImport.of(checkpoint), target, ImportProgress.NONE))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("has no file tokenizer.json");
    assertThat(filesOf(directory)).containsExactly("checkpoint");
  }

  private static List<String> filesOf(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }

  private static void assertReproducesGoldens(ModelDirectory model) {
    Golden golden = Golden.read("tiny");
    for (int dimensions : golden.dimensions()) {
      EmbedderOptions options = EmbedderOptions.DEFAULT.withDimensions(dimensions);
      try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, options)) {
        for (Golden.Case one : golden.cases()) {
          List<Embedding> found =
              embedder.embed(one.texts().stream().map(ids -> new TokenIds(ids, false)).toList());
          for (int row = 0; row < found.size(); row++) {
            for (int i = 0; i < dimensions; i++) {
              assertThat((double) found.get(row).vector()[i])
                  .isCloseTo(
                      one.embedding(dimensions, row, i), org.assertj.core.data.Offset.offset(GATE));
            }
          }
        }
      }
    }
  }
}
