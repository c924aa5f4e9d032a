package dev.streambed.embedder.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.file.Path;
import org.apiguardian.api.API;

/** The token ids of a tokenizer.json, which a model has a vector for each of. Used once. */
@API(status = API.Status.INTERNAL)
public final class Vocabulary {
  private int size;

  private Vocabulary() {}

  /**
   * How many ids there are, from 0.
   *
   * @throws InvalidModelException if the file cannot be read
   */
  public static int size(Path tokenizerJson) {
    var vocabulary = new Vocabulary();
    try (JsonParser json = new JsonFactory().createParser(tokenizerJson.toFile())) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        switch (name) {
          case "added_tokens" -> vocabulary.addTokens(json);
          case "model" -> vocabulary.addModel(json);
          default -> json.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new InvalidModelException(
          "Cannot read the token ids of %s: %s".formatted(tokenizerJson, e), e);
    }
    return vocabulary.size;
  }

  private void addTokens(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      return; // null
    }
    while (json.nextToken() == JsonToken.START_OBJECT) {
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        if (json.nextToken() == JsonToken.VALUE_NUMBER_INT && name.equals("id")) {
          add(json.getIntValue());
        }
        json.skipChildren();
      }
    }
  }

  private void addModel(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      return;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      if (name.equals("vocab")) {
        addPieces(json);
      } else {
        json.skipChildren();
      }
    }
  }

  /** From piece to id; of a Unigram model, a list of pieces by their id. */
  private void addPieces(JsonParser json) throws IOException {
    boolean isList = json.currentToken() == JsonToken.START_ARRAY;
    for (int next = 0; !json.nextToken().isStructEnd(); next++) {
      if (isList) {
        add(next);
        json.skipChildren();
      } else if (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
        add(json.getIntValue());
      }
    }
  }

  private void add(int id) {
    size = Math.max(size, id + 1);
  }
}
