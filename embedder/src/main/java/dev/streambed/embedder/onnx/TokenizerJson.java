package dev.streambed.embedder.onnx;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.embedder.model.SpecialTokensInText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer.json as it is loaded: without truncation and padding, which are ours, and with its
 * special tokens under names that no text contains. Their ids stay, so they are still put around
 * each text. Used once.
 *
 * <p>The library has a flag for this, but its Java binding does not pass it on, and it would not be
 * enough: special tokens are pieces of a Unigram vocabulary too (docs/decisions/0092).
 */
final class TokenizerJson {
  private static final JsonMapper JSON = new JsonMapper();

  private final byte[] json;
  private byte[] rewritten = {};
  private final Set<String> specialTokens = new HashSet<>();
  private @Nullable String unknown;
  private OptionalInt unknownToken = OptionalInt.empty();
  // Not to be guessed, so no text can contain it; it shows in no result.
  private final String prefix = UUID.randomUUID() + ":";

  private TokenizerJson(byte[] json) {
    this.json = json;
  }

  static TokenizerJson read(Path file, SpecialTokensInText inText) throws IOException {
    TokenizerJson tokenizer = new TokenizerJson(Files.readAllBytes(file));
    tokenizer.findSpecialTokens();
    if (inText == SpecialTokensInText.CONTROL) {
      tokenizer.specialTokens.clear();
    }
    tokenizer.rewritten = tokenizer.rewrite();
    return tokenizer;
  }

  /** The JSON to load in the file's place. */
  byte[] rewritten() {
    return rewritten;
  }

  /** The id of the token for what the vocabulary does not have. */
  OptionalInt unknownToken() {
    return unknownToken;
  }

  private void findSpecialTokens() throws IOException {
    try (JsonParser in = JSON.createParser(json)) {
      in.nextToken();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        in.nextToken();
        switch (name) {
          case "added_tokens" -> addMarkedAsSpecial(in.readValueAsTree());
          case "post_processor" -> addPutAroundTexts(in.readValueAsTree());
          case "model" -> addUnknown(in);
          default -> in.skipChildren();
        }
      }
    }
  }

  private void addMarkedAsSpecial(JsonNode addedTokens) {
    for (JsonNode token : addedTokens) {
      if (token.path("special").asBoolean()) {
        specialTokens.add(token.path("content").asText());
      }
    }
  }

  private void addPutAroundTexts(JsonNode processor) {
    processor.path("processors").forEach(this::addPutAroundTexts); // of a sequence
    for (JsonNode token : processor.path("special_tokens")) { // of a template
      token.path("tokens").forEach(name -> specialTokens.add(name.asText()));
    }
    for (String name : new String[] {"sep", "cls"}) { // of BERT's and RoBERTa's
      if (processor.path(name).path(0).isTextual()) {
        specialTokens.add(processor.path(name).path(0).asText());
      }
    }
  }

  private void addUnknown(JsonParser in) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      in.skipChildren();
      return;
    }
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      in.nextToken();
      if (name.equals("unk_token") && in.currentToken() == JsonToken.VALUE_STRING) {
        unknown = in.getText();
        specialTokens.add(unknown);
      } else if (name.equals("unk_id") && in.currentToken() == JsonToken.VALUE_NUMBER_INT) {
        unknownToken = OptionalInt.of(in.getIntValue());
      }
      in.skipChildren();
    }
  }

  private byte[] rewrite() throws IOException {
    var out = new ByteArrayOutputStream(json.length + json.length / 8);
    try (JsonParser in = JSON.createParser(json);
        JsonGenerator generator = JSON.createGenerator(out)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return json; // the library says what is wrong
      }
      generator.writeStartObject();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        copyProperty(in, generator);
      }
      generator.writeEndObject();
    }
    return out.toByteArray();
  }

  private void copyProperty(JsonParser in, JsonGenerator out) throws IOException {
    String name = in.currentName();
    out.writeFieldName(name);
    in.nextToken();
    switch (name) {
      case "truncation", "padding" -> {
        in.skipChildren();
        out.writeNull();
      }
      case "added_tokens" -> copy(in, out, "content", /* renamesKeys= */ false);
      case "model" -> copyModel(in, out);
      default -> out.copyCurrentStructureExact(in);
    }
  }

  private void copyModel(JsonParser in, JsonGenerator out) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      out.copyCurrentStructureExact(in);
      return;
    }
    out.writeStartObject();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      out.writeFieldName(name);
      in.nextToken();
      switch (name) {
        case "unk_token" -> copyScalar(in, out, /* renames= */ true);
        case "vocab" -> copy(in, out, /* renamedProperty= */ "", /* renamesKeys= */ true);
        default -> out.copyCurrentStructureExact(in);
      }
    }
    out.writeEndObject();
  }

  /**
   * Copies a structure and renames special tokens in it: the values of one property, or, of a
   * vocabulary, keys and the strings in arrays.
   */
  private void copy(JsonParser in, JsonGenerator out, String renamedProperty, boolean renamesKeys)
      throws IOException {
    int depth = 0;
    do {
      JsonToken token = in.currentToken();
      if (token == JsonToken.FIELD_NAME) {
        out.writeFieldName(renamesKeys ? renamed(in.currentName()) : in.currentName());
      } else if (token.isScalarValue()) {
        copyScalar(in, out, renamesKeys || renamedProperty.equals(in.currentName()));
      } else {
        depth += token.isStructStart() ? 1 : -1;
        out.copyCurrentEvent(in);
      }
    } while (depth > 0 && in.nextToken() != null);
  }

  private void copyScalar(JsonParser in, JsonGenerator out, boolean renames) throws IOException {
    if (in.currentToken() == JsonToken.VALUE_STRING) {
      out.writeString(renames ? renamed(in.getText()) : in.getText());
    } else if (in.currentToken().isNumeric()) {
      out.writeNumber(in.getText()); // digit by digit: a score decides between pieces
      if (renames && in.currentName() != null && in.currentName().equals(unknown)) {
        unknownToken = OptionalInt.of(in.getIntValue()); // of a vocabulary from piece to id
      }
    } else {
      out.copyCurrentEvent(in);
    }
  }

  private String renamed(String token) {
    return specialTokens.contains(token) ? prefix + token : token;
  }
}
