package dev.streambed.importer.nomic.checkpoint;

import static dev.streambed.embedder.Requirements.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The numbers of a NomicBERT mixture-of-experts model that shape its arithmetic; everything else in
 * config.json has one accepted value, which {@link ConfigFile} checks.
 *
 * @param hiddenSize width of the hidden states (H)
 * @param heads attention heads (A)
 * @param layers transformer layers
 * @param innerSize width inside a feed-forward block or expert (F)
 * @param vocabularyRows rows of the word table, at least the tokenizer's tokens
 * @param experts experts in a mixture layer (E)
 * @param mixtureEvery layer i has experts if {@code i % mixtureEvery == 1}
 * @param positions longest text the configuration admits, in tokens
 * @param layerNormEpsilon added to the variance in every layer norm
 * @param rotaryBase base of the rotary frequencies
 */
@API(status = API.Status.INTERNAL)
public record CheckpointConfig(
    int hiddenSize,
    int heads,
    int layers,
    int innerSize,
    int vocabularyRows,
    int experts,
    int mixtureEvery,
    int positions,
    double layerNormEpsilon,
    double rotaryBase) {

  /** Experts computed for a token: the only value the graph implements. */
  public static final int EXPERTS_PER_TOKEN = 2;

  /** The published nomic-embed-text-v2-moe: 148 tensors, 475,292,928 parameters. */
  public static final CheckpointConfig NOMIC_EMBED_TEXT_V2_MOE =
      new CheckpointConfig(768, 12, 12, 3072, 250_048, 8, 2, 2048, 1e-5, 10_000);

  public CheckpointConfig {
    check(heads >= 1, "n_head", heads, "at least 1");
    check(hiddenSize >= 2, "n_embd", hiddenSize, "at least 2");
    check(hiddenSize % heads == 0, "n_embd", hiddenSize, "a multiple of n_head, " + heads);
    check(hiddenSize / heads % 2 == 0, "n_embd", hiddenSize, "an even number per head");
    check(layers >= 2, "n_layer", layers, "at least 2");
    check(innerSize >= 1, "n_inner", innerSize, "at least 1");
    check(vocabularyRows >= 5, "vocab_size", vocabularyRows, "at least 5");
    check(
        experts >= EXPERTS_PER_TOKEN,
        "num_experts",
        experts,
        "at least moe_top_k, " + EXPERTS_PER_TOKEN);
    // With 1 the original code builds no mixture layer at all, since i % 1 is never 1.
    check(mixtureEvery >= 2, "moe_every_n_layers", mixtureEvery, "at least 2");
    check(positions >= 2, "n_positions", positions, "at least 2");
    check(
        layerNormEpsilon > 0 && layerNormEpsilon < 1,
        "layer_norm_epsilon",
        layerNormEpsilon,
        "between 0 and 1");
    check(
        rotaryBase > 1 && rotaryBase < Double.POSITIVE_INFINITY,
        "rotary_emb_base",
        rotaryBase,
        "finite and more than 1");
  }

  /** Width of one attention head (D). */
  public int headSize() {
    return hiddenSize / heads;
  }

  /** Whether a layer, counted from 0, has experts instead of one feed-forward block. */
  public boolean hasExperts(int layer) {
    return layer % mixtureEvery == 1;
  }

  /** Layers with experts. */
  public int mixtureLayers() {
    int count = 0;
    for (int layer = 0; layer < layers; layer++) {
      count += hasExperts(layer) ? 1 : 0;
    }
    return count;
  }

  /** Every tensor that the checkpoint must have, and its shape; no other is allowed. */
  public Map<String, List<Long>> expectedTensors() {
    long hidden = hiddenSize;
    long inner = innerSize;
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("embeddings.word_embeddings.weight", List.of((long) vocabularyRows, hidden));
    shapes.put("embeddings.token_type_embeddings.weight", List.of(1L, hidden));
    putWeightAndBias(shapes, "emb_ln", hidden);
    for (int layer = 0; layer < layers; layer++) {
      String prefix = "encoder.layers." + layer + ".";
      putWeightAndBias(shapes, prefix + "attn.Wqkv", 3 * hidden, hidden);
      putWeightAndBias(shapes, prefix + "attn.out_proj", hidden, hidden);
      putWeightAndBias(shapes, prefix + "norm1", hidden);
      putWeightAndBias(shapes, prefix + "norm2", hidden);
      if (hasExperts(layer)) {
        shapes.put(prefix + "mlp.router.layer.weight", List.of((long) experts, hidden));
        shapes.put(prefix + "mlp.experts.mlp.w1", List.of(experts * inner, hidden));
        shapes.put(prefix + "mlp.experts.mlp.w2", List.of(experts * inner, hidden));
        shapes.put(prefix + "mlp.experts.bias", List.of(hidden));
      } else {
        putWeightAndBias(shapes, prefix + "mlp.fc1", inner, hidden);
        putWeightAndBias(shapes, prefix + "mlp.fc2", hidden, inner);
      }
    }
    return shapes;
  }

  private static void putWeightAndBias(
      Map<String, List<Long>> shapes, String name, Long... weightShape) {
    shapes.put(name + ".weight", List.of(weightShape));
    shapes.put(name + ".bias", List.of(weightShape[0]));
  }
}
