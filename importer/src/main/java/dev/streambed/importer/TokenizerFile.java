package dev.streambed.importer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.apiguardian.api.API;

/**
 * A tokenizer.json before it is imported.
 *
 * @param highestId the highest token id it can produce; -1 if it lists none
 * @param specialTokens the tokens that control a model
 * @param lowerCases whether it makes all letters small
 */
@API(status = API.Status.INTERNAL)
public record TokenizerFile(
    Path file, long highestId, Set<String> specialTokens, boolean lowerCases) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads the ids of a tokenizer.json.
   *
   * @throws InvalidModelException if the file is missing or no tokenizer.json
   */
  public static TokenizerFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InvalidModelException("There is no tokeniser file %s.".formatted(file));
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length == 0) {
        throw new InvalidModelException("Tokeniser file %s is empty (0 bytes).".formatted(file));
      }
      JsonNode root = JSON.readTree(bytes);
      if (!root.path("model").isObject()) {
        throw new InvalidModelException(
            "Tokeniser file %s has no \"model\"; a tokenizer.json of the Hugging Face tokenizers library is needed."
                .formatted(file));
      }
      return new TokenizerFile(
          file,
          Math.max(highestWord(root), highestAddedToken(root)),
          specialTokens(root),
          lowerCases(root.path("normalizer")));
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(
          "Tokeniser file %s is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new InvalidModelException(
          "Cannot read tokeniser file %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static long highestWord(JsonNode root) {
    JsonNode vocabulary = root.path("model").path("vocab");
    if (vocabulary.isArray()) { // Unigram: the place is the id
      return vocabulary.size() - 1L;
    }
    long highest = -1;
    for (JsonNode id : vocabulary) {
      highest = Math.max(highest, id.asLong(-1));
    }
    return highest;
  }

  private static Set<String> specialTokens(JsonNode root) {
    Set<String> special = new TreeSet<>();
    for (JsonNode token : root.path("added_tokens")) {
      if (token.path("special").asBoolean()) {
        special.add(token.path("content").asText());
      }
    }
    return special;
  }

  private static boolean lowerCases(JsonNode normalizer) {
    for (JsonNode part : normalizer.path("normalizers")) {
      if (lowerCases(part)) {
        return true;
      }
    }
    return normalizer.path("type").asText().equals("Lowercase")
        || normalizer.path("lowercase").asBoolean();
  }

  private static long highestAddedToken(JsonNode root) {
    long highest = -1;
    for (JsonNode token : root.path("added_tokens")) {
      highest = Math.max(highest, token.path("id").asLong(-1));
    }
    return highest;
  }
}
