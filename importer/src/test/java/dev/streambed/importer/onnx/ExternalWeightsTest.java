package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.importer.ImportProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExternalWeightsTest {
  @TempDir private Path folder;

  @Test
  void aGraphThatHoldsItsWeightsHasNone() {
    assertThat(ExternalWeights.of(GraphProto.getDefaultInstance(), model()).locations()).isEmpty();
  }

  @Test
  void findsWeightsInInitializersAttributesAndInnerGraphs() throws IOException {
    for (String name : new String[] {"a.bin", "b.bin", "c.bin"}) {
      Files.write(folder.resolve(name), new byte[8]);
    }
    GraphProto inner = GraphProto.newBuilder().addInitializer(tensor("c.bin", 0, 8)).build();
    GraphProto graph =
        GraphProto.newBuilder()
            .addInitializer(tensor("a.bin", 0, 4))
            .addInitializer(tensor("a.bin", 4, 4))
            .addNode(nodeWith(AttributeProto.newBuilder().setT(tensor("b.bin", 0, 8)).build()))
            .addNode(nodeWith(AttributeProto.newBuilder().setG(inner).build()))
            .build();

    assertThat(ExternalWeights.of(graph, model()).locations())
        .containsExactly("a.bin", "b.bin", "c.bin");
  }

  @Test
  void copiesWhatALinkPointsTo() throws IOException {
    Path blob = Files.write(folder.resolve("blob"), new byte[] {1, 2, 3});
    Path snapshot = Files.createDirectories(folder.resolve("snapshot/onnx"));
    Files.createSymbolicLink(snapshot.resolve("weights.bin"), blob);
    GraphProto graph = graph(tensor("weights.bin", 0, 3));
    Path target = Files.createDirectory(folder.resolve("target"));

    ExternalWeights.of(graph, snapshot.resolve("model.onnx")).copyTo(target, ImportProgress.NONE);

    assertThat(target.resolve("weights.bin"))
        .isRegularFile()
        .hasBinaryContent(new byte[] {1, 2, 3});
    assertThat(Files.isSymbolicLink(target.resolve("weights.bin"))).isFalse();
  }

  @Test
  void refusesWeightsThatAreMissing() {
    assertRefused(
        tensor("gone.bin", 0, 8),
        "ONNX model %s keeps its weights in %s, which does not exist. Copy that file beside the"
            + " model.",
        model(),
        folder.resolve("gone.bin"));
  }

  @Test
  void refusesWeightsThatAreCutOff() throws IOException {
    Path weights = Files.write(folder.resolve("short.bin"), new byte[11]);

    assertRefused(
        tensor("short.bin", 4, 8),
        "Weights file %s has 11 bytes; ONNX model %s reads it up to byte 12. It is cut off, or"
            + " belongs to another model.",
        weights,
        model());
  }

  @Test
  void refusesWeightsOutsideTheFolderOfTheModel() {
    for (String location : new String[] {"../w.bin", "/etc/w.bin", "a/../../w.bin", "", "a/../w"}) {
      assertRefused(
          tensor(location, 0, 8),
          "ONNX model %s keeps the weights 'weights' in '%s'; only a file in or below its own"
              + " folder can be imported.",
          model(),
          location);
    }
  }

  @Test
  void refusesWeightsThatWouldOverwriteTheGraph() {
    assertRefused(
        tensor("model.onnx", 0, 8),
        "ONNX model %s keeps its weights in 'model.onnx', a name that a model directory needs"
            + " itself.",
        model());
  }

  @Test
  void refusesAnOffsetThatIsNoNumber() {
    TensorProto tensor =
        tensor("w.bin", 0, 8).toBuilder()
            .addExternalData(StringStringEntryProto.newBuilder().setKey("offset").setValue("x"))
            .build();

    assertRefused(
        tensor,
        "ONNX model %s gives the offset of the weights 'weights' as 'x', which is no number.",
        model());
  }

  @FormatMethod
  private void assertRefused(
      TensorProto tensor, @FormatString String message, Object... arguments) {
    assertThatThrownBy(() -> ExternalWeights.of(graph(tensor), model()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(message.formatted(arguments));
  }

  private Path model() {
    return folder.resolve("encoder.onnx");
  }

  private static GraphProto graph(TensorProto tensor) {
    return GraphProto.newBuilder().addInitializer(tensor).build();
  }

  private static NodeProto nodeWith(AttributeProto attribute) {
    return NodeProto.newBuilder().addAttribute(attribute).build();
  }

  static TensorProto tensor(String location, long offset, long length) {
    return TensorProto.newBuilder()
        .setName("weights")
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(entry("location", location))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Long.toString(length)))
        .build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
