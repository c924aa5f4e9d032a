package dev.streambed.importer.nomic.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.onnx.TokenBatch;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The golden cases of a checkpoint; see README.md beside the files. */
public final class Golden {
  private static final String FOLDER = "/dev/streambed/importer/golden/";

  private final JsonNode root;

  private Golden(JsonNode root) {
    this.root = root;
  }

  /** Reads {@code micro} or {@code tiny}. */
  public static Golden read(String checkpoint) {
    return new Golden(json(checkpoint + ".json.gz"));
  }

  /**
   * Largest effect of a planted mistake on a component of a unit embedding, as the goldens' author
   * measured it.
   */
  public static double effectOfMistake(String checkpoint, String mistake) {
    return json(checkpoint + "-mistakes.json").at("/planted_mistakes/" + mistake).doubleValue();
  }

  public List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    root.get("cases").forEach(node -> cases.add(new Case(node)));
    return cases;
  }

  /** Dimensions that embeddings are given for, the largest first. */
  public List<Integer> dimensions() {
    List<Integer> dimensions = new ArrayList<>();
    root.get("dims").forEach(d -> dimensions.add(d.intValue()));
    return dimensions;
  }

  /** One padded batch and all that the reference computed for it. */
  public record Case(JsonNode node) {
    private static final long PADDING_ID = 1; // pad_token_id of config.json

    public String name() {
      return node.get("name").textValue();
    }

    /** The batch as the reference saw it, padded with the model's own padding id. */
    public TokenBatch batch() {
      return TokenBatch.pad(
          texts().stream().map(ids -> new TokenIds(ids, false)).toList(), PADDING_ID);
    }

    /** Ids of each text, without padding. */
    public List<long[]> texts() {
      List<long[]> texts = new ArrayList<>();
      for (int row = 0; row < node.get("input_ids").size(); row++) {
        long[] ids = new long[length(row)];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = node.get("input_ids").get(row).get(i).longValue();
        }
        texts.add(ids);
      }
      return texts;
    }

    private int length(int row) {
      int length = 0;
      for (JsonNode mask : node.get("attention_mask").get(row)) {
        length += mask.intValue();
      }
      return length;
    }

    public double pooled(int row, int feature) {
      return node.get("pooled").get(row).get(feature).doubleValue();
    }

    public double embedding(int dimensions, int row, int feature) {
      return node.get("embedding")
          .get(Integer.toString(dimensions))
          .get(row)
          .get(feature)
          .doubleValue();
    }

    public boolean hasHidden() {
      return node.has("hidden");
    }

    /** Index 0 is the state after the embedding. */
    public double hidden(int layer, int row, int position, int feature) {
      return node.get("hidden").get(layer).get(row).get(position).get(feature).doubleValue();
    }

    /** Layers whose routing is given. */
    public List<Integer> routedLayers() {
      List<Integer> layers = new ArrayList<>();
      node.get("router").fieldNames().forEachRemaining(name -> layers.add(Integer.valueOf(name)));
      return layers;
    }

    /** Chosen expert 0 (the heavier) or 1 of a token. */
    public int expert(int layer, int row, int position, int choice) {
      return routing(layer, "experts").get(row).get(position).get(choice).intValue();
    }

    public double weight(int layer, int row, int position, int choice) {
      int columns = node.get("input_ids").get(0).size();
      return routing(layer, "weights").get(row * columns + position).get(choice).doubleValue();
    }

    public double meanWeight(int layer) {
      return routing(layer, "mean_weight_sum").doubleValue();
    }

    public List<Long> tokensPerExpert(int layer) {
      List<Long> tokens = new ArrayList<>();
      routing(layer, "tokens_per_expert").forEach(count -> tokens.add(count.longValue()));
      return tokens;
    }

    private JsonNode routing(int layer, String what) {
      return node.get("router").get(Integer.toString(layer)).get(what);
    }
  }

  private static JsonNode json(String name) {
    try (InputStream raw =
            Objects.requireNonNull(Golden.class.getResourceAsStream(FOLDER + name), name);
        InputStream in = name.endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read golden " + name, e);
    }
  }
}
