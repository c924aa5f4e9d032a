package dev.streambed.server.dialect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.streambed.server.dialect.EmbedRequest.Encoding;
import dev.streambed.server.dialect.EmbedRequest.Options;
import dev.streambed.server.dialect.RequestException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request for embeddings from JSON, token by token: its inputs take no more memory than
 * the body. Fields that it does not know are skipped. Used once.
 */
final class RequestParser {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_NAME = 256; // characters
  private static final int MAX_NAMES = 1000; // those of fields that are skipped
  private static final int MAX_NUMBER = 32; // digits
  private static final int CHECKED_AT_ONCE = 1 << 12; // characters

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES) // those of anybody
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME)
                  .maxNumberLength(MAX_NUMBER)
                  .maxStringLength(Integer.MAX_VALUE) // the body is limited
                  .build())
          .build();

  private final String inputField;
  private final InputLimits limits;
  private final Fields others;
  private int skippedNames;
  private @Nullable List<Input> inputs;
  private @Nullable String model;
  private @Nullable String prompt;
  private @Nullable Integer dimensions;
  private boolean normalize = true;
  private @Nullable Boolean truncate;
  private Encoding encoding = Encoding.FLOAT;

  /** Fields of a request beside those of all. */
  interface Fields {
    /** Reads the value of a field, which is not null; false if the field is none of these. */
    boolean read(String field, JsonParser json) throws IOException;
  }

  RequestParser(String inputField, InputLimits limits) {
    this(inputField, limits, (field, json) -> false);
  }

  RequestParser(String inputField, InputLimits limits, Fields others) {
    this.inputField = inputField;
    this.limits = limits;
    this.others = others;
  }

  EmbedRequest parse(byte[] body) {
    checkUtf8(body);
    try (JsonParser json = JSON.createParser(body)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw notJson(json);
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        read(field, json);
      }
      if (json.nextToken() != null) {
        throw notJson(json);
      }
    } catch (StreamConstraintsException e) {
      throw new RequestException(
          Kind.INVALID,
          "The body has JSON of more than %d levels, a name of more than %d characters or a number of more than %d digits."
              .formatted(MAX_DEPTH, MAX_NAME, MAX_NUMBER));
    } catch (IOException e) { // whose message may contain the text
      long at =
          e instanceof com.fasterxml.jackson.core.JsonProcessingException syntax ? at(syntax) : -1;
      throw new RequestException(Kind.INVALID, notJson(at));
    }
    if (inputs == null) {
      throw RequestException.invalid(inputField, "The body has no '%s'.".formatted(inputField));
    }
    return new EmbedRequest(
        inputs, model, prompt, new Options(dimensions, normalize, truncate, encoding));
  }

  private void read(String field, JsonParser json) throws IOException {
    if (field.equals(inputField)) {
      inputs = inputs(json);
      return;
    }
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (others.read(field, json)) {
      return;
    }
    switch (field) {
      case "model" -> model = string(json, field);
      case "prompt_name" -> prompt = string(json, field);
      case "dimensions" -> dimensions = dimensions(json);
      case "normalize" -> normalize = bool(json, field);
      case "truncate" -> truncate = bool(json, field);
      case "encoding_format" -> encoding = encoding(json);
      case "truncation_direction" -> checkDirection(json);
      default -> skip(json);
    }
  }

  /** Reads over a value. The names of fields are kept, to find those that are there twice. */
  private void skip(JsonParser json) throws IOException {
    int depth = 0;
    countName();
    do {
      JsonToken token = json.currentToken();
      if (token == JsonToken.FIELD_NAME) {
        countName();
      } else if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      }
    } while (depth > 0 && json.nextToken() != null);
  }

  private void countName() {
    if (++skippedNames > MAX_NAMES) {
      throw new RequestException(
          Kind.INVALID,
          "The body has more than %d fields that are not known here.".formatted(MAX_NAMES));
    }
  }

  private List<Input> inputs(JsonParser json) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_STRING) {
      return List.of(new Input.Text(json.getText()));
    }
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw noInput();
    }
    JsonToken first = json.nextToken();
    if (first == JsonToken.VALUE_NUMBER_INT) {
      return List.of(ids(json));
    }
    List<Input> all = new ArrayList<>();
    for (JsonToken token = first; token != JsonToken.END_ARRAY; token = json.nextToken()) {
      if (all.size() == limits.maxInputs()) {
        throw RequestException.invalid(
            inputField,
            "'%s' has more than %d elements: send them in several requests."
                .formatted(inputField, limits.maxInputs()));
      }
      if (token == JsonToken.VALUE_STRING) {
        all.add(new Input.Text(json.getText()));
      } else if (token == JsonToken.START_ARRAY && json.nextToken() != JsonToken.END_ARRAY) {
        all.add(ids(json));
      } else {
        throw noInput();
      }
    }
    if (all.isEmpty()) {
      throw new RequestException(
          Kind.EMPTY, "'%s' is an empty list.".formatted(inputField), inputField, null);
    }
    return all;
  }

  /** Reads numbers from the current one to the end of their array. */
  private Input.Ids ids(JsonParser json) throws IOException {
    var decimals = new StringBuilder();
    int size = 0;
    for (JsonToken token = json.currentToken();
        token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      if (token != JsonToken.VALUE_NUMBER_INT
          || json.getNumberType() != JsonParser.NumberType.INT
          || json.getIntValue() < 0) {
        throw RequestException.invalid(
            inputField,
            "'%s' has a list with something else than token ids.".formatted(inputField));
      }
      if (json.getIntValue() >= limits.vocabulary()) {
        throw RequestException.invalid(
            inputField,
            "'%s' has a token id that the model does not have: it has 0 to %d."
                .formatted(inputField, limits.vocabulary() - 1));
      }
      if (++size > limits.maxTokens()) {
        throw RequestException.invalid(
            inputField,
            "'%s' has a list of more token ids than the model takes: %d."
                .formatted(inputField, limits.maxTokens()));
      }
      if (size > 1) {
        decimals.append(' ');
      }
      decimals.append(json.getIntValue());
    }
    return new Input.Ids(decimals.toString());
  }

  private RequestException noInput() {
    return RequestException.invalid(
        inputField,
        "'%s' must be a text, a list of texts, a list of token ids or a list of such lists."
            .formatted(inputField));
  }

  private static Integer dimensions(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
        || json.getNumberType() != JsonParser.NumberType.INT
        || json.getIntValue() < 1) {
      throw RequestException.invalid("dimensions", "'dimensions' must be a number from 1.");
    }
    return json.getIntValue();
  }

  static String string(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw RequestException.invalid(field, "'%s' must be a string.".formatted(field));
    }
    return json.getText();
  }

  private static boolean bool(JsonParser json, String field) throws IOException {
    if (!json.currentToken().isBoolean()) {
      throw RequestException.invalid(field, "'%s' must be true or false.".formatted(field));
    }
    return json.getBooleanValue();
  }

  private static Encoding encoding(JsonParser json) throws IOException {
    return switch (string(json, "encoding_format")) {
      case "float" -> Encoding.FLOAT;
      case "base64" -> Encoding.BASE64;
      default ->
          throw RequestException.invalid(
              "encoding_format", "'encoding_format' must be float or base64.");
    };
  }

  private static void checkDirection(JsonParser json) throws IOException {
    if (!string(json, "truncation_direction").equalsIgnoreCase("right")) {
      throw RequestException.invalid(
          "truncation_direction", "Texts are only truncated at their end: 'right'.");
    }
  }

  /** Without keeping the characters. Jackson lets some forms through that are no UTF-8. */
  private static void checkUtf8(byte[] body) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports what is malformed
    ByteBuffer bytes = ByteBuffer.wrap(body);
    CharBuffer characters = CharBuffer.allocate(CHECKED_AT_ONCE);
    CoderResult result;
    do {
      result = decoder.decode(bytes, characters.clear(), /* endOfInput= */ true);
    } while (result.isOverflow());
    if (result.isError()) {
      throw new RequestException(
          Kind.INVALID, "The body is not UTF-8 at byte %d.".formatted(bytes.position()));
    }
  }

  private static long at(com.fasterxml.jackson.core.JsonProcessingException syntax) {
    return syntax.getLocation() == null ? -1 : syntax.getLocation().getByteOffset();
  }

  private static RequestException notJson(JsonParser json) {
    return new RequestException(Kind.INVALID, notJson(json.currentLocation().getByteOffset()));
  }

  private static String notJson(long at) {
    return "The body is not valid JSON%s; it must be one object."
        .formatted(at < 0 ? "" : " at byte " + at);
  }
}
