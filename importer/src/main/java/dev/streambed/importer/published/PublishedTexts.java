package dev.streambed.importer.published;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The publisher's treatment of texts: their limit, their prompts, and the length of the vector. */
final class PublishedTexts {
  private static final String SENTENCES = "config_sentence_transformers.json";
  private static final List<String> TRANSFORMER =
      List.of(
          "sentence_bert_config.json",
          "sentence_roberta_config.json",
          "sentence_distilbert_config.json",
          "sentence_camembert_config.json",
          "sentence_albert_config.json",
          "sentence_xlm-roberta_config.json",
          "sentence_xlnet_config.json");
  private static final String TOKENIZER = "tokenizer_config.json";
  private static final String MODEL = "config.json";

  private static final String PASSAGE = "passage";
  private static final String DOCUMENT = "document"; // its name in newer models
  private static final int NO_LIMIT = 1_000_000; // transformers writes 1e30 for "not known"

  /** Models that count positions from behind the id of their padding. */
  private static final Set<String> POSITIONS_BEHIND_PADDING =
      Set.of("roberta", "xlm-roberta", "camembert", "mpnet");

  private final ModelFolder folder;
  private final String transformerPath;
  private final JsonNode sentences;
  private final List<String> remarks = new ArrayList<>();

  private PublishedTexts(ModelFolder folder, String transformerPath) {
    this.folder = folder;
    this.transformerPath = transformerPath;
    this.sentences = folder.read(SENTENCES);
  }

  static PublishedTexts read(ModelFolder folder, String transformerPath) {
    PublishedTexts texts = new PublishedTexts(folder, transformerPath);
    texts.remarkOnSimilarity();
    texts.remarkOnTokenizer();
    return texts;
  }

  List<String> remarks() {
    return List.copyOf(remarks);
  }

  /**
   * As sentence-transformers finds it, except for a limit that the model itself cannot run; it may
   * be too small for a text.
   */
  Optional<Finding<Integer>> maxTokens() {
    Optional<Finding<Integer>> own = limit(sentenceConfig(), "max_seq_length");
    if (own.isPresent()) {
      return own;
    }
    Optional<Finding<Integer>> tokenizer = limit(transformerFile(TOKENIZER), "model_max_length");
    Optional<Finding<Integer>> positions = positions();
    if (tokenizer.isPresent() && positions.isPresent()) {
      return tokenizer.get().value() <= positions.get().value() ? tokenizer : positions;
    }
    return tokenizer.or(() -> positions);
  }

  Optional<Finding<Integer>> tokenDimensions() {
    String file = transformerFile(MODEL);
    JsonNode config = folder.read(file);
    for (String key : List.of("hidden_size", "dim", "d_model")) {
      if (config.path(key).asInt() > 0) {
        return Optional.of(new Finding<>(config.path(key).asInt(), file));
      }
    }
    return Optional.empty();
  }

  /** Perhaps none that the model has. */
  Optional<Finding<Integer>> truncatedDimensions() {
    return wholeNumber(SENTENCES, "truncate_dim");
  }

  /** The file that wants all letters small, if one does. */
  Optional<String> lowerCasing() {
    String file = sentenceConfig();
    return folder.read(file).path("do_lower_case").asBoolean()
        ? Optional.of(file)
        : Optional.empty();
  }

  /** With the prompt of stored texts under the name that Streambed has for it. */
  Optional<Finding<Map<String, String>>> prompts() {
    Map<String, String> prompts = new TreeMap<>();
    for (Map.Entry<String, JsonNode> prompt : sentences.path("prompts").properties()) {
      JsonNode text = prompt.getValue();
      if (text.isNull()) {
        continue; // a place for a prompt
      }
      if (!text.isTextual()) {
        throw new InvalidModelException(
            "The prompt '%s' in %s is no string. Correct it there."
                .formatted(prompt.getKey(), SENTENCES));
      }
      prompts.put(prompt.getKey(), text.asText());
    }
    if (prompts.values().stream().allMatch(String::isEmpty)) {
      return Optional.empty(); // places for prompts, of a model that has none
    }
    for (String name : prompts.keySet()) {
      if (name.isBlank() || name.equals(EmbedderOptions.NO_PROMPT)) {
        throw new InvalidModelException(
            "%s has a prompt named '%s', a name that always means no prompt here. Rename it there."
                .formatted(SENTENCES, name));
      }
    }
    addPassage(prompts);
    return Optional.of(new Finding<>(Map.copyOf(prompts), SENTENCES));
  }

  private void addPassage(Map<String, String> prompts) {
    String byDefault = sentences.path("default_prompt_name").asText("");
    String stored = prompts.containsKey(PASSAGE) ? PASSAGE : DOCUMENT;
    if (prompts.containsKey(stored)) {
      prompts.put(PASSAGE, prompts.getOrDefault(stored, ""));
    } else if (prompts.containsKey(byDefault)) {
      prompts.put(PASSAGE, prompts.getOrDefault(byDefault, ""));
    }
  }

  private Optional<Finding<Integer>> limit(String file, String key) {
    boolean isNone = folder.read(file).path(key).asDouble() >= NO_LIMIT;
    return isNone ? Optional.empty() : wholeNumber(file, key);
  }

  /** Empty if the file has none, or null. */
  private Optional<Finding<Integer>> wholeNumber(String file, String key) {
    JsonNode value = folder.read(file).path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.canConvertToInt() || !value.isIntegralNumber()) {
      throw new InvalidModelException(
          "%s in %s is no whole number. Correct it there.".formatted(key, file));
    }
    return Optional.of(new Finding<>(value.asInt(), file));
  }

  private Optional<Finding<Integer>> positions() {
    String file = transformerFile(MODEL);
    JsonNode config = folder.read(file);
    boolean behindPadding = POSITIONS_BEHIND_PADDING.contains(config.path("model_type").asText());
    int unusable = behindPadding ? config.path("pad_token_id").asInt(1) + 1 : 0;
    return limit(file, "max_position_embeddings")
        .filter(found -> found.value() > 0) // some models say -1: they have no positions
        .map(found -> new Finding<>(found.value() - unusable, found.file()));
  }

  private void remarkOnSimilarity() {
    String function = sentences.path("similarity_fn_name").asText("cosine");
    if (!function.equals("cosine") && !function.equals("null")) {
      remarks.add(
          "warning: %s compares vectors by %s; Streambed scales each to norm 1, so that their lengths do not count"
              .formatted(SENTENCES, function));
    }
    String byDefault = sentences.path("default_prompt_name").asText("");
    boolean isStoredTexts = byDefault.equals(PASSAGE) || byDefault.equals(DOCUMENT);
    JsonNode prompts = sentences.path("prompts");
    if (!isStoredTexts
        && prompts.has(byDefault)
        && (prompts.has(PASSAGE) || prompts.has(DOCUMENT))) {
      remarks.add(
          "warning: %s gives texts the prompt %s by default; Streambed stores texts, and gives them the prompt passage"
              .formatted(SENTENCES, byDefault));
    }
  }

  private void remarkOnTokenizer() {
    String file = transformerFile(TOKENIZER);
    if (folder.read(file).path("truncation_side").asText("right").equals("left")) {
      remarks.add(
          "warning: %s cuts the beginning of a long text off; Streambed cuts its end off"
              .formatted(file));
    }
  }

  /** The transformer's file, under the first of its names that is there. */
  private String sentenceConfig() {
    return TRANSFORMER.stream()
        .map(this::transformerFile)
        .filter(name -> folder.find(name).isPresent())
        .findFirst()
        .orElse(transformerFile(TRANSFORMER.get(0)));
  }

  private String transformerFile(String name) {
    return transformerPath.isEmpty() ? name : transformerPath + "/" + name;
  }
}
