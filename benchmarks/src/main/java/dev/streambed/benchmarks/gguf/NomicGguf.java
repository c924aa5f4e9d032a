package dev.streambed.benchmarks.gguf;

import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * A NomicBERT mixture of experts as llama.cpp's converter would write it. That drops the bias of
 * the experts, for which llama.cpp has no place.
 */
@Internal
public final class NomicGguf {
  private static final String ARCHITECTURE = "nomic-bert-moe";
  private static final int LONGEST_TEXT = 512; // tokens, whatever n_positions says
  private static final int MEAN_POOLING = 1;
  private static final int QUANTIZATION_VERSION = 2;

  private final Checkpoint checkpoint;
  private final CheckpointConfig config;
  private final GgufType weights;
  private final GgufFile file = new GgufFile();

  private NomicGguf(Checkpoint checkpoint, GgufType weights) {
    this.checkpoint = checkpoint;
    this.config = checkpoint.config();
    this.weights = weights;
  }

  /**
   * Writes a file with tokeniser and weights.
   *
   * @param weights how matrices are stored; vectors and the router stay in 32 bits
   * @throws IllegalArgumentException if a row of a matrix is no multiple of the type's blocks
   */
  public static void write(Checkpoint checkpoint, GgufType weights, Path file) throws IOException {
    var gguf = new NomicGguf(checkpoint, weights);
    gguf.appendParameters();
    GgufTokenizer.append(
        checkpoint.tokenizerFile(), checkpoint.config().vocabularyRows(), gguf.file);
    gguf.appendTensors();
    gguf.file.write(file);
  }

  private void appendParameters() {
    file.text("general.architecture", ARCHITECTURE)
        .text("general.name", "nomic-embed-text-v2-moe")
        .number("general.file_type", fileType())
        .number("general.quantization_version", QUANTIZATION_VERSION)
        .number(ARCHITECTURE + ".context_length", Math.min(LONGEST_TEXT, config.positions()))
        .number(ARCHITECTURE + ".embedding_length", config.hiddenSize())
        .number(ARCHITECTURE + ".block_count", config.layers())
        .number(ARCHITECTURE + ".feed_forward_length", config.innerSize())
        .number(ARCHITECTURE + ".attention.head_count", config.heads())
        .number(ARCHITECTURE + ".attention.layer_norm_epsilon", (float) config.layerNormEpsilon())
        .flag(ARCHITECTURE + ".attention.causal", false)
        .number(ARCHITECTURE + ".pooling_type", MEAN_POOLING)
        .number(ARCHITECTURE + ".rope.freq_base", (float) config.rotaryBase())
        .number(ARCHITECTURE + ".moe_every_n_layers", config.mixtureEvery())
        .number(ARCHITECTURE + ".expert_count", config.experts())
        .number(ARCHITECTURE + ".expert_used_count", CheckpointConfig.EXPERTS_PER_TOKEN);
  }

  /** llama.cpp's number for a whole file: "mostly" of a type. */
  private int fileType() {
    return switch (weights) {
      case F32 -> 0;
      case F16 -> 1;
      case Q8_0 -> 7;
    };
  }

  private void appendTensors() {
    matrix("token_embd.weight", "embeddings.word_embeddings.weight");
    plain("token_types.weight", "embeddings.token_type_embeddings.weight");
    norm("token_embd_norm", "emb_ln");
    for (int layer = 0; layer < config.layers(); layer++) {
      String to = "blk." + layer + ".";
      String from = "encoder.layers." + layer + ".";
      matrixAndBias(to + "attn_qkv", from + "attn.Wqkv");
      matrixAndBias(to + "attn_output", from + "attn.out_proj");
      norm(to + "attn_output_norm", from + "norm1");
      if (config.hasExperts(layer)) {
        plain(to + "ffn_gate_inp.weight", from + "mlp.router.layer.weight");
        experts(to + "ffn_up_exps.weight", from + "mlp.experts.mlp.w1");
        transposedExperts(to + "ffn_down_exps.weight", from + "mlp.experts.mlp.w2");
      } else {
        matrixAndBias(to + "ffn_up", from + "mlp.fc1");
        matrixAndBias(to + "ffn_down", from + "mlp.fc2");
      }
      norm(to + "layer_output_norm", from + "norm2");
    }
  }

  private void norm(String to, String from) {
    plain(to + ".weight", from + ".weight");
    plain(to + ".bias", from + ".bias");
  }

  private void matrixAndBias(String to, String from) {
    matrix(to + ".weight", from + ".weight");
    plain(to + ".bias", from + ".bias");
  }

  private void plain(String to, String from) {
    Tensor tensor = checkpoint.tensor(from);
    file.tensor(to, GgufType.F32, tensor.shape(), rows(tensor));
  }

  private void matrix(String to, String from) {
    Tensor tensor = checkpoint.tensor(from);
    file.tensor(to, weights, tensor.shape(), rows(tensor));
  }

  /** [E*F, H] of the checkpoint as [E, F, H]. */
  private void experts(String to, String from) {
    Tensor tensor = checkpoint.tensor(from);
    file.tensor(to, weights, shape(config.innerSize(), config.hiddenSize()), rows(tensor));
  }

  /** [E*F, H] of the checkpoint as [E, H, F]. */
  private void transposedExperts(String to, String from) {
    var rows = new Transposed(checkpoint.tensor(from), config.innerSize(), config.hiddenSize());
    file.tensor(to, weights, shape(config.hiddenSize(), config.innerSize()), rows);
  }

  private List<Long> shape(long rows, long columns) {
    return List.of((long) config.experts(), rows, columns);
  }

  private static GgufFile.Rows rows(Tensor tensor) {
    return (row, target) -> tensor.read(row * target.length, target);
  }

  /** The columns of stacked matrices, one matrix after the other, as rows. */
  private static final class Transposed implements GgufFile.Rows {
    private final Tensor tensor;
    private final int columns;
    private final float[] matrix;
    private long loaded = -1;

    Transposed(Tensor tensor, int rows, int columns) {
      this.tensor = tensor;
      this.columns = columns;
      this.matrix = new float[rows * columns];
    }

    @Override
    public void read(long row, float[] target) {
      if (row / columns != loaded) {
        loaded = row / columns;
        tensor.read(loaded * matrix.length, matrix);
      }
      int column = (int) (row % columns);
      for (int i = 0; i < target.length; i++) {
        target[i] = matrix[i * columns + column];
      }
    }
  }
}
