package dev.streambed.importer.published;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.onnx.OnnxImport;
import dev.streambed.importer.onnx.OnnxImport.BatchDependence;
import dev.streambed.importer.onnx.OnnxImporter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real models, imported by what their publishers wrote beside them, against what ONNX Runtime gives
 * in Python by the same rules (README.md beside the vectors).
 */
class PublishedModelsIT {
  /** Folders of more models, separated by commas, as the README says; for a run by hand. */
  private static final String MORE_MODELS = "streambed.published-models";

  private static final double GREATEST_DIFFERENCE_IN_32_BITS = 2e-6; // vectors have six digits
  private static final double LEAST_COSINE_IN_8_BITS = 0.98;

  @TempDir private Path folder;

  static Stream<Arguments> models() throws IOException {
    List<Arguments> models = new ArrayList<>();
    models.add(Arguments.of("bge-small-en-v15-q", "/bge-small-en-v1.5-q.onnx"));
    models.add(Arguments.of("e5-small-v2-q", "/e5-small-v2-q.onnx"));
    String more = System.getProperty(MORE_MODELS);
    if (more != null) {
      for (String name : more.split(",", -1)) {
        models.add(
            Arguments.of(String.valueOf(Path.of(name).getFileName()), onnxIn(Path.of(name))));
      }
    }
    return models.stream();
  }

  private static String onnxIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.toAbsolutePath().toString())
          .filter(file -> file.endsWith(".onnx"))
          .findFirst()
          .orElseThrow();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void givesTheVectorsThatItsPublisherPromises(String name, String onnx) throws IOException {
    JsonNode golden = golden(name);
    boolean quantised = name.endsWith("-q");
    Path file = publish(golden, onnx);

    ModelDirectory model =
        OnnxImporter.importTo(
            OnnxImport.of(file, folder.resolve("tokenizer.json"))
                .withBatchDependence(quantised ? BatchDependence.ALLOWED : BatchDependence.REFUSED),
            folder.resolve("model"),
            ImportProgress.NONE);

    ModelDescription description = model.description();
    assertThat(description.name()).isEqualTo("publisher/model");
    assertThat(description.revision()).isEqualTo(quantised ? "abc+batch-dependent" : "abc");
    assertThat(description.pooling())
        .isEqualTo(Pooling.valueOf(golden.path("pooling").asText().toUpperCase(Locale.ROOT)));
    assertThat(description.prompts()).isEqualTo(prompts(golden));
    assertThat(description.maxTokens()).isEqualTo(512);
    assertThat(description.batchDependent()).isEqualTo(quantised);
    assertVectors(model, golden, quantised);
  }

  private static void assertVectors(ModelDirectory model, JsonNode golden, boolean quantised) {
    List<TokenIds> texts = new ArrayList<>();
    try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (JsonNode text : golden.path("texts")) {
        TokenIds tokens =
            embedder.tokenise(text.path("text").asText(), text.path("prompt").asText());
        assertThat(tokens.ids()).isEqualTo(longs(text.path("ids")));
        assertVector(embedder.embed(List.of(tokens)).get(0), text.path("alone"), quantised);
        texts.add(tokens);
      }
      List<Embedding> together = embedder.embed(texts);
      for (int i = 0; i < texts.size(); i++) {
        JsonNode text = golden.path("texts").path(i);
        JsonNode expected = text.path(text.has("together") ? "together" : "alone");
        assertVector(together.get(i), expected, quantised);
      }
    }
  }

  /** In 8 bits, a last bit that rounds the other way moves the whole vector a little. */
  private static void assertVector(Embedding embedding, JsonNode expected, boolean quantised) {
    float[] vector = embedding.vector();
    assertThat(vector).hasSize(expected.size());
    double cosine = 0;
    double difference = 0;
    for (int i = 0; i < vector.length; i++) {
      cosine += vector[i] * expected.path(i).asDouble();
      difference = Math.max(difference, Math.abs(vector[i] - expected.path(i).asDouble()));
    }
    if (quantised) {
      assertThat(cosine).isGreaterThan(LEAST_COSINE_IN_8_BITS);
    } else {
      assertThat(difference).isLessThan(GREATEST_DIFFERENCE_IN_32_BITS);
    }
  }

  /** Lays the model out as the hub's download cache has it. */
  private Path publish(JsonNode golden, String onnx) throws IOException {
    boolean cls = golden.path("pooling").asText().equals("cls");
    Path root = folder.resolve("models--publisher--model/snapshots/abc");
    write(
        root.resolve("modules.json"),
        """
        [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
         {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
         {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""");
    write(
        root.resolve("1_Pooling/config.json"),
        """
        {"pooling_mode_cls_token":%b,"pooling_mode_mean_tokens":%b,"pooling_mode_max_tokens":false,
         "pooling_mode_mean_sqrt_len_tokens":false}"""
            .formatted(cls, !cls));
    write(
        root.resolve("sentence_bert_config.json"),
        "{\"max_seq_length\":512,\"do_lower_case\":false}");
    write(
        root.resolve("config_sentence_transformers.json"),
        "{\"prompts\":%s,\"default_prompt_name\":null}".formatted(golden.path("prompts")));
    Path file = root.resolve("onnx/model.onnx");
    Files.createDirectories(file.getParent());
    copy(onnx, file);
    copy(tokenizer(onnx), folder.resolve("tokenizer.json"));
    return file;
  }

  private static String tokenizer(String onnx) {
    return onnx.substring(0, onnx.length() - ".onnx".length()) + "-tokenizer.json";
  }

  private static void copy(String source, Path target) throws IOException {
    if (Files.exists(Path.of(source))) {
      Files.copy(Path.of(source), target);
      return;
    }
    try (InputStream in = PublishedModelsIT.class.getResourceAsStream(source)) {
      Files.copy(Objects.requireNonNull(in, source), target);
    }
  }

  private static void write(Path file, String json) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, json);
  }

  private static JsonNode golden(String name) throws IOException {
    try (InputStream in = PublishedModelsIT.class.getResourceAsStream(name + ".json")) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in, name));
    }
  }

  private static Map<String, String> prompts(JsonNode golden) {
    Map<String, String> prompts = new TreeMap<>();
    golden
        .path("prompts")
        .properties()
        .forEach(prompt -> prompts.put(prompt.getKey(), prompt.getValue().asText()));
    return prompts;
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.path(i).asLong();
    }
    return values;
  }
}
