package dev.streambed.schemas.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.streambed.schemas.Checks;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.Utf8;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON of this package: one object, every property known, none twice, UTF-8 only.
 * Confined to one call of a codec.
 *
 * <p>Jackson's own messages and exceptions quote the document, so none of them leaves this class.
 */
final class StrictJson {

  // Names of properties are not canonicalised: a document with many names of equal hash would make
  // Jackson throw.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(JsonLimits.INSTANCE)
          .build();

  /** Reads the value of one property. */
  interface PropertyReader {
    /** Returns false if there is no property of this name. */
    boolean read(StrictJson json, String property) throws IOException;
  }

  /** A place in a document that has properties; the name is for messages. */
  private static final String DOCUMENT = "the document";

  private final JsonParser parser;
  private final String what;
  private final String known;

  private StrictJson(JsonParser parser, String what, List<String> known) {
    this.parser = parser;
    this.what = what;
    this.known = String.join(", ", known);
  }

  /**
   * Reads a document that is one object.
   *
   * @param what names the document in messages: {@code text record}
   * @param known names of its properties, for messages
   */
  static void read(byte[] bytes, String what, List<String> known, PropertyReader reader) {
    // Decoded first: Jackson would guess UTF-16 and UTF-32, and let encoded surrogates pass.
    try (JsonParser parser = JSON.createParser(Utf8.decode(bytes, what))) {
      var json = new StrictJson(parser, what, known);
      json.readDocument(reader);
    } catch (JsonProcessingException e) {
      throw MalformedRecordException.malformed(
          what,
          Reason.INVALID_JSON,
          "not valid JSON"
              + JsonFault.at(e)
              + "; expected one JSON object"
              + ForeignFormat.describe(bytes, what));
    } catch (IllegalArgumentException e) {
      // Drops the message of the records' own checks: it quotes the content.
      throw MalformedRecordException.malformed(
          what, Reason.INVALID_VALUE, "a value is out of its range");
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read JSON in memory.", e);
    }
  }

  private void readDocument(PropertyReader reader) throws IOException {
    try {
      parser.nextToken();
      readObject(DOCUMENT, reader);
      if (parser.nextToken() != null) {
        throw malformed(Reason.INVALID_JSON, "something follows the document");
      }
    } catch (StreamConstraintsException e) {
      throw malformed(Reason.OVER_LIMIT, e.getOriginalMessage());
    }
  }

  /** Reads the object at the current token; unknown properties and repeated ones are refused. */
  void readObject(String property, PropertyReader reader) throws IOException {
    expect(JsonToken.START_OBJECT, property, "an object");
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (!seen.add(name)) {
        throw malformed(Reason.DUPLICATE_PROPERTY, "a property of " + property + " occurs twice");
      }
      parser.nextToken();
      if (!reader.read(this, name)) {
        String expected = property.equals(DOCUMENT) ? " (known: " + known + ")" : "";
        throw malformed(
            Reason.UNKNOWN_PROPERTY,
            property + " has an unknown property '" + Utf8.printable(name) + "'" + expected);
      }
    }
  }

  /** Reads an array of objects, calling {@code reader} at the start of each. */
  void readArray(String property, ElementReader reader) throws IOException {
    expect(JsonToken.START_ARRAY, property, "an array");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      reader.read(this);
    }
  }

  /** Reads one element of an array. */
  interface ElementReader {
    void read(StrictJson json) throws IOException;
  }

  String readString(String property) throws IOException {
    expect(JsonToken.VALUE_STRING, property, "a string");
    return wellFormed(parser.getText(), property);
  }

  String readNonEmptyString(String property) throws IOException {
    String text = readString(property);
    if (text.isEmpty()) {
      throw malformed(
          Reason.INVALID_VALUE, property + " is empty: leave it out, or give it a value");
    }
    return text;
  }

  @Nullable String readOptionalString(String property) throws IOException {
    return parser.currentToken() == JsonToken.VALUE_NULL ? null : readString(property);
  }

  @Nullable String readOptionalNonEmptyString(String property) throws IOException {
    return parser.currentToken() == JsonToken.VALUE_NULL ? null : readNonEmptyString(property);
  }

  byte @Nullable [] readOptionalBytes(String property) throws IOException {
    String text = readOptionalString(property);
    if (text == null) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw malformed(Reason.INVALID_VALUE, property + " is not base64");
    }
  }

  boolean isString() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  boolean readBoolean(String property) throws IOException {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
      throw wrongType(property, "a boolean");
    }
    return token == JsonToken.VALUE_TRUE;
  }

  long readLong(String property) throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, property, "a whole number");
    if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw malformed(Reason.INVALID_VALUE, property + " does not fit into 64 bits");
    }
    return parser.getLongValue();
  }

  @Nullable Long readOptionalLong(String property) throws IOException {
    return parser.currentToken() == JsonToken.VALUE_NULL ? null : readLong(property);
  }

  int readInt(String property) throws IOException {
    long value = readLong(property);
    if ((int) value != value) {
      throw malformed(Reason.INVALID_VALUE, property + " does not fit into 32 bits");
    }
    return (int) value;
  }

  /** Reads a float directly from its digits: through double, it could be rounded twice. */
  float readFloat(String property) throws IOException {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.VALUE_NUMBER_FLOAT && token != JsonToken.VALUE_NUMBER_INT) {
      throw wrongType(property, "a number");
    }
    return Float.parseFloat(parser.getText());
  }

  /** Reads strings by name; names are sorted, as Java compares strings. */
  Map<String, @Nullable Object> readMap(String property) throws IOException {
    Map<String, @Nullable Object> map = new TreeMap<>();
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return map;
    }
    readObject(
        property,
        (json, name) -> {
          wellFormed(name, "a name in " + property);
          String value = readOptionalString("a value of " + property);
          if (value != null) {
            map.put(name, value);
          }
          return true;
        });
    return map;
  }

  /** Reads the metadata of an embedding by name; unlike in texts, a null is a value. */
  Map<String, @Nullable Object> readMetadata(String property) throws IOException {
    Map<String, @Nullable Object> map = new TreeMap<>();
    readObject(
        property,
        (json, name) -> {
          wellFormed(name, "a name in " + property);
          map.put(
              name,
              parser.currentToken() == JsonToken.START_ARRAY
                  ? readScalars("a value of " + property)
                  : readScalar("a value of " + property));
          return true;
        });
    return map;
  }

  private List<@Nullable Object> readScalars(String property) throws IOException {
    List<@Nullable Object> scalars = new ArrayList<>();
    readArray(property, json -> scalars.add(json.readScalar(property)));
    return scalars;
  }

  private @Nullable Object readScalar(String property) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> readString(property);
      case VALUE_NUMBER_INT -> readLong(property);
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE, VALUE_FALSE -> readBoolean(property);
      case VALUE_NULL -> null;
      default -> throw wrongType(property, "a string, number, boolean or null");
    };
  }

  /** Reads an object of strings; only these names are known. */
  Map<String, String> readStrings(String property, Set<String> names) throws IOException {
    Map<String, String> strings = new TreeMap<>();
    readObject(
        property,
        (json, name) -> {
          if (!names.contains(name)) {
            return false;
          }
          strings.put(name, readString(property + "." + name));
          return true;
        });
    return strings;
  }

  <E extends Enum<E>> E readEnum(String property, Class<E> type) throws IOException {
    String name = readString(property);
    for (E constant : type.getEnumConstants()) {
      if (JsonText.enumName(constant).equals(name)) {
        return constant;
      }
    }
    throw malformed(Reason.INVALID_VALUE, property + " has an unknown value");
  }

  /** Reads a version from 1 to the latest. */
  int readVersion(int latest) throws IOException {
    int version = readInt("schemaVersion");
    if (version < 1 || version > latest) {
      String known = latest == 1 ? "1" : "1 to " + latest;
      throw malformed(
          Reason.UNKNOWN_VERSION, "unknown schema version " + version + " (known: " + known + ")");
    }
    return version;
  }

  /** Reads a version from 1 to the latest; null counts as absent. */
  void readOptionalVersion(int latest) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NULL) {
      readVersion(latest);
    }
  }

  private String wellFormed(String text, String property) {
    if (!Checks.isWellFormed(text)) {
      throw malformed(Reason.UNPAIRED_SURROGATE, property + " has an unpaired surrogate");
    }
    return text;
  }

  private void expect(JsonToken token, String property, String expected) {
    if (parser.currentToken() != token) {
      throw wrongType(property, expected);
    }
  }

  private MalformedRecordException wrongType(String property, String expected) {
    String found = JsonFault.words(parser.currentToken());
    return malformed(Reason.WRONG_TYPE, property + " must be " + expected + ", found " + found);
  }

  /** As {@link #required(Object, String, String)}, of this document. */
  <T> T required(@Nullable T value, String property) {
    return required(value, what, property);
  }

  /** A required value, or an exception that names the property. */
  static <T> T required(@Nullable T value, String what, String property) {
    if (value == null) {
      throw MalformedRecordException.malformed(
          what, Reason.MISSING_PROPERTY, property + " is missing");
    }
    return value;
  }

  private MalformedRecordException malformed(Reason reason, String message) {
    long offset = Math.max(0, parser.currentTokenLocation().getCharOffset());
    return MalformedRecordException.malformed(what, reason, message + " at character " + offset);
  }
}
