package dev.streambed.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.cli.CommandIT;
import dev.streambed.cli.demo.DemoText;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real model: 90 MB out of its Maven artefact. */
class DefaultModelIT {
  @TempDir private static Path cache;
  private final List<String> progress = new ArrayList<>();

  @BeforeAll
  static void importOnce() {
    DefaultModel.open(cache, line -> {});
  }

  @Test
  void theImportGivesTheDigestThatTheCacheIsKeyedBy() {
    ModelDirectory model = DefaultModel.open(cache, progress::add);

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
  void vectorsDoNotDependOnBatchMatesBitForBit() throws IOException {
    List<DemoText> sample = DemoText.spread(DemoText.readAll(), 24);
    try (OnnxTextEmbedder embedder = open()) {
      List<TokenIds> texts =
          sample.stream().map(text -> embedder.tokenise(text.text(), null)).toList();

      List<Embedding> together = embedder.embed(texts);

      for (int i = 0; i < texts.size(); i++) {
        assertThat(together.get(i).vector())
            .describedAs("paragraph %s", sample.get(i).key())
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

    ModelDirectory model = DefaultModel.open(other, progress::add);

    assertThat(model.digest()).isEqualTo(DefaultModel.DIGEST);
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("lock", "model");
    assertThat(progress.get(0)).endsWith("Importing the default model again.");
  }

  @Test
  void processesThatImportAtOnceAllGetTheModel(@TempDir Path other) throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Process process = CommandIT.start(Map.of("XDG_CACHE_HOME", other.toString()), "embed");
      process.getOutputStream().write("Hello!\n".getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      processes.add(process);
    }

    List<String> results = new ArrayList<>();
    for (Process process : processes) {
      results.add(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      assertThat(process.waitFor()).describedAs(() -> errorsOf(process)).isZero();
    }

    assertThat(results.get(0)).startsWith("{\"text\":\"Hello!\",\"tokens\":4,");
    assertThat(results.get(1)).isEqualTo(results.get(0));
    assertThat(folderIn(other).toFile().list()).containsExactlyInAnyOrder("lock", "model");
  }

  private static OnnxTextEmbedder open() {
    return OnnxTextEmbedder.open(DefaultModel.open(cache, line -> {}), EmbedderOptions.DEFAULT);
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
