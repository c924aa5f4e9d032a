package dev.streambed.cli.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What people see of values: short, and with what cannot be seen escaped. */
final class Shown {
  /** Characters that are shown of a longer text. */
  private static final int SHOWN_CHARACTERS = 200;

  /**
   * Most elements of an array of the output; a longer one, such as most vectors, is shown by its
   * length.
   */
  private static final int SHOWN_ELEMENTS = 16;

  /**
   * Characters that a terminal obeys, such as controls and changes of direction, or does not show,
   * such as characters of no width, fillers and tags. JSON escapes some of it.
   */
  private static final Pattern UNSEEN =
      Pattern.compile(
          "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u2800\\u3164\\uFFA0]");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Shown() {}

  static JsonNode tree(byte[] embedding) {
    try {
      return JSON.readTree(embedding);
    } catch (IOException e) {
      throw new IllegalStateException("An embedding is no JSON.", e);
    }
  }

  /** A map as JSON, shortened. */
  static String json(Map<String, ? extends @Nullable Object> map) {
    return json(shortened(JSON.valueToTree(map)));
  }

  static JsonNode shortened(JsonNode node) {
    if (node.isTextual()) {
      return TextNode.valueOf(shortened(node.textValue()));
    }
    if (node instanceof ArrayNode array) {
      if (array.size() > SHOWN_ELEMENTS) {
        return TextNode.valueOf("[%d elements]".formatted(array.size()));
      }
      ArrayNode shorter = JSON.createArrayNode();
      array.forEach(element -> shorter.add(shortened(element)));
      return shorter;
    }
    if (node instanceof ObjectNode object) {
      ObjectNode shorter = JSON.createObjectNode();
      object
          .properties()
          .forEach(field -> shorter.set(field.getKey(), shortened(field.getValue())));
      return shorter;
    }
    return node;
  }

  private static String shortened(String text) {
    boolean isLong = text.codePointCount(0, text.length()) > SHOWN_CHARACTERS;
    return isLong ? text.substring(0, text.offsetByCodePoints(0, SHOWN_CHARACTERS)) + "…" : text;
  }

  static String quotedOrNone(@Nullable String text) {
    return text == null ? "none" : json(TextNode.valueOf(shortened(text)));
  }

  static String json(JsonNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree is no JSON.", e);
    }
  }

  /** A line without characters that a terminal obeys or does not show. */
  static String line(String line) {
    return UNSEEN
        .matcher(line)
        .replaceAll(match -> Matcher.quoteReplacement(escaped(match.group())));
  }

  /** As in JSON, in which a character beyond U+FFFF is two. */
  private static String escaped(String character) {
    return character.equals("\n")
        ? "\\n"
        : character.chars().mapToObj("\\u%04X"::formatted).collect(Collectors.joining());
  }
}
