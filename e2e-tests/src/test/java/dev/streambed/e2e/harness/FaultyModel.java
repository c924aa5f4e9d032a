package dev.streambed.e2e.harness;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.onnx.OnnxImport;
import dev.streambed.importer.onnx.OnnxImporter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A model on which ONNX Runtime fails for one word and works long for another, as happens to real
 * ones: {@link #POISON} asks for a row of a table that has none, each {@link #HEAVY} adds rounds of
 * a matrix product to its batch. Other words, {@code w0} to {@code w99}, have vectors of their own.
 */
public final class FaultyModel {
  public static final String POISON = "poison";
  public static final String HEAVY = "heavy";
  public static final int WORDS = 100;

  private static final long POISON_ID = 2;
  private static final long HEAVY_ID = 3;
  private static final long START_ID = 4;
  private static final int FIRST_WORD_ID = 5;
  private static final int MAX_TOKENS = 64;
  private static final int HIDDEN_SIZE = 8;

  /** Some milliseconds per round. */
  private static final long MATRIX_SIZE = 256;

  private FaultyModel() {}

  /**
   * Makes the model's directory in a folder.
   *
   * @param rounds the matrix products that each heavy word adds to its batch
   */
  public static ModelDirectory create(Path folder, int rounds) throws IOException {
    Path encoder = Files.write(folder.resolve("encoder.onnx"), encoder(rounds).toByteArray());
    Path tokenizer = Files.write(folder.resolve("tokenizer.json"), tokenizer());
    return OnnxImporter.importTo(
        OnnxImport.of(encoder, tokenizer).withName("faulty").withMaxTokens(MAX_TOKENS),
        folder.resolve("faulty-model"),
        ImportProgress.NONE);
  }

  /** Each text begins with a token of its own, so that an empty one has one. */
  private static byte[] tokenizer() {
    StringBuilder vocabulary = new StringBuilder("\"[PAD]\":0,\"[UNK]\":1");
    vocabulary.append(",\"%s\":%d,\"%s\":%d".formatted(POISON, POISON_ID, HEAVY, HEAVY_ID));
    vocabulary.append(",\"[CLS]\":%d".formatted(START_ID));
    for (int word = 0; word < WORDS; word++) {
      vocabulary.append(",\"w%d\":%d".formatted(word, FIRST_WORD_ID + word));
    }
    return """
    {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
     "pre_tokenizer":{"type":"WhitespaceSplit"},
     "post_processor":{"type":"TemplateProcessing",
      "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
      "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
      "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[%d],"tokens":["[CLS]"]}}},
     "decoder":null,
     "model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{%s}}}
    """
        .formatted(START_ID, vocabulary)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static ModelProto encoder(int rounds) {
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("faulty")
            .addInput(value("input_ids", DataType.INT64, "batch", "sequence"))
            .addInput(value("attention_mask", DataType.INT64, "batch", "sequence"))
            .addOutput(value("last_hidden_state", DataType.FLOAT, "batch", "sequence", HIDDEN_SIZE))
            .addInitializer(wordTable())
            .addInitializer(floats("only_row", new float[HIDDEN_SIZE], 1, HIDDEN_SIZE))
            .addInitializer(number("poison_id", POISON_ID))
            .addInitializer(number("heavy_id", HEAVY_ID))
            .addInitializer(number("rounds", rounds))
            .addInitializer(floats("nothing", new float[1]))
            .addInitializer(matrixShape())
            .addNode(node("Gather", "words", "word", "input_ids"))
            // Row 1 of a table of one row, where the poison is.
            .addNode(node("Equal", "is_poison", "input_ids", "poison_id"))
            .addNode(cast("poison_row", "is_poison"))
            .addNode(node("Gather", "unharmed", "only_row", "poison_row"))
            .addNode(node("Add", "survived", "words", "unharmed"))
            // Ones stay ones in a product with a matrix of 1/256, and add nothing.
            .addNode(node("Equal", "is_heavy", "input_ids", "heavy_id"))
            .addNode(cast("heavy_words", "is_heavy"))
            .addNode(
                node("ReduceSum", "weight", "heavy_words").addAttribute(integer("keepdims", 0)))
            .addNode(node("Mul", "trips", "weight", "rounds"))
            .addNode(filled("ones", 1))
            .addNode(filled("shares", 1f / MATRIX_SIZE))
            .addNode(
                node("Loop", "worked", "trips", "", "ones")
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("body")
                            .setType(AttributeProto.AttributeType.GRAPH)
                            .setG(round())))
            .addNode(node("ReduceMax", "result", "worked").addAttribute(integer("keepdims", 0)))
            .addNode(node("Mul", "nothing_of_it", "result", "nothing"))
            .addNode(node("Add", "last_hidden_state", "survived", "nothing_of_it"))
            .build();
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setProducerName("streambed-tests")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(14))
        .setGraph(graph)
        .build();
  }

  private static GraphProto round() {
    return GraphProto.newBuilder()
        .setName("round")
        .addInput(value("round_number", DataType.INT64))
        .addInput(value("go_on", DataType.BOOL))
        .addInput(value("before", DataType.FLOAT, "rows", "columns"))
        .addOutput(value("goes_on", DataType.BOOL))
        .addOutput(value("after", DataType.FLOAT, "rows", "columns"))
        .addNode(node("Identity", "goes_on", "go_on"))
        .addNode(node("MatMul", "after", "before", "shares"))
        .build();
  }

  /** Small whole numbers, different for each word. */
  private static TensorProto wordTable() {
    int rows = FIRST_WORD_ID + WORDS;
    float[] table = new float[rows * HIDDEN_SIZE];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < HIDDEN_SIZE; column++) {
        table[row * HIDDEN_SIZE + column] = 1 + (row >> column) % 5;
      }
    }
    return floats("word", table, rows, HIDDEN_SIZE);
  }

  private static TensorProto matrixShape() {
    return TensorProto.newBuilder()
        .setName("matrix_shape")
        .setDataType(DataType.INT64.getNumber())
        .addDims(2)
        .addInt64Data(MATRIX_SIZE)
        .addInt64Data(MATRIX_SIZE)
        .build();
  }

  private static NodeProto.Builder filled(String output, float content) {
    return node("ConstantOfShape", output, "matrix_shape")
        .addAttribute(
            AttributeProto.newBuilder()
                .setName("value")
                .setType(AttributeProto.AttributeType.TENSOR)
                .setT(floats("", new float[] {content}, 1)));
  }

  private static NodeProto.Builder cast(String output, String input) {
    return node("Cast", output, input).addAttribute(integer("to", DataType.INT64.getNumber()));
  }

  private static NodeProto.Builder node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addAllInput(List.of(inputs))
        .addOutput(output);
  }

  private static AttributeProto integer(String name, long content) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(content)
        .build();
  }

  private static TensorProto number(String name, long content) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.INT64.getNumber())
        .addInt64Data(content)
        .build();
  }

  private static TensorProto floats(String name, float[] content, long... dimensions) {
    ByteBuffer bytes =
        ByteBuffer.allocate(content.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float each : content) {
      bytes.putFloat(each);
    }
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(DataType.FLOAT.getNumber())
            .setRawData(ByteString.copyFrom(bytes.flip()));
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    return tensor.build();
  }

  /** A value whose dimensions are Integers (fixed) or Strings (named). */
  private static ValueInfoProto value(String name, DataType type, Object... dimensions) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object dimension : dimensions) {
      if (dimension instanceof Integer size) {
        shape.addDimBuilder().setDimValue(size);
      } else {
        shape.addDimBuilder().setDimParam((String) dimension);
      }
    }
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }
}
