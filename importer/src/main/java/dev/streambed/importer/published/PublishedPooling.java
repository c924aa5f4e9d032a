package dev.streambed.importer.published;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.embedder.model.Pooling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of a Pooling module.
 *
 * @param modes its modes, in the words of sentence-transformers; several make one longer vector
 * @param includesPrompt whether the tokens of a prompt count
 * @param dimensions length of a token's vector; 0 if it does not say
 */
record PublishedPooling(List<String> modes, boolean includesPrompt, int dimensions) {
  private static final Map<String, String> MODES_BY_KEY = new LinkedHashMap<>();
  private static final Map<String, Pooling> SUPPORTED =
      Map.of("cls", Pooling.CLS, "mean", Pooling.MEAN, "max", Pooling.MAX);

  static {
    MODES_BY_KEY.put("pooling_mode_cls_token", "cls");
    MODES_BY_KEY.put("pooling_mode_max_tokens", "max");
    MODES_BY_KEY.put("pooling_mode_mean_tokens", "mean");
    MODES_BY_KEY.put("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens");
    MODES_BY_KEY.put("pooling_mode_weightedmean_tokens", "weightedmean");
    MODES_BY_KEY.put("pooling_mode_lasttoken", "lasttoken");
  }

  /**
   * Reads the config.json of a Pooling module, in the old form (a flag per mode) or the new one.
   */
  static PublishedPooling of(JsonNode config) {
    List<String> modes = new ArrayList<>();
    JsonNode named = config.path("pooling_mode");
    if (named.isTextual()) {
      modes.add(named.asText());
    } else if (named.isArray()) {
      named.forEach(mode -> modes.add(mode.asText()));
    } else {
      MODES_BY_KEY.forEach(
          (key, mode) -> {
            if (config.path(key).asBoolean(mode.equals("mean"))) { // the library's default
              modes.add(mode);
            }
          });
    }
    return new PublishedPooling(
        List.copyOf(modes),
        config.path("include_prompt").asBoolean(true),
        config.path("word_embedding_dimension").asInt(config.path("embedding_dimension").asInt()));
  }

  /** The same in Streambed's words; empty if it has none. */
  Optional<Pooling> supported() {
    return modes.size() == 1 ? Optional.ofNullable(SUPPORTED.get(modes.get(0))) : Optional.empty();
  }
}
