package dev.streambed.importer.nomic.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads config.json. Each key is either a number the graph is built from, or has the one value that
 * the graph implements, or is known not to enter the arithmetic; a file with any other key is
 * refused. A missing key is refused too: the defaults of the original code differ from this model's
 * values.
 */
final class ConfigFile {
  private static final int MAX_BYTES = 1 << 20; // the real file has 2.5 kB

  private static final String PUBLISHED = "nomic-embed-text-v2-moe.config.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Keys with one accepted value, written as JSON. */
  private static final Map<String, String> REQUIRED =
      Map.ofEntries(
          Map.entry("model_type", "\"nomic_bert\""),
          Map.entry("activation_function", "\"gelu\""), // exact: the original passes F.gelu itself
          Map.entry("use_rms_norm", "null"),
          Map.entry("prenorm", "false"),
          Map.entry("parallel_block", "false"),
          Map.entry("parallel_block_tied_norm", "false"),
          Map.entry("qkv_proj_bias", "true"),
          Map.entry("mlp_fc1_bias", "true"),
          Map.entry("mlp_fc2_bias", "true"),
          Map.entry("rotary_emb_fraction", "1.0"),
          Map.entry("rotary_emb_interleaved", "false"),
          Map.entry("rotary_emb_scale_base", "null"),
          Map.entry("rotary_scaling_factor", "null"), // anything else means dynamic NTK
          Map.entry("causal", "false"),
          Map.entry("scale_attn_weights", "true"),
          Map.entry("scale_attn_by_inverse_layer_idx", "false"),
          Map.entry("reorder_and_upcast_attn", "false"),
          Map.entry("attn_pdrop", "0.0"), // the original applies it at inference as well
          Map.entry("type_vocab_size", "1"),
          Map.entry("moe_top_k", Integer.toString(CheckpointConfig.EXPERTS_PER_TOKEN)),
          Map.entry("moe_normalize_expert_weights", "false"),
          Map.entry("expert_choice_router", "false"),
          Map.entry("num_shared_experts", "0"),
          Map.entry("ffn_div", "1"),
          Map.entry("add_pooling_layer", "false"));

  /** Keys that may be absent, but have one accepted value if present. */
  private static final Map<String, String> REQUIRED_IF_PRESENT =
      Map.of("is_decoder", "false", "add_cross_attention", "false", "hidden_act", "\"gelu\"");

  /** Keys of the graph's numbers, and the other name that a re-saved checkpoint may use. */
  private static final Map<String, String> OTHER_NAMES =
      Map.of(
          "n_embd", "hidden_size",
          "n_head", "num_attention_heads",
          "n_layer", "num_hidden_layers",
          "n_inner", "intermediate_size",
          "n_positions", "max_position_embeddings",
          "layer_norm_epsilon", "layer_norm_eps");

  private static final Set<String> NUMBERS =
      Set.of(
          "vocab_size",
          "pad_vocab_size_multiple",
          "num_experts",
          "moe_every_n_layers",
          "rotary_emb_base");

  /** Keys that never enter the arithmetic of inference. */
  private static final Set<String> IGNORED =
      Set.of(
          "_name_or_path",
          "architectures",
          "auto_map",
          "bos_token_id",
          "chunk_size_feed_forward",
          "dense_seq_output",
          "dtype",
          "embd_pdrop",
          "eos_token_id",
          "fused_bias_fc",
          "fused_dropout_add_ln",
          "id2label",
          "initializer_range",
          "is_encoder_decoder",
          "label2id",
          "max_trained_positions",
          "moe_impl",
          "moe_resid_pdrop",
          "output_attentions",
          "output_hidden_states",
          "pad_token_id",
          "problem_type",
          "resid_pdrop",
          "return_dict",
          "router_aux_loss_coef",
          "sep_token_id",
          "summary_activation",
          "summary_first_dropout",
          "summary_proj_to_labels",
          "summary_type",
          "summary_use_proj",
          "tie_word_embeddings",
          "tokenizer_class",
          "torch_dtype",
          "transformers_version",
          "use_cache",
          "use_flash_attn",
          "use_xentropy");

  private final Path file;
  private final JsonNode root;

  private ConfigFile(Path file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  /**
   * Reads and checks a configuration.
   *
   * @throws InvalidModelException naming the first key that is missing, unknown or not as the graph
   *     needs it
   */
  static CheckpointConfig read(Path file) {
    var config = new ConfigFile(file, parse(file));
    config.refuseUnknownKeys();
    REQUIRED.forEach(config::require);
    REQUIRED_IF_PRESENT.forEach(config::requireIfPresent);
    try {
      return config.numbers();
    } catch (IllegalArgumentException e) {
      throw new InvalidModelException(file + ": " + e.getMessage(), e);
    }
  }

  /** Writes the file of the published model with other numbers. */
  static void write(CheckpointConfig config, Path file) throws IOException {
    try (InputStream published = ConfigFile.class.getResourceAsStream(PUBLISHED)) {
      ObjectNode root = (ObjectNode) JSON.readTree(Objects.requireNonNull(published, PUBLISHED));
      root.put("n_embd", config.hiddenSize());
      root.put("n_head", config.heads());
      root.put("n_layer", config.layers());
      root.put("n_inner", config.innerSize());
      root.put("vocab_size", config.vocabularyRows());
      root.put("num_experts", config.experts());
      root.put("moe_every_n_layers", config.mixtureEvery());
      root.put("n_positions", config.positions());
      root.put("layer_norm_epsilon", config.layerNormEpsilon());
      root.put("rotary_emb_base", config.rotaryBase());
      JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
    }
  }

  private static JsonNode parse(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new InvalidModelException(
            "%s has %d bytes; at most %d are read.".formatted(file, Files.size(file), MAX_BYTES));
      }
      JsonNode root = JSON.readTree(Files.readAllBytes(file));
      if (!root.isObject()) {
        throw new InvalidModelException(file + " is not a JSON object.");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new InvalidModelException("Cannot read " + file + ": " + e, e);
    }
  }

  private void refuseUnknownKeys() {
    root.fieldNames()
        .forEachRemaining(
            key -> {
              boolean known =
                  REQUIRED.containsKey(key)
                      || REQUIRED_IF_PRESENT.containsKey(key)
                      || OTHER_NAMES.containsKey(key)
                      || OTHER_NAMES.containsValue(key)
                      || NUMBERS.contains(key)
                      || IGNORED.contains(key);
              if (!known) {
                throw new InvalidModelException(
                    "%s has the key %s, which is unknown and might change the arithmetic."
                        .formatted(file, key));
              }
            });
  }

  private void require(String key, String expected) {
    if (!root.has(key)) {
      throw missing(key);
    }
    requireIfPresent(key, expected);
  }

  private void requireIfPresent(String key, String expected) {
    @Nullable JsonNode found = root.get(key);
    if (found == null || sameValue(found, expected)) {
      return;
    }
    throw new InvalidModelException(
        "%s: %s is %s; only %s is implemented.".formatted(file, key, found, expected));
  }

  private static boolean sameValue(JsonNode found, String expected) {
    if (found.isNumber() && Character.isDigit(expected.charAt(0))) {
      return found.doubleValue() == Double.parseDouble(expected);
    }
    boolean bothOff = expected.equals("null") && found.isBoolean() && !found.booleanValue();
    return bothOff || found.toString().equals(expected);
  }

  private CheckpointConfig numbers() {
    int vocabularyRows = integer("vocab_size");
    int multiple = integer("pad_vocab_size_multiple");
    if (multiple < 1 || vocabularyRows % multiple != 0) {
      throw new InvalidModelException(
          "%s: vocab_size %d is not a multiple of pad_vocab_size_multiple %d; the original code would enlarge it."
              .formatted(file, vocabularyRows, multiple));
    }
    return new CheckpointConfig(
        integer("n_embd"),
        integer("n_head"),
        integer("n_layer"),
        integer("n_inner"),
        vocabularyRows,
        integer("num_experts"),
        integer("moe_every_n_layers"),
        integer("n_positions"),
        number("layer_norm_epsilon").doubleValue(),
        number("rotary_emb_base").doubleValue());
  }

  private int integer(String key) {
    JsonNode value = number(key);
    if (!value.canConvertToExactIntegral() || !value.canConvertToInt()) {
      throw new InvalidModelException("%s: %s is %s, not an integer.".formatted(file, key, value));
    }
    return value.intValue();
  }

  private JsonNode number(String key) {
    String otherName = OTHER_NAMES.getOrDefault(key, key);
    @Nullable JsonNode value = root.has(key) ? root.get(key) : root.get(otherName);
    if (value == null) {
      throw missing(key);
    }
    if (!value.isNumber()) {
      throw new InvalidModelException("%s: %s is %s, not a number.".formatted(file, key, value));
    }
    JsonNode other = root.path(otherName);
    if (!other.isMissingNode() && other.doubleValue() != value.doubleValue()) {
      throw new InvalidModelException(
          "%s: %s is %s, but %s is %s.".formatted(file, key, value, otherName, other));
    }
    return value;
  }

  private InvalidModelException missing(String key) {
    return new InvalidModelException(
        "%s has no key %s; nothing is assumed in its place.".formatted(file, key));
  }
}
