package dev.streambed.importer.nomic.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import dev.streambed.importer.nomic.checkpoint.AlteredCheckpoint;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The mistakes that implementations of this model are known to make: each builds a graph that has
 * it, from altered weights or by rewriting the right graph.
 */
enum Mistake {
  /** The two weights are made to sum to 1. */
  RENORMALISED("Renormalised") {
    @Override
    ModelProto plant(Path directory) {
      return rewriteRouter(directory, Mistake::renormalise);
    }
  },
  /** The two experts are chosen first; the softmax runs over their two scores alone. */
  SOFTMAX_AFTER_TOP_K("SoftmaxAfterTopk") {
    @Override
    ModelProto plant(Path directory) {
      return rewriteRouter(directory, Mistake::softmaxAfterTopK);
    }
  },
  TANH_GELU("TanhGelu") {
    @Override
    ModelProto plant(Path directory) {
      return rewrite(right(directory), "Gelu", GraphBuilder.attribute("approximate", "tanh"));
    }
  },
  NO_EXPERT_BIAS("NoExpertBias") {
    @Override
    ModelProto plant(Path directory) throws IOException {
      alterLayers(directory, "mlp.experts.bias", values -> new float[values.length]);
      return right(directory);
    }
  },
  /** The bias is part of each expert, and so is weighted. */
  BIAS_PER_EXPERT("BiasPerExpert") {
    @Override
    ModelProto plant(Path directory) {
      return weightBias(right(directory));
    }
  },
  /** The stored [F, H] is read as [H, F]. */
  W2_VIEWED_TRANSPOSED("W2ViewedEHF") {
    @Override
    ModelProto plant(Path directory) throws IOException {
      CheckpointConfig config = Checkpoint.open(directory).config();
      alterLayers(directory, "mlp.experts.mlp.w2", values -> viewTransposed(values, config));
      return right(directory);
    }
  },
  ROPE_INTERLEAVED("RopeInterleaved") {
    @Override
    ModelProto plant(Path directory) {
      return rewrite(right(directory), "RotaryEmbedding", GraphBuilder.attribute("interleaved", 1));
    }
  },
  ROPE_OPPOSITE_SIGN("RopeOppositeSign") {
    @Override
    ModelProto plant(Path directory) {
      return negateSines(right(directory));
    }
  },
  /** The rows of Wqkv are read as [head, three, lane] instead of [three, head, lane]. */
  HEAD_MAJOR_QKV("HeadMajorQkv") {
    @Override
    ModelProto plant(Path directory) throws IOException {
      CheckpointConfig config = Checkpoint.open(directory).config();
      for (int layer = 0; layer < config.layers(); layer++) {
        String prefix = "encoder.layers." + layer + ".attn.Wqkv.";
        int width = config.hiddenSize();
        AlteredCheckpoint.tensor(directory, prefix + "weight", v -> headMajor(v, width, config));
        AlteredCheckpoint.tensor(directory, prefix + "bias", v -> headMajor(v, 1, config));
      }
      return right(directory);
    }
  },
  NO_MASK("NoMask") {
    @Override
    ModelProto plant(Path directory) {
      return withoutMask(right(directory));
    }
  },
  PRE_NORM("PreNorm") {
    @Override
    ModelProto plant(Path directory) {
      return PreNormGraph.build(Checkpoint.open(directory));
    }
  },
  NO_TOKEN_TYPE("NoTokenType") {
    @Override
    ModelProto plant(Path directory) throws IOException {
      AlteredCheckpoint.tensor(
          directory, "embeddings.token_type_embeddings.weight", v -> new float[v.length]);
      return right(directory);
    }
  },
  ROPE_BASE_100000("Base100k") {
    @Override
    ModelProto plant(Path directory) throws IOException {
      AlteredCheckpoint.config(
          directory, "\"rotary_emb_base\" : 10000.0", "\"rotary_emb_base\" : 100000.0");
      return right(directory);
    }
  };

  /** Its name in the figures that came with the goldens. */
  final String measuredAs;

  Mistake(String measuredAs) {
    this.measuredAs = measuredAs;
  }

  /** Builds a graph with the mistake; may change the checkpoint. */
  abstract ModelProto plant(Path directory) throws IOException;

  private static ModelProto right(Path directory) {
    return NomicGraph.referencing(Checkpoint.open(directory), GraphOptions.DEFAULT);
  }

  /** Sets an attribute of all nodes of a kind. */
  private static ModelProto rewrite(
      ModelProto model, String operator, ai.onnx.proto.OnnxMl.AttributeProto attribute) {
    ModelProto.Builder changed = model.toBuilder();
    for (NodeProto.Builder node : changed.getGraphBuilder().getNodeBuilderList()) {
      if (node.getOpType().equals(operator)) {
        for (int i = 0; i < node.getAttributeCount(); i++) {
          if (node.getAttribute(i).getName().equals(attribute.getName())) {
            node.setAttribute(i, attribute);
          }
        }
      }
    }
    return changed.build();
  }

  private interface RouterChange {
    /** Nodes to put in place of a TopK, whose first result is named {@code weights}. */
    List<NodeProto> apply(NodeProto topK, String weights);
  }

  private static ModelProto rewriteRouter(Path directory, RouterChange change) {
    ModelProto model = right(directory);
    ModelProto.Builder changed = model.toBuilder();
    changed.getGraphBuilder().clearNode();
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getOpType().equals("TopK")) {
        change.apply(node, node.getOutput(0)).forEach(changed.getGraphBuilder()::addNode);
      } else {
        changed.getGraphBuilder().addNode(node);
      }
    }
    return changed.build();
  }

  private static List<NodeProto> renormalise(NodeProto topK, String weights) {
    return List.of(
        topK.toBuilder().setName(weights + "/raw").setOutput(0, weights + "/raw").build(),
        node("ReduceSum", weights + "/total", weights + "/raw", "constant/[1]"),
        node("Div", weights, weights + "/raw", weights + "/total"));
  }

  private static List<NodeProto> softmaxAfterTopK(NodeProto topK, String weights) {
    String logits = topK.getInput(0).replace("probabilities", "logits");
    return List.of(
        topK.toBuilder()
            .setName(weights + "/raw")
            .setInput(0, logits)
            .setOutput(0, weights + "/raw")
            .build(),
        node("Softmax", weights, weights + "/raw"));
  }

  private static ModelProto weightBias(ModelProto model) {
    ModelProto.Builder changed = model.toBuilder();
    changed.getGraphBuilder().clearNode();
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getInputCount() == 2 && node.getInput(1).endsWith("experts.bias")) {
        String name = node.getName();
        changed
            .getGraphBuilder()
            .addNode(node("ReduceSum", name + "/total", name + "/router/weights", "constant/[1]"))
            .addNode(node("Mul", name + "/weighted_bias", node.getInput(1), name + "/total"))
            .addNode(node.toBuilder().setInput(1, name + "/weighted_bias"));
      } else {
        changed.getGraphBuilder().addNode(node);
      }
    }
    return changed.build();
  }

  private static ModelProto negateSines(ModelProto model) {
    ModelProto.Builder changed = model.toBuilder();
    for (TensorProto.Builder tensor : changed.getGraphBuilder().getInitializerBuilderList()) {
      if (tensor.getName().equals("rotary/sin")) {
        ByteBuffer bytes =
            ByteBuffer.wrap(tensor.getRawData().toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < bytes.limit(); i += Float.BYTES) {
          bytes.putFloat(i, -bytes.getFloat(i));
        }
        tensor.setRawData(ByteString.copyFrom(bytes));
      }
    }
    return changed.build();
  }

  /** Padding is taken for text everywhere but in the mean. */
  private static ModelProto withoutMask(ModelProto model) {
    ModelProto.Builder changed = model.toBuilder();
    changed.getGraphBuilder().clearNode();
    String mask = TokenPacking.ATTENTION_MASK;
    changed.getGraphBuilder().addNode(node("Equal", "all_true", mask, mask));
    changed
        .getGraphBuilder()
        .addNode(
            node("Cast", "all_ones", "all_true").toBuilder()
                .addAttribute(GraphBuilder.attribute("to", DataType.INT64.getNumber())));
    for (NodeProto node : model.getGraph().getNodeList()) {
      boolean isMask = List.of("packing/mask", "packing/is_token").contains(node.getName());
      changed
          .getGraphBuilder()
          .addNode(isMask ? node.toBuilder().setInput(0, "all_ones").build() : node);
    }
    return changed.build();
  }

  private static NodeProto node(String operator, String name, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .setName(name)
        .addAllInput(List.of(inputs))
        .addOutput(name)
        .build();
  }

  private static void alterLayers(Path directory, String tensor, UnaryOperator<float[]> change)
      throws IOException {
    CheckpointConfig config = Checkpoint.open(directory).config();
    for (int layer = 0; layer < config.layers(); layer++) {
      if (config.hasExperts(layer)) {
        AlteredCheckpoint.tensor(directory, "encoder.layers." + layer + "." + tensor, change);
      }
    }
  }

  private static float[] viewTransposed(float[] stored, CheckpointConfig config) {
    int inner = config.innerSize();
    int hidden = config.hiddenSize();
    float[] changed = new float[stored.length];
    for (int expert = 0; expert < config.experts(); expert++) {
      int start = expert * inner * hidden;
      for (int f = 0; f < inner; f++) {
        for (int h = 0; h < hidden; h++) {
          changed[start + f * hidden + h] = stored[start + h * inner + f];
        }
      }
    }
    return changed;
  }

  private static float[] headMajor(float[] stored, int width, CheckpointConfig config) {
    int rowsOfHead = config.headSize() * width;
    float[] changed = new float[stored.length];
    for (int third = 0; third < 3; third++) {
      for (int head = 0; head < config.heads(); head++) {
        int from = (head * 3 + third) * rowsOfHead;
        int to = (third * config.heads() + head) * rowsOfHead;
        System.arraycopy(stored, from, changed, to, rowsOfHead);
      }
    }
    return changed;
  }
}
