package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The tiny encoder of the tests: tanh((word[id] + type[token type] + position[n]) x weights),
 * hidden size 8. It knows {@link #MAX_TOKENS} positions, so a text that was not cut fails in ONNX
 * Runtime; the positions are counted from the attention mask, so word order matters.
 */
public final class TinyEncoder {
  static final int HIDDEN_SIZE = 8;
  public static final int MAX_TOKENS = 16;

  private static final long SEED = 20261122;

  private TinyEncoder() {}

  /** Builds the same bytes every time. */
  public static ModelProto build(int vocabularySize) {
    Random random = new Random(SEED);
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("tiny-encoder")
            .addInput(value("input_ids", TensorProto.DataType.INT64, "batch", "sequence"))
            .addInput(value("attention_mask", TensorProto.DataType.INT64, "batch", "sequence"))
            .addInput(value("token_type_ids", TensorProto.DataType.INT64, "batch", "sequence"))
            .addOutput(
                value(
                    "last_hidden_state",
                    TensorProto.DataType.FLOAT,
                    "batch",
                    "sequence",
                    HIDDEN_SIZE))
            .addInitializer(floats("word", random, vocabularySize, HIDDEN_SIZE))
            .addInitializer(floats("type", random, 2, HIDDEN_SIZE))
            .addInitializer(floats("position", random, MAX_TOKENS + 1, HIDDEN_SIZE))
            .addInitializer(floats("weights", random, HIDDEN_SIZE, HIDDEN_SIZE))
            .addInitializer(TensorProto.newBuilder().setName("axis").setDataType(7).addInt64Data(1))
            .addNode(node("Gather", "words", "word", "input_ids"))
            .addNode(node("Gather", "types", "type", "token_type_ids"))
            .addNode(node("CumSum", "positions", "attention_mask", "axis"))
            .addNode(node("Gather", "places", "position", "positions"))
            .addNode(node("Add", "typed", "words", "types"))
            .addNode(node("Add", "placed", "typed", "places"))
            .addNode(node("MatMul", "projected", "placed", "weights"))
            .addNode(node("Tanh", "last_hidden_state", "projected"))
            .build();
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setProducerName("streambed-tests")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(14))
        .setGraph(graph)
        .build();
  }

  static NodeProto node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  /** A value whose dimensions are Integers (fixed) or Strings (named). */
  static ValueInfoProto value(String name, TensorProto.DataType type, Object... dimensions) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object dimension : dimensions) {
      TensorShapeProto.Dimension.Builder builder = shape.addDimBuilder();
      if (dimension instanceof Integer size) {
        builder.setDimValue(size);
      } else {
        builder.setDimParam((String) dimension);
      }
    }
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  /** A matrix of random numbers, the same every time. */
  static TensorProto floats(String name, int rows, int columns) {
    return floats(name, new Random(SEED), rows, columns);
  }

  private static TensorProto floats(String name, Random random, int rows, int columns) {
    ByteBuffer bytes =
        ByteBuffer.allocate(rows * columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      bytes.putFloat(random.nextFloat() - 0.5f);
    }
    return TensorProto.newBuilder()
        .setName(name)
        .addDims(rows)
        .addDims(columns)
        .setDataType(TensorProto.DataType.FLOAT.getNumber())
        .setRawData(ByteString.copyFrom(bytes.flip()))
        .build();
  }

  /** The words of the tiny tokenizer; a word's id is its place. */
  public static List<String> vocabulary() {
    List<String> words = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
    for (char letter = 'a'; letter <= 'z'; letter++) {
      words.add(String.valueOf(letter));
      words.add("##" + letter);
    }
    for (char digit = '0'; digit <= '9'; digit++) {
      words.add(String.valueOf(digit));
      words.add("##" + digit);
    }
    words.addAll(List.of(".", ",", "!", "?", ":", ";", "-", "'", "\"", "(", ")", "_"));
    words.addAll(List.of(COMMON_WORDS.split(" ")));
    return words.stream().distinct().toList();
  }

  private static final String COMMON_WORDS =
      "query passage search document hello world the of and to in is it that was for on are as with his they at be"
          + " this from or had by hot but some what there we can out other were all your when up use word how said an"
          + " each she which do their time if will way about many then them would write like so these her long make"
          + " thing see him two has look more day could go come did my sound no most number who over know water than"
          + " call first people may down side been now find any new work part take get place made live where after"
          + " back little only round man year came show every good me give our under name very through just form much"
          + " great think say help low line before turn cause same mean differ move right boy old too does tell dog"
          + " cat bites tax taxes economy health school war peace union state nation law money bank river text key";
}
