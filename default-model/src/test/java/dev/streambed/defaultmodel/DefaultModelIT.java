package dev.streambed.defaultmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.ImportProgress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real model: 90 MB out of its Maven artefact. */
class DefaultModelIT {
  @TempDir private static Path cache;

  private final List<String> progress = new ArrayList<>();
  private final ImportProgress listener =
      new ImportProgress() {
        @Override
        public void stepBegins(String step) {
          progress.add(step);
        }

        @Override
        public void stepAdvances(long done, long total) {}

        @Override
        public void stepEnds(String result) {}
      };

  @BeforeAll
  static void importOnce() {
    DefaultModel.open(cache, ImportProgress.NONE);
  }

  @Test
  void theImportGivesTheDigestThatTheCacheIsKeyedBy() {
    ModelDirectory model = DefaultModel.open(cache, listener);

    assertThat(model.digest()).isEqualTo(DefaultModel.DIGEST);
    assertThat(model.description().name()).isEqualTo("all-MiniLM-L6-v2");
    assertThat(model.description().prompts()).isEmpty();
    assertThat(progress).isEmpty(); // it was there already
  }

  @Test
  void vectorsAreThoseOfTheReferenceImplementation() {
    // The snapshot of text-embeddings-inference for this model and text; 1e-5 covers other kernels.
    double[] expected = {
      -0.0572025, 0.0982203, 0.0163038, 0.0526992, 0.0194730, -0.0155915, -0.0091555, 0.0597164
    };
    try (OnnxTextEmbedder embedder = open()) {
      TokenIds tokens = embedder.tokenise("search_document: Hello!", null);

      Embedding embedding = embedder.embed(List.of(tokens)).get(0);

      assertThat(embedding.vector()).hasSize(384);
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) embedding.vector()[i])
            .describedAs("component %d", i)
            .isCloseTo(expected[i], within(1e-5));
      }
    }
  }

  @Test
  void textsAreCutAt256TokensNotAtThe128OfTheTokeniserFile() {
    try (OnnxTextEmbedder embedder = open()) {
      TokenIds tokens = embedder.tokenise("word ".repeat(2000), null);

      assertThat(tokens.length()).isEqualTo(256);
      assertThat(tokens.truncated()).isTrue();
    }
  }

  @Test
  void vectorsDoNotDependOnBatchMatesBitForBit() {
    List<String> sample =
        IntStream.range(0, 24)
            .mapToObj(i -> "The dog bites the man in street %d. ".formatted(i).repeat(1 + i % 7))
            .toList();
    try (OnnxTextEmbedder embedder = open()) {
      List<TokenIds> texts = sample.stream().map(text -> embedder.tokenise(text, null)).toList();

      List<Embedding> together = embedder.embed(texts);

      for (int i = 0; i < texts.size(); i++) {
        assertThat(together.get(i).vector())
            .describedAs("%s", sample.get(i))
            .isEqualTo(embedder.embed(List.of(texts.get(i))).get(0).vector());
      }
    }
  }

  @Test
  void aDamagedModelAndTheRemainsOfAKilledImportAreReplaced(@TempDir Path other)
      throws IOException {
    Path folder = folderIn(other);
    Files.createDirectories(folder.resolve("source"));
    Files.writeString(folder.resolve("source/all-MiniLM-L6-v2.onnx"), "half a mo");
    Files.createDirectories(folder.resolve(".model.importing-killed/inner"));
    Files.createDirectories(folder.resolve("model"));
    Files.writeString(folder.resolve("model/streambed-model.json"), "{}");

    ModelDirectory model = DefaultModel.open(other, listener);

    assertThat(model.digest()).isEqualTo(DefaultModel.DIGEST);
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("lock", "model");
    assertThat(progress.get(0)).endsWith("Importing the default model again.");
  }

  @Test
  void processesThatImportAtOnceAllGetTheModel(@TempDir Path other) throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      var builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              OpenDefaultModel.class.getName());
      builder.environment().put("XDG_CACHE_HOME", other.toString());
      processes.add(builder.start());
    }

    for (Process process : processes) {
      String digest = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).describedAs(() -> errorsOf(process)).isZero();
      assertThat(digest).isEqualTo(DefaultModel.DIGEST);
    }

    assertThat(folderIn(other).toFile().list()).containsExactlyInAnyOrder("lock", "model");
  }

  private static OnnxTextEmbedder open() {
    return OnnxTextEmbedder.open(
        DefaultModel.open(cache, ImportProgress.NONE), EmbedderOptions.DEFAULT);
  }

  private static Path folderIn(Path cache) throws IOException {
    return Files.createDirectories(
        cache.resolve("streambed/models/all-MiniLM-L6-v2-" + DefaultModel.DIGEST.substring(0, 12)));
  }

  private static String errorsOf(Process process) {
    try {
      return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
