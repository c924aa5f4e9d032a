package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.SpecialTokensInText;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.embedder.onnx.TokenBatch;
import dev.streambed.importer.ImportProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Models as they are published: layers behind pooling, outputs of other names, other tokenisers.
 */
class PublishedImportIT {
  private static final Path ENCODER = Path.of("src/test/resources/tiny-encoder.onnx");
  private static final Path TOKENIZER = Path.of("src/test/resources/tiny-tokenizer.json");
  private static final long[] IDS = {2, 92, 93, 3};
  private static final int IN = 8;
  private static final int OUT = 4;

  @TempDir private Path folder;
  private final StepList progress = new StepList();

  @ParameterizedTest
  @CsvSource({"Tanh, true", "Tanh, false", "Identity, true"})
  void aDenseLayerIsPartOfTheGraph(String function, boolean hasBias) throws IOException {
    float[] weights = random(IN * OUT);
    float[] bias = random(OUT);
    writeDense(weights, bias, function, hasBias);

    ModelDirectory model = importTo(tiny());

    double[] pooled = toDoubles(ImportedVectors.embed(importAlone(), IDS));
    double norm = pooledNorm(pooled);
    double[] expected = new double[OUT];
    for (int out = 0; out < OUT; out++) {
      double sum = hasBias ? bias[out] : 0;
      for (int in = 0; in < IN; in++) {
        sum += norm * pooled[in] * weights[out * IN + in];
      }
      expected[out] = function.equals("Tanh") ? Math.tanh(sum) : sum;
    }
    ImportedVectors.assertUnit(ImportedVectors.embed(model, IDS), expected);
    assertThat(model.description().hiddenSize()).isEqualTo(OUT);
    assertThat(model.description().sourceDigest()).isNotEqualTo(ModelDirectory.sha256(ENCODER));
    assertThat(progress.steps)
        .contains(
            "dense layer 8 -> 4, %s, from 2_Dense/config.json"
                .formatted(function.toLowerCase(java.util.Locale.ROOT)),
            "vectors do not depend on the other texts of the batch");
  }

  @Test
  void aNormalizeModuleBeforeADenseLayerIsPartOfTheGraph() throws IOException {
    float[] weights = random(IN * OUT);
    float[] bias = random(OUT);
    writeDense(weights, bias, "Tanh", /* hasBias= */ true);
    write(
        "modules.json",
        """
        [{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"},
         {"idx":1,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
         {"idx":2,"path":"3_Normalize","type":"sentence_transformers.models.Normalize"},
         {"idx":3,"path":"2_Dense","type":"sentence_transformers.models.Dense"},
         {"idx":4,"path":"3_Normalize","type":"sentence_transformers.models.Normalize"}]""");
    write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":true}");

    ModelDirectory model = importTo(tiny());

    float[] normalised = ImportedVectors.embed(importAlone(), IDS);
    double[] expected = new double[OUT];
    for (int out = 0; out < OUT; out++) {
      double sum = bias[out];
      for (int in = 0; in < IN; in++) {
        sum += (double) normalised[in] * weights[out * IN + in];
      }
      expected[out] = Math.tanh(sum);
    }
    ImportedVectors.assertUnit(ImportedVectors.embed(model, IDS), expected);
  }

  @Test
  void maxPoolingTakesTheGreatestOfEachComponent() throws IOException {
    ModelDirectory model = importTo(tiny().withPooling(Pooling.MAX));
    ModelDirectory cls =
        OnnxImporter.importTo(
            tiny().withPooling(Pooling.CLS), folder.resolve("cls"), ImportProgress.NONE);

    // one token alone: its greatest components are its own, as are its first token's
    assertThat(ImportedVectors.embed(model, 2)).isEqualTo(ImportedVectors.embed(cls, 2));
    assertThat(ImportedVectors.embed(model, IDS)).isNotEqualTo(ImportedVectors.embed(cls, IDS));
    assertThat(model.description().pooling()).isEqualTo(Pooling.MAX);
  }

  @ParameterizedTest
  @CsvSource({"token_embeddings, sentence_embedding", "output_0, output_1"})
  void outputsOfOtherNamesAndAnOpenHiddenSizeAreTaken(String tokens, String sentence)
      throws IOException {
    ModelProto.Builder encoder = TinyEncoder.build(TinyEncoder.vocabulary().size()).toBuilder();
    encoder
        .getGraphBuilder()
        .addNode(TinyEncoder.node("Identity", tokens, "last_hidden_state"))
        .addNode(
            TinyEncoder.node("ReduceMean", sentence, "last_hidden_state").toBuilder()
                .addAttribute(AddedNodes.integers("axes", 1))
                .addAttribute(AddedNodes.integer("keepdims", 0)))
        .clearOutput()
        .addOutput(value(tokens, "sequence", "hidden"))
        .addOutput(value(sentence, "hidden"));
    Path onnx = Files.write(folder.resolve("named.onnx"), encoder.build().toByteArray());

    ModelDirectory model = importTo(OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16));

    assertThat(ImportedVectors.embed(model, IDS))
        .isEqualTo(ImportedVectors.embed(importAlone(), IDS));
  }

  @Test
  void refusesFilesOfAnotherModelBesideIt() throws IOException {
    write("1_Pooling/config.json", "{\"word_embedding_dimension\":768}");

    assertRefused(
        tiny(),
        "1_Pooling/config.json is about vectors of 768 components; those of the model have 8. They"
            + " do not belong together.");
  }

  @Test
  void refusesLowerCasingThatNobodyDoes() throws IOException {
    write("sentence_bert_config.json", "{\"max_seq_length\":16,\"do_lower_case\":true}");
    Path cased =
        Files.writeString(
            folder.resolve("cased.json"),
            Files.readString(TOKENIZER).replace("\"lowercase\" : true", "\"lowercase\" : false"));

    assertThat(importTo(tiny()).description().maxTokens()).isEqualTo(16);
    assertRefused(
        OnnxImport.of(folder.resolve("tiny/model.onnx"), cased),
        "sentence_bert_config.json makes all letters small before tokenising (do_lower_case), and"
            + " the tokeniser file does not. Save the tokeniser again so that it does, or set"
            + " do_lower_case to false there.");
  }

  @Test
  void warnsOfATokeniserThatUsesAPartOfTheWordTable() throws IOException {
    Path onnx = Files.write(folder.resolve("wide.onnx"), TinyEncoder.build(1000).toByteArray());

    importTo(OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16));

    assertThat(progress.steps)
        .contains(
            "warning: the tokeniser has %d ids, the word table of the model 1000 rows; make sure that they belong together"
                .formatted(TinyEncoder.vocabulary().size()));
  }

  @Test
  void aPromptWithASpecialTokenNeedsTheModelThatIsControlledByTexts() throws IOException {
    OnnxImport source = tiny().withPrompts(Map.of("query", "[SEP]query "));

    assertRefused(
        source,
        "The prompt query has the special token [SEP] in it, which would be text like any other. If"
            + " it and those in the texts are to control the model: --special-tokens control");
    ModelDirectory model = importTo(source.withSpecialTokensInText(SpecialTokensInText.CONTROL));
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      assertThat(embedder.tokenise("a [SEP] b", "none").ids()).containsExactly(2, 4, 3, 6, 3);
    }
  }

  @Test
  void aSpecialTokenInATextIsText() throws IOException {
    try (var embedder = OnnxTextEmbedder.open(importTo(tiny()), EmbedderOptions.DEFAULT)) {
      assertThat(embedder.tokenise("a [SEP] b", "none").ids()).containsOnlyOnce(3);
    }
  }

  private OnnxImport tiny() throws IOException {
    Path onnx = folder.resolve("tiny/model.onnx");
    if (!Files.exists(onnx)) {
      Files.createDirectories(onnx.getParent());
      Files.copy(ENCODER, onnx);
    }
    return OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16);
  }

  /** The encoder with mean pooling and nothing else. */
  private ModelDirectory importAlone() {
    return OnnxImporter.importTo(
        OnnxImport.of(ENCODER, TOKENIZER).withMaxTokens(16),
        folder.resolve("alone"),
        ImportProgress.NONE);
  }

  private ModelDirectory importTo(OnnxImport source) {
    return OnnxImporter.importTo(source, folder.resolve("model"), progress);
  }

  private void assertRefused(OnnxImport source, String message) {
    assertThatThrownBy(
            () -> OnnxImporter.importTo(source, folder.resolve("no"), ImportProgress.NONE))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(message);
  }

  private void writeDense(float[] weights, float[] bias, String function, boolean hasBias)
      throws IOException {
    write(
        "2_Dense/config.json",
        """
        {"in_features":%d,"out_features":%d,"bias":%b,
         "activation_function":"torch.nn.modules.activation.%s"}"""
            .formatted(IN, OUT, hasBias, function));
    Files.write(
        folder.resolve("tiny/2_Dense/model.safetensors"), DenseFile.safetensors(weights, bias));
  }

  private static float[] random(int length) {
    Random random = new Random(length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  private static ai.onnx.proto.OnnxMl.ValueInfoProto value(String name, Object... dimensions) {
    Object[] all = new Object[dimensions.length + 1];
    all[0] = "batch";
    System.arraycopy(dimensions, 0, all, 1, dimensions.length);
    return TinyEncoder.value(name, TensorProto.DataType.FLOAT, all);
  }

  private void write(String name, String json) throws IOException {
    tiny();
    Path file = folder.resolve("tiny").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, json);
  }

  /** Norm of the mean before it was scaled to 1: of the mean of the encoder's own vectors. */
  private double pooledNorm(double[] unit) throws IOException {
    ModelDirectory model = importAloneAgain();
    try (var session = OnnxSession.open(model, /* intraOpThreads= */ 1)) {
      float[] pooled =
          session
              .run(TokenBatch.pad(List.of(new TokenIds(IDS, false))), model.description().output())
              .values();
      return pooled[0] / unit[0];
    }
  }

  private ModelDirectory importAloneAgain() {
    return ModelDirectory.open(folder.resolve("alone"));
  }

  private static double[] toDoubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
