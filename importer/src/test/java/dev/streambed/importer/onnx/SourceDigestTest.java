package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.importer.published.SentenceLayer;
import dev.streambed.importer.published.SentenceLayer.Dense;
import dev.streambed.importer.published.SentenceLayer.Function;
import dev.streambed.importer.published.SentenceLayer.Normalise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceDigestTest {
  private static final String WEIGHTS = "0123456789abcdef".repeat(4);

  @TempDir private Path folder;
  private Path onnx = Path.of("");

  @BeforeEach
  void writeAFile() throws IOException {
    onnx = Files.writeString(folder.resolve("encoder.onnx"), "graph");
  }

  @Test
  void isThatOfTheFileIfTheWeightsAreInIt() {
    assertThat(SourceDigest.of(onnx, Map.of(), List.of())).isEqualTo(ModelDirectory.sha256(onnx));
  }

  @Test
  void isThatOfAListAsSha256sumWritesItIfSomeAreOutside() throws IOException {
    Path list =
        Files.writeString(
            folder.resolve("list"),
            "%s  model.onnx\n%s  a.bin\n%s  model.onnx_data\n"
                .formatted(ModelDirectory.sha256(onnx), WEIGHTS, WEIGHTS));
    Map<String, String> weights =
        new TreeMap<>(Map.of("model.onnx_data", WEIGHTS, "a.bin", WEIGHTS));

    assertThat(SourceDigest.of(onnx, weights, List.of())).isEqualTo(ModelDirectory.sha256(list));
  }

  @Test
  void changesWithWhateverChangesVectors() {
    var function = dense(Function.TANH, 1, null);
    Set<String> digests =
        Set.of( // which refuses what is there twice
            SourceDigest.of(onnx, Map.of(), List.of()),
            SourceDigest.of(onnx, Map.of("w", WEIGHTS), List.of()),
            SourceDigest.of(onnx, Map.of("w", "9".repeat(64)), List.of()),
            SourceDigest.of(onnx, Map.of(), List.of(function)),
            SourceDigest.of(onnx, Map.of(), List.of(dense(Function.IDENTITY, 1, null))),
            SourceDigest.of(onnx, Map.of(), List.of(dense(Function.TANH, 2, null))),
            SourceDigest.of(onnx, Map.of(), List.of(dense(Function.TANH, 1, new float[1]))),
            SourceDigest.of(onnx, Map.of(), List.of(new Normalise("file", 2), function)));

    assertThat(digests).hasSize(8).allMatch(digest -> digest.matches("[0-9a-f]{64}"));
  }

  @Test
  void doesNotChangeWithTheNameOfAFileOfSettings() {
    SentenceLayer layer = dense(Function.TANH, 1, null);
    var same = new Dense("elsewhere", 2, 1, new float[] {1, 1}, null, Function.TANH);

    assertThat(SourceDigest.of(onnx, Map.of(), List.of(same)))
        .isEqualTo(SourceDigest.of(onnx, Map.of(), List.of(layer)));
  }

  private static SentenceLayer dense(Function function, float weight, float @Nullable [] bias) {
    return new Dense("file", 2, 1, new float[] {weight, weight}, bias, function);
  }
}
