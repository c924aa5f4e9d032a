package dev.streambed.e2e.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.onnx.OnnxImport;
import dev.streambed.importer.onnx.OnnxImport.BatchDependence;
import dev.streambed.importer.onnx.OnnxImporter;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.StreamEmbedder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two published models in one job of a user. */
class TwoModelsIT {
  private static final String TEXT = "The price of food rises with inflation.";

  @TempDir private Path directory;

  @Test
  void eachStreamHasTheVectorsOfItsModel() throws Exception {
    ModelDirectory minilm = DefaultModel.open();
    ModelDirectory e5 = importE5();
    var configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    var environment = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
    var texts = environment.fromData(TEXT);

    List<Embedded<String>> results =
        embedder(minilm)
            .embed(texts)
            .union(embedder(e5).embed(texts).uid("embed-e5").name("embed with e5"))
            .executeAndCollect(3);

    Map<String, float[]> vectors = new HashMap<>();
    for (Embedded<String> result : results) {
      vectors.put(result.model() + " " + result.prompt(), result.vector());
    }
    assertThat(vectors).containsOnlyKeys("all-MiniLM-L6-v2 none", "e5-small-v2 passage");
    assertThat(vectors.get("all-MiniLM-L6-v2 none")).isEqualTo(vectorAlone(minilm));
    assertThat(vectors.get("e5-small-v2 passage")).isEqualTo(vectorAlone(e5));
  }

  private static StreamEmbedder<String> embedder(ModelDirectory model) {
    return StreamEmbedder.<String>builder()
        .setModelDirectory(model.path().toString())
        .setText(text -> text)
        .build();
  }

  private static float[] vectorAlone(ModelDirectory model) {
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      return embedder.embed(List.of(embedder.tokenise(TEXT, null))).get(0).vector();
    }
  }

  private ModelDirectory importE5() throws IOException {
    Path onnx = extract("/e5-small-v2-q.onnx", "model.onnx");
    Path tokenizer = extract("/e5-small-v2-q-tokenizer.json", "tokenizer.json");
    return OnnxImporter.importTo(
        OnnxImport.of(onnx, tokenizer)
            .withName("e5-small-v2")
            .withPrompts(Map.of("passage", "passage: ", "query", "query: "))
            .withBatchDependence(BatchDependence.ALLOWED), // 8 bits; here each text is alone
        directory.resolve("e5"),
        ImportProgress.NONE);
  }

  private Path extract(String resource, String name) throws IOException {
    Path file = directory.resolve(name);
    try (InputStream in = TwoModelsIT.class.getResourceAsStream(resource)) {
      Files.copy(Objects.requireNonNull(in, resource), file);
    }
    return file;
  }
}
