package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.onnx.OnnxImport.BatchDependence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether the vectors of a graph depend on the other texts of a batch. */
class BatchDependenceIT {
  private static final Path ENCODER = Path.of("src/test/resources/tiny-encoder.onnx");
  private static final Path TOKENIZER = Path.of("src/test/resources/tiny-tokenizer.json");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 6, 7})
  void isNoticedInTheLastBitsOfFewTexts(int hiddenSize) throws IOException {
    OnnxImport source = softplus(hiddenSize);

    assertThatThrownBy(() -> importTo(source))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageMatching(
            "The vectors of ONNX model .*softplus.onnx depend on the other texts of the batch"
                + " \\(\\d+ of 512 texts, by up to \\S+E-\\d+\\)\\. Streambed serves only models that"
                + " embed each text by itself, unless imported with: --allow-batch-dependence");
    assertThat(folder.resolve("model")).doesNotExist();
  }

  @Test
  void isSaidByTheDescriptionAndTheRevisionWhereItIsAllowed() throws IOException {
    ModelDirectory model =
        importTo(softplus(3).withRevision("abc").withBatchDependence(BatchDependence.ALLOWED));

    assertThat(model.description().batchDependent()).isTrue();
    assertThat(model.description().revision()).isEqualTo("abc+batch-dependent");
    assertThat(Files.readString(model.path().resolve(ModelDescription.FILE_NAME)))
        .contains("\"batchDependent\" : true");
  }

  @Test
  void isNotSaidOfAGraphThatHasNone() throws IOException {
    Path encoder = Path.of("src/test/resources/tiny-encoder.onnx");

    ModelDirectory model =
        importTo(
            OnnxImport.of(encoder, TOKENIZER)
                .withMaxTokens(16)
                .withBatchDependence(BatchDependence.ALLOWED));

    assertThat(model.description().batchDependent()).isFalse();
    assertThat(model.description().revision()).isEmpty();
    assertThat(Files.readString(model.path().resolve(ModelDescription.FILE_NAME)))
        .doesNotContain("batchDependent");
  }

  @Test
  void isRefusedOfADynamicallyQuantisedGraphBeforeItIsTried() throws IOException {
    ModelProto.Builder model = TinyEncoder.build(TinyEncoder.vocabulary().size()).toBuilder();
    model.getGraphBuilder().addNode(TinyEncoder.node("DynamicQuantizeLinear", "bytes", "placed"));
    Path onnx = Files.write(folder.resolve("quantised.onnx"), model.build().toByteArray());

    assertThatThrownBy(() -> importTo(OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "ONNX model %s is dynamically quantised (DynamicQuantizeLinear): the vector of a text"
                + " would depend on the other texts of its batch. Import its float32 file, or this"
                + " one with: --allow-batch-dependence",
            onnx);
  }

  @Test
  void vectorsDoNotDependOnBatchMatesOrThreadsBitForBit() {
    ModelDirectory model = importTo(OnnxImport.of(ENCODER, TOKENIZER).withMaxTokens(16));
    List<TokenIds> texts = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 0; i < 256; i++) {
      long[] ids = new long[1 + random.nextInt(16)];
      for (int token = 0; token < ids.length; token++) {
        ids[token] = random.nextInt(TinyEncoder.vocabulary().size());
      }
      texts.add(new TokenIds(ids, false));
    }
    for (int threads : new int[] {1, 2}) {
      EmbedderOptions options =
          new EmbedderOptions(
              0, null, EmbedderOptions.DEFAULT_MAX_CHARACTERS, threads, DeviceChoice.CPU);
      try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, options)) {
        for (int start = 0; start < texts.size(); start += 32) {
          List<TokenIds> batch = texts.subList(start, start + 32);
          List<Embedding> together = embedder.embed(batch);
          for (int i = 0; i < batch.size(); i++) {
            float[] alone = embedder.embed(List.of(batch.get(i))).get(0).vector();
            assertThat(together.get(i).vector())
                .describedAs("text %d of seed 7, %d threads", start + i, threads)
                .isEqualTo(alone);
          }
        }
      }
    }
  }

  /** log(1 + exp(word x weights)): vectorised kernels, and others for what is left over. */
  private OnnxImport softplus(int hiddenSize) throws IOException {
    GraphProto tiny = TinyEncoder.build(TinyEncoder.vocabulary().size()).getGraph();
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("softplus")
            .addInput(tiny.getInput(0))
            .addInput(tiny.getInput(1))
            .addOutput(
                TinyEncoder.value(
                    "last_hidden_state",
                    TensorProto.DataType.FLOAT,
                    "batch",
                    "sequence",
                    hiddenSize))
            .addInitializer(TinyEncoder.floats("word", TinyEncoder.vocabulary().size(), hiddenSize))
            .addInitializer(TinyEncoder.floats("weights", hiddenSize, hiddenSize))
            .addInitializer(
                TinyEncoder.floats("one", 1, 1).toBuilder().clearRawData().addFloatData(1))
            .addNode(TinyEncoder.node("Gather", "words", "word", "input_ids"))
            .addNode(TinyEncoder.node("MatMul", "projected", "words", "weights"))
            .addNode(TinyEncoder.node("Exp", "powers", "projected"))
            .addNode(TinyEncoder.node("Add", "more", "powers", "one"))
            .addNode(TinyEncoder.node("Log", "last_hidden_state", "more"))
            .build();
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(14))
            .setGraph(graph)
            .build();
    Path onnx = Files.write(folder.resolve("softplus.onnx"), model.toByteArray());
    return OnnxImport.of(onnx, TOKENIZER).withMaxTokens(16);
  }

  private ModelDirectory importTo(OnnxImport source) {
    return OnnxImporter.importTo(source, folder.resolve("model"), ImportProgress.NONE);
  }
}
