package dev.streambed.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.embedder.onnx.TextTokenizer;
import dev.streambed.importer.nomic.CheckpointImport;
import dev.streambed.importer.nomic.CheckpointImporter;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.SeededCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The published tokeniser with all its 250,002 tokens. */
class RealTokenizerIT {
  /**
   * The published vocabulary on a network small enough to be generated here: 9 million parameters.
   */
  private static final CheckpointConfig SMALL =
      new CheckpointConfig(32, 4, 4, 64, 250_048, 8, 2, 2048, 1e-5, 10_000);

  @TempDir Path directory;

  @Test
  void fileIsThePublishedOne() throws IOException {
    Path file = RealTokenizer.writeTo(directory.resolve("tokenizer.json"));

    assertThat(ModelDirectory.sha256(file))
        .isEqualTo("3a56def25aa40facc030ea8b0b87f3688e4b3c39eb8b45d5702b3a1300fe2a20");
  }

  @Test
  void tokenisesAllLanguagesLikeTheReference() throws IOException {
    Path file = RealTokenizer.writeTo(directory.resolve("tokenizer.json"));
    Set<String> languages = new HashSet<>();
    try (TextTokenizer tokenizer = TextTokenizer.open(file, 512)) {
      for (String[] row : RealTokenizer.goldenIds()) {
        long[] expected = Arrays.stream(row[3].split(" ", -1)).mapToLong(Long::parseLong).toArray();

        assertThat(tokenizer.tokenise(row[2]).ids()).as(row[0]).isEqualTo(expected);
        languages.add(row[0]);
      }
      // The example of the model's card.
      assertThat(tokenizer.tokenise("search_document: Hello!").ids())
          .containsExactly(0, 33938, 454, 117432, 12, 35378, 38, 2);
    }
    assertThat(languages).hasSize(49);
  }

  @Test
  void embedsParagraphsOf98LanguagesWithTheWholeVocabulary()
      throws IOException, InterruptedException {
    Path checkpoint = directory.resolve("checkpoint");
    SeededCheckpoint.write(SMALL, checkpoint);
    RealTokenizer.writeTo(checkpoint.resolve("tokenizer.json"));
    ModelDirectory model =
        CheckpointImporter.importTo(
            CheckpointImport.of(checkpoint), directory.resolve("model"), ImportProgress.NONE);
    List<String[]> paragraphs = firstOfEachLanguage(10);
    Set<String> languages = new HashSet<>();
    List<CompletableFuture<Embedding>> embeddings = new ArrayList<>();

    try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
        MicroBatcher batcher =
            new MicroBatcher(embedder, BatchPolicy.DEFAULT, 1, 256, Thread::new)) {
      for (String[] paragraph : paragraphs) {
        languages.add(paragraph[1]);
        embeddings.add(batcher.submit(paragraph[2], "passage"));
      }

      for (CompletableFuture<Embedding> embedding : embeddings) {
        assertThat(norm(embedding.join().vector())).isCloseTo(1, Offset.offset(1e-6));
      }
    }
    assertThat(languages).hasSize(98);
    assertThat(embeddings).hasSizeBetween(900, 980);
  }

  private static List<String[]> firstOfEachLanguage(int count) throws IOException {
    Map<String, Integer> taken = new HashMap<>();
    return RealTokenizer.paragraphs().stream()
        .filter(paragraph -> taken.merge(paragraph[1], 1, Integer::sum) <= count)
        .toList();
  }

  private static double norm(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
