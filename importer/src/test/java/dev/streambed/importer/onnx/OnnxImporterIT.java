package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.DimensionRange;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxImporterIT {
  private static final Path ENCODER = Path.of("src/test/resources/tiny-encoder.onnx");
  private static final Path TOKENIZER = Path.of("src/test/resources/tiny-tokenizer.json");

  @TempDir private Path folder;
  private final StepList progress = new StepList();

  @Test
  void makesAModelDirectoryThatSaysWhatItHolds() {
    OnnxImport source =
        tiny()
            .withName("tiny")
            .withRevision("abc")
            .withMinimumDimensions(4)
            .withPrompts(Map.of("query", "query: "));

    ModelDirectory model = importTo(source);

    ModelDescription description = model.description();
    assertThat(description.name()).isEqualTo("tiny");
    assertThat(description.revision()).isEqualTo("abc");
    assertThat(description.sourceDigest()).isEqualTo(ModelDirectory.sha256(ENCODER));
    assertThat(description.inputs()).containsExactly("input_ids", "attention_mask");
    assertThat(description.hiddenSize()).isEqualTo(8);
    assertThat(description.dimensions()).isEqualTo(new DimensionRange(4, 8));
    assertThat(description.pooling()).isEqualTo(Pooling.MEAN);
    assertThat(description.prompts()).isEqualTo(Map.of("query", "query: "));
    assertThat(description.maxTokens()).isEqualTo(16);
    assertThat(description.precision()).isEqualTo(Precision.FP32);
    assertThat(description.files()).containsOnlyKeys("model.onnx", "tokenizer.json");
    assertThat(model.tokenizerFile()).hasSameBinaryContentAs(TOKENIZER);
    assertThat(folder.toFile().list()).containsExactly("model");
    assertThat(progress.steps)
        .containsExactly(
            "Looking for what its publisher wrote beside " + ENCODER,
            "mean pooling, by default: no file beside the model says it",
            "at most 16 tokens, as told",
            "prompts query, as told",
            "",
            "Reading " + ENCODER,
            "8 components a token",
            "Writing " + target(),
            "",
            "Trying the model",
            "vectors do not depend on the other texts of the batch");
  }

  @Test
  void theSameSourceGivesTheSameDirectoryByteForByte() {
    ModelDirectory first = OnnxImporter.importTo(tiny(), folder.resolve("one"), progress);
    ModelDirectory second = OnnxImporter.importTo(tiny(), folder.resolve("two"), progress);

    assertThat(second.digest()).isEqualTo(first.digest());
  }

  @Test
  void meanPoolingAveragesTheTokensAndNothingElse() {
    float[][] hidden = ImportedVectors.hiddenStates(new long[] {2, 92, 93, 3});
    ModelDirectory model = importTo(tiny());

    float[] vector = ImportedVectors.embed(model, new long[] {2, 92, 93, 3});

    double[] mean = new double[8];
    for (float[] token : hidden) {
      for (int i = 0; i < 8; i++) {
        mean[i] += token[i] / (double) hidden.length;
      }
    }
    ImportedVectors.assertUnit(vector, mean);
  }

  @Test
  void clsPoolingTakesTheFirstToken() {
    float[][] hidden = ImportedVectors.hiddenStates(new long[] {2, 92, 93, 3});
    ModelDirectory model = importTo(tiny().withPooling(Pooling.CLS));

    float[] vector = ImportedVectors.embed(model, new long[] {2, 92, 93, 3});

    double[] first = new double[8];
    for (int i = 0; i < 8; i++) {
      first[i] = hidden[0][i];
    }
    ImportedVectors.assertUnit(vector, first);
    assertThat(model.description().pooling()).isEqualTo(Pooling.CLS);
  }

  @Test
  void nothingOfTheTokeniserFilesTruncationAndPaddingIsInherited() {
    ModelDirectory model = importTo(tiny());

    try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      // the file truncates at 6 and pads to 12
      assertThat(embedder.tokenise("hello world", null).length()).isEqualTo(4);
      assertThat(embedder.tokenise("the man and the dog and the cat", null).length()).isEqualTo(10);
      TokenIds longText = embedder.tokenise("dog ".repeat(100), null);
      assertThat(longText.length()).isEqualTo(16);
      assertThat(longText.truncated()).isTrue();
    }
  }

  @Test
  void copiesExternalWeightsIntoTheDirectory() throws IOException {
    Path onnx = withExternalWords("weights/words.bin");

    ModelDirectory model = importTo(OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16));
    ModelDirectory whole = OnnxImporter.importTo(tiny(), folder.resolve("whole"), progress);

    assertThat(model.description().files())
        .containsOnlyKeys("model.onnx", "tokenizer.json", "weights/words.bin");
    String words = ModelDirectory.sha256(folder.resolve("weights/words.bin"));
    assertThat(model.description().sourceDigest())
        .isEqualTo(SourceDigest.of(onnx, Map.of("weights/words.bin", words), List.of()));
    assertThat(ImportedVectors.embed(model, new long[] {2, 92, 93, 3}))
        .isEqualTo(ImportedVectors.embed(whole, new long[] {2, 92, 93, 3}));
  }

  @Test
  void saysHowManyTokensTheModelCanRun() {
    assertRefused(
        OnnxImport.of(ENCODER, TOKENIZER),
        "ONNX model %s cannot run texts of 512 tokens; 16 are the most. Import it with:"
            + " --max-tokens 16",
        ENCODER);
  }

  @Test
  void refusesATokeniserOfAnotherModel() throws IOException {
    Path other =
        Files.writeString(
            folder.resolve("other.json"), "{\"model\":{\"vocab\":{\"a\":0,\"b\":30521}}}");

    assertRefused(
        OnnxImport.of(ENCODER, other),
        "Tokeniser %s has token ids up to 30521, but the word table of ONNX model %s has %d rows."
            + " They do not belong together.",
        other,
        ENCODER,
        TinyEncoder.vocabulary().size());
  }

  @Test
  void refusesATokeniserOfAnotherModelWhoseWordTableItCannotSee() throws IOException {
    ModelProto.Builder model = TinyEncoder.build(50).toBuilder();
    model.getGraphBuilder().getNodeBuilder(0).setInput(1, "copied");
    model.getGraphBuilder().addNode(0, TinyEncoder.node("Identity", "copied", "input_ids"));
    Path onnx = Files.write(folder.resolve("small.onnx"), model.build().toByteArray());

    assertThatThrownBy(() -> importTo(OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("fails on its first texts");
    assertThat(target()).doesNotExist();
  }

  @Test
  void refusesATokeniserThatDoesNotLoad() throws IOException {
    String json = Files.readString(TOKENIZER).replace("\"WordPiece\"", "\"NoSuchModel\"");
    Path broken = Files.writeString(folder.resolve("broken.json"), json);

    assertThatThrownBy(() -> importTo(OnnxImport.of(ENCODER, broken).withMaxTokens(16)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Cannot read tokeniser ");
    assertThat(target()).doesNotExist();
  }

  @Test
  void refusesAGraphThatOnnxRuntimeDoesNotKnow() throws IOException {
    ModelProto.Builder model = TinyEncoder.build(TinyEncoder.vocabulary().size()).toBuilder();
    model.getGraphBuilder().getNodeBuilder(7).setOpType("NoSuchOperator");
    Path onnx = Files.write(folder.resolve("strange.onnx"), model.build().toByteArray());

    assertThatThrownBy(() -> importTo(OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("ONNX Runtime cannot load the graph")
        .hasMessageContaining("NoSuchOperator");
  }

  @Test
  void refusesAModelWhoseVectorsDependOnTheBatch() throws IOException {
    ModelProto.Builder model = TinyEncoder.build(TinyEncoder.vocabulary().size()).toBuilder();
    model.getGraphBuilder().getNodeBuilder(7).setInput(0, "shifted");
    model
        .getGraphBuilder()
        .addNode(7, TinyEncoder.node("ReduceMax", "greatest", "projected"))
        .addNode(8, TinyEncoder.node("Sub", "shifted", "projected", "greatest"));
    Path onnx = Files.write(folder.resolve("batchy.onnx"), model.build().toByteArray());

    assertThatThrownBy(() -> importTo(OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageMatching(
            "The vectors of ONNX model \\Q%s\\E depend on the other texts of the batch \\(\\d+ of 512"
                    .formatted(onnx)
                + " texts, by up to 0\\.\\d+\\)\\. Streambed serves only models that embed each text by"
                + " itself, unless imported with: --allow-batch-dependence");
    assertThat(target()).doesNotExist();
  }

  @Test
  void refusesMoreDimensionsThanTheModelHas() {
    assertRefused(
        tiny().withMinimumDimensions(9),
        "ONNX model %s has vectors of 8 components; they cannot be truncated to 9.",
        ENCODER);
  }

  @Test
  void leavesADirectoryThatHoldsSomethingAlone() throws IOException {
    Files.createDirectories(target());
    Path precious = Files.writeString(target().resolve("precious"), "content");

    assertThatThrownBy(() -> importTo(tiny()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "Directory %s exists and is not empty. Name another, or delete it first.", target());
    assertThat(precious).hasContent("content");
  }

  private static OnnxImport tiny() {
    return OnnxImport.of(ENCODER, TOKENIZER).withMaxTokens(16);
  }

  private Path target() {
    return folder.resolve("model");
  }

  private ModelDirectory importTo(OnnxImport source) {
    return OnnxImporter.importTo(source, target(), progress);
  }

  @FormatMethod
  private void assertRefused(OnnxImport source, @FormatString String message, Object... arguments) {
    assertThatThrownBy(() -> importTo(source))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(message, arguments);
    assertThat(target()).doesNotExist();
    assertThat(folder.toFile().list((directory, name) -> name.startsWith("."))).isEmpty();
  }

  private Path withExternalWords(String location) throws IOException {
    ModelProto.Builder model = TinyEncoder.build(TinyEncoder.vocabulary().size()).toBuilder();
    TensorProto.Builder words = model.getGraphBuilder().getInitializerBuilder(0);
    Path file = folder.resolve(location);
    Files.createDirectories(file.getParent());
    Files.write(file, words.getRawData().toByteArray());
    words
        .clearRawData()
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(StringStringEntryProto.newBuilder().setKey("location").setValue(location));
    return Files.write(folder.resolve("external.onnx"), model.build().toByteArray());
  }
}
