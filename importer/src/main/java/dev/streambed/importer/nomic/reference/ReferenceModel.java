package dev.streambed.importer.nomic.reference;

import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.apiguardian.api.API;

/**
 * The forward pass in plain Java and double precision, straight from the original modelling code:
 * every expert is computed for every token, then weighted, mostly by zero. Slow, and shares nothing
 * with the graph builder, so that the two can be compared.
 *
 * <p>Matrices are feature-major, {@code [feature][token]}: the inner loop runs over the tokens of
 * all texts and each weight is read once.
 */
@API(status = API.Status.INTERNAL)
public final class ReferenceModel {
  private final Checkpoint checkpoint;
  private final CheckpointConfig config;

  public ReferenceModel(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
    this.config = checkpoint.config();
  }

  /**
   * The results of a forward pass. Arrays are owned by the receiver.
   *
   * @param pooled mean of the last hidden states, [text][feature], not normalised
   * @param hidden hidden states after the embedding and after each layer, [layer +
   *     1][feature][token], tokens of all texts one after the other
   * @param routing of each layer with experts, in their order
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Result(double[][] pooled, List<double[][]> hidden, List<Routing> routing) {}

  /**
   * The routing of the tokens in one layer.
   *
   * @param layer counted from 0
   * @param experts chosen experts, the heavier first, [token][2]
   * @param weights their weights, [token][2]
   * @param smallestMargin least difference between the second and the third weight of a token:
   *     rounding errors larger than this change the choice
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Routing(int layer, int[][] experts, double[][] weights, double smallestMargin) {}

  /**
   * Runs texts through all layers.
   *
   * @param texts token ids, special tokens included
   * @param layerDone hears of the number of finished layers after each
   */
  public Result run(List<long[]> texts, IntConsumer layerDone) {
    double[][] x = embed(texts);
    List<double[][]> hidden = new ArrayList<>();
    hidden.add(x);
    List<Routing> routing = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = "encoder.layers." + layer + ".";
      x = normalise(ReferenceMath.sum(x, attention(x, texts, prefix + "attn.")), prefix + "norm1");
      double[][] y =
          config.hasExperts(layer)
              ? mixture(x, layer, routing, prefix + "mlp.")
              : feedForward(x, prefix + "mlp.");
      x = normalise(ReferenceMath.sum(x, y), prefix + "norm2");
      hidden.add(x);
      layerDone.accept(layer + 1);
    }
    return new Result(pool(x, texts), hidden, routing);
  }

  private double[][] embed(List<long[]> texts) {
    int tokens = texts.stream().mapToInt(ids -> ids.length).sum();
    float[] type = tensor("embeddings.token_type_embeddings.weight").toArray();
    double[][] x = new double[config.hiddenSize()][tokens];
    float[] row = new float[config.hiddenSize()];
    int token = 0;
    for (long[] ids : texts) {
      for (long id : ids) {
        tensor("embeddings.word_embeddings.weight").read(id * row.length, row);
        for (int i = 0; i < row.length; i++) {
          x[i][token] = (double) row[i] + type[i];
        }
        token++;
      }
    }
    return normalise(x, "emb_ln");
  }

  private double[][] attention(double[][] x, List<long[]> texts, String prefix) {
    double[][] qkv = linear(x, prefix + "Wqkv");
    var rotation = new Rotation(config, texts.stream().mapToInt(ids -> ids.length).max().orElse(0));
    double[][] mixed = new double[config.hiddenSize()][x[0].length];
    int start = 0;
    for (long[] ids : texts) {
      for (int head = 0; head < config.heads(); head++) {
        attend(qkv, rotation, head, start, ids.length, mixed);
      }
      start += ids.length;
    }
    return linear(mixed, prefix + "out_proj");
  }

  /** One head over one text: rows of q, k and v lie at multiples of the hidden size. */
  private void attend(
      double[][] qkv, Rotation rotation, int head, int start, int length, double[][] mixed) {
    int size = config.headSize();
    int q = head * size;
    int v = 2 * config.hiddenSize() + q;
    for (int i = 0; i < length; i++) {
      double[] scores = new double[length];
      for (int j = 0; j < length; j++) {
        scores[j] = rotation.dot(qkv, q, start + i, start + j) / Math.sqrt(size);
      }
      ReferenceMath.softmax(scores);
      for (int lane = 0; lane < size; lane++) {
        double sum = 0;
        for (int j = 0; j < length; j++) {
          sum += scores[j] * qkv[v + lane][start + j];
        }
        mixed[q + lane][start + i] = sum;
      }
    }
  }

  private double[][] feedForward(double[][] x, String prefix) {
    double[][] inner = linear(x, prefix + "fc1");
    ReferenceMath.gelu(inner);
    return linear(inner, prefix + "fc2");
  }

  private double[][] mixture(double[][] x, int layer, List<Routing> routing, String prefix) {
    int tokens = x[0].length;
    double[][] logits = product(x, prefix + "router.layer.weight", 0, config.experts());
    Routing chosen = route(layer, logits, tokens);
    routing.add(chosen);
    double[][] y = new double[config.hiddenSize()][tokens];
    for (int expert = 0; expert < config.experts(); expert++) {
      int firstRow = expert * config.innerSize();
      double[][] inner = product(x, prefix + "experts.mlp.w1", firstRow, config.innerSize());
      ReferenceMath.gelu(inner);
      double[] gate = gate(chosen, expert, tokens);
      addGated(y, inner, gate, tensor(prefix + "experts.mlp.w2"), firstRow);
    }
    ReferenceMath.addToEach(y, tensor(prefix + "experts.bias").toArray());
    return y;
  }

  private Routing route(int layer, double[][] logits, int tokens) {
    int[][] experts = new int[tokens][2];
    double[][] weights = new double[tokens][2];
    double margin = Double.POSITIVE_INFINITY;
    for (int token = 0; token < tokens; token++) {
      double[] p = new double[config.experts()];
      for (int expert = 0; expert < p.length; expert++) {
        p[expert] = logits[expert][token];
      }
      ReferenceMath.softmax(p);
      int[] order = new int[] {ReferenceMath.largest(p, -1, -1), 0};
      order[1] = ReferenceMath.largest(p, order[0], -1);
      experts[token] = order;
      weights[token] = new double[] {p[order[0]], p[order[1]]}; // as they are, not made to sum to 1
      if (p.length > 2) {
        margin = Math.min(margin, p[order[1]] - p[ReferenceMath.largest(p, order[0], order[1])]);
      }
    }
    return new Routing(layer, experts, weights, margin);
  }

  private static double[] gate(Routing routing, int expert, int tokens) {
    double[] gate = new double[tokens];
    for (int token = 0; token < tokens; token++) {
      for (int choice = 0; choice < 2; choice++) {
        if (routing.experts()[token][choice] == expert) {
          gate[token] = routing.weights()[token][choice];
        }
      }
    }
    return gate;
  }

  /** y += (inner w2) * gate, w2 as stored: one row of {@code hidden} values per inner feature. */
  private static void addGated(
      double[][] y, double[][] inner, double[] gate, Tensor w2, int firstRow) {
    float[] row = new float[y.length];
    for (int f = 0; f < inner.length; f++) {
      double[] gated = inner[f];
      for (int token = 0; token < gated.length; token++) {
        gated[token] *= gate[token];
      }
      w2.read((long) (firstRow + f) * row.length, row);
      for (int i = 0; i < row.length; i++) {
        ReferenceMath.addScaled(y[i], row[i], gated);
      }
    }
  }

  /** x W^T + b for a weight stored [out, in]. */
  private double[][] linear(double[][] x, String name) {
    float[] bias = tensor(name + ".bias").toArray();
    double[][] y = product(x, name + ".weight", 0, bias.length);
    ReferenceMath.addToEach(y, bias);
    return y;
  }

  /** x times some rows of a weight. */
  private double[][] product(double[][] x, String name, int firstRow, int rows) {
    double[][] y = new double[rows][x[0].length];
    float[] row = new float[x.length];
    for (int o = 0; o < rows; o++) {
      tensor(name).read((long) (firstRow + o) * row.length, row);
      for (int i = 0; i < row.length; i++) {
        ReferenceMath.addScaled(y[o], row[i], x[i]);
      }
    }
    return y;
  }

  /** Layer norm over the features of each token, with the biased variance. */
  private double[][] normalise(double[][] x, String name) {
    float[] weight = tensor(name + ".weight").toArray();
    float[] bias = tensor(name + ".bias").toArray();
    double[][] y = new double[x.length][x[0].length];
    for (int token = 0; token < x[0].length; token++) {
      double mean = 0;
      for (double[] feature : x) {
        mean += feature[token] / x.length;
      }
      double variance = 0;
      for (double[] feature : x) {
        variance += (feature[token] - mean) * (feature[token] - mean) / x.length;
      }
      double scale = 1 / Math.sqrt(variance + config.layerNormEpsilon());
      for (int i = 0; i < x.length; i++) {
        y[i][token] = (x[i][token] - mean) * scale * weight[i] + bias[i];
      }
    }
    return y;
  }

  private static double[][] pool(double[][] x, List<long[]> texts) {
    double[][] pooled = new double[texts.size()][x.length];
    int start = 0;
    for (int text = 0; text < pooled.length; text++) {
      int length = texts.get(text).length;
      for (int i = 0; i < x.length; i++) {
        double sum = 0;
        for (int token = start; token < start + length; token++) {
          sum += x[i][token];
        }
        pooled[text][i] = sum / length;
      }
      start += length;
    }
    return pooled;
  }

  private Tensor tensor(String name) {
    return checkpoint.tensor(name);
  }
}
