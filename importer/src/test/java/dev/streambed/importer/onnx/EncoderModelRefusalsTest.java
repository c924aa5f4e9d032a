package dev.streambed.importer.onnx;

import static dev.streambed.importer.onnx.TinyEncoder.node;
import static dev.streambed.importer.onnx.TinyEncoder.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.Pooling;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that are no encoders which Streambed can serve, and what it says of each. */
class EncoderModelRefusalsTest {
  private static final TensorProto.DataType INT64 = TensorProto.DataType.INT64;
  private static final TensorProto.DataType FLOAT = TensorProto.DataType.FLOAT;

  @TempDir private Path folder;
  private EncoderFile encoder = new EncoderFile(Path.of("unset"));

  @BeforeEach
  void buildAGoodModel() {
    encoder = new EncoderFile(folder);
  }

  @Test
  void refusesAMissingFile() {
    assertRefused(folder.resolve("none.onnx"), "There is no ONNX file %s.");
  }

  @Test
  void refusesADirectory() {
    assertRefused(folder, "%s is a directory, not an ONNX file.");
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    assertRefused(encoder.write(new byte[0]), "ONNX file %s is empty (0 bytes).");
  }

  @Test
  void refusesAGitLfsPointer() throws IOException {
    byte[] pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 90\n"
            .getBytes(StandardCharsets.UTF_8);

    assertRefused(
        encoder.write(pointer),
        "File %s is a Git LFS pointer, not the model itself. Fetch the model with: git lfs pull");
  }

  @Test
  void refusesAFileThatIsCutOff() throws IOException {
    byte[] bytes = encoder.model().build().toByteArray();

    assertRefused(
        encoder.write(Arrays.copyOf(bytes, bytes.length / 2)),
        "File %s is not an ONNX model, or is cut off or damaged: While parsing a protocol message,"
            + " the input ended unexpectedly in the middle of a field.  This could mean either that"
            + " the input has been truncated or that an embedded message misreported its own"
            + " length.");
  }

  @Test
  void refusesRandomBytesWithoutAnyOtherException() throws IOException {
    for (int seed = 0; seed < 500; seed++) {
      byte[] bytes = new byte[1 + seed];
      new Random(seed).nextBytes(bytes);
      Path file = encoder.write(bytes);

      assertThatThrownBy(() -> EncoderModel.read(file))
          .describedAs("seed %d", seed)
          .isInstanceOf(InvalidModelException.class);
    }
  }

  @Test
  void refusesAModelWithOneByteChangedOrReadsItWithoutAnyOtherException() throws IOException {
    byte[] good = encoder.model().build().toByteArray();
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      byte[] bytes = good.clone();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      Path file = encoder.write(bytes);

      try {
        EncoderFile.pooled(file, Pooling.MEAN);
      } catch (InvalidModelException e) {
        assertThat(e.getMessage()).describedAs("seed %d", seed).contains(file.toString());
      }
    }
  }

  @Test
  void refusesAProtobufThatIsNoModel() throws IOException {
    assertRefused(
        encoder.write(ModelProto.newBuilder().setIrVersion(8).build().toByteArray()),
        "File %s is not an ONNX model: it holds no graph.");
  }

  @Test
  void refusesAnOldOpset() throws IOException {
    encoder
        .model()
        .clearOpsetImport()
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(10));

    assertRefused(
        encoder.write(),
        "ONNX model %s uses opset 10; at least 11 is needed. Export it again with a newer opset.");
  }

  @Test
  void refusesAModelWithoutOpset() throws IOException {
    encoder.model().clearOpsetImport();

    assertRefused(encoder.write(), "ONNX model %s does not say which ONNX opset it uses.");
  }

  @Test
  void refusesAModelWithoutAttentionMask() throws IOException {
    encoder.graph().removeInput(1);

    assertRefused(
        encoder.write(),
        "ONNX model %s has no input 'attention_mask' (inputs: input_ids, token_type_ids). Streambed"
            + " serves text encoders: input_ids and attention_mask in.");
  }

  @Test
  void refusesAnImageModel() throws IOException {
    encoder.graph().clearInput().addInput(value("pixel_values", FLOAT, "batch", 3, 224, 224));

    assertRefused(
        encoder.write(),
        "ONNX model %s has no input 'input_ids' (inputs: pixel_values). Streambed serves text"
            + " encoders: input_ids and attention_mask in.");
  }

  @Test
  void refusesAnInputThatNobodyFeeds() throws IOException {
    encoder.graph().addInput(value("position_ids", INT64, "batch", "sequence"));

    assertRefused(
        encoder.write(),
        "ONNX model %s needs position_ids, which Streambed does not feed (it feeds input_ids and"
            + " attention_mask, and zeros as token_type_ids).");
  }

  @Test
  void refusesAnInputOfTheWrongType() throws IOException {
    encoder
        .graph()
        .setInput(0, value("input_ids", TensorProto.DataType.INT32, "batch", "sequence"));

    assertRefused(
        encoder.write(),
        "Input 'input_ids' of ONNX model %s is int32 [batch, sequence]; must be int64 [batch,"
            + " sequence].");
  }

  @Test
  void refusesAnInputOfTheWrongRank() throws IOException {
    encoder.graph().setInput(1, value("attention_mask", INT64, "batch", 1, 1, "sequence"));

    assertRefused(
        encoder.write(),
        "Input 'attention_mask' of ONNX model %s is int64 [batch, 1, 1, sequence]; must be int64"
            + " [batch, sequence].");
  }

  @Test
  void refusesAFixedBatchOrLength() throws IOException {
    encoder.graph().setInput(0, value("input_ids", INT64, 1, 128));

    assertRefused(
        encoder.write(),
        "Input 'input_ids' of ONNX model %s is int64 [1, 128]; batch and sequence must be free."
            + " Export it again with dynamic axes.");
  }

  @Test
  void refusesAModelThatIsPooledUnderAnotherName() throws IOException {
    encoder.graph().clearOutput().addOutput(value("sentence_embedding", FLOAT, "batch", 8));

    assertRefused(
        encoder.write(),
        "ONNX model %s has no output 'last_hidden_state' (outputs: sentence_embedding float32"
            + " [batch, 8]). It is already pooled, or no encoder: export the encoder without its"
            + " pooling.");
  }

  @Test
  void refusesToGuessBetweenOutputs() throws IOException {
    encoder
        .graph()
        .clearOutput()
        .addOutput(value("output_0", FLOAT, "batch", "sequence", 8))
        .addOutput(value("output_1", FLOAT, "batch", "sequence", 8));

    assertRefused(
        encoder.write(),
        "ONNX model %s has no output 'last_hidden_state' (outputs: output_0 float32 [batch,"
            + " sequence, 8], output_1 float32 [batch, sequence, 8]). Several are [batch, sequence,"
            + " hidden]: name the right one so when you export it.");
  }

  @Test
  void refusesALastHiddenStateThatIsPooled() throws IOException {
    encoder.graph().setOutput(0, value("last_hidden_state", FLOAT, "batch", 8));

    assertRefused(
        encoder.write(),
        "Output 'last_hidden_state' of ONNX model %s is already pooled: float32 [batch, 8]; pooling"
            + " needs [batch, sequence, hidden].");
  }

  @Test
  void refusesALastHiddenStateOfTheWrongRank() throws IOException {
    encoder
        .graph()
        .setOutput(0, value("last_hidden_state", FLOAT, "layers", "batch", "sequence", 8));

    assertRefused(
        encoder.write(),
        "Output 'last_hidden_state' of ONNX model %s is float32 [layers, batch, sequence, 8];"
            + " pooling needs [batch, sequence, hidden].");
  }

  @Test
  void refusesAHiddenSizeThatNobodyKnows() throws IOException {
    encoder.graph().setOutput(0, value("last_hidden_state", FLOAT, "batch", "sequence", "hidden"));
    encoder.graph().getNodeBuilder(0).setInput(1, "copied");

    assertRefused(
        encoder.write(),
        "Output 'last_hidden_state' of ONNX model %s is float32 [batch, sequence, hidden]: its last"
            + " axis, the hidden size, must be a number. Put the model's config.json beside it, or"
            + " export it with that axis fixed.");
  }

  @Test
  void refusesHalfPrecisionOutput() throws IOException {
    encoder
        .graph()
        .setOutput(
            0, value("last_hidden_state", TensorProto.DataType.FLOAT16, "batch", "sequence", 8));

    assertRefused(
        encoder.write(),
        "Output 'last_hidden_state' of ONNX model %s is float16 [batch, sequence, 8]; must be"
            + " float32.");
  }

  @Test
  void refusesNamesThatTheImportNeeds() throws IOException {
    encoder.graph().addNode(node("Identity", "pooled", "placed"));

    assertRefused(
        encoder.write(), "ONNX model %s has a value named 'pooled', a name that the import needs.");
  }

  @Test
  void refusesAGraphThatWasImportedAlready() throws IOException {
    byte[] imported = EncoderFile.pooled(encoder.write(), Pooling.MEAN).toByteArray();

    assertRefused(
        encoder.write(imported),
        "ONNX model %s has no output 'last_hidden_state' (outputs: pooled float32 [batch, 8]). It"
            + " is already pooled, or no encoder: export the encoder without its pooling.");
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> EncoderModel.read(file).tokenVectors(Optional.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(message.formatted(file));
  }
}
