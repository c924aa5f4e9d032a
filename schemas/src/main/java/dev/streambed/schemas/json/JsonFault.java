package dev.streambed.schemas.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import org.jspecify.annotations.Nullable;

/** Messages about JSON that is not taken, without its content. */
final class JsonFault {
  /** Begins what Jackson says of NaN, Infinity and -Infinity. */
  private static final String NO_NUMBER = "Non-standard token";

  private JsonFault() {}

  /** Where the fault is, if that is known, and what to do if it is a number that JSON lacks. */
  static String at(JsonProcessingException e) {
    String place =
        e.getLocation() == null ? "" : " at character " + e.getLocation().getCharOffset();
    return e.getOriginalMessage().startsWith(NO_NUMBER)
        ? place + ", where NaN or Infinity ends: write null in its place"
        : place;
  }

  /** The kind of a value, by the token that it begins with; null for none. */
  static String words(@Nullable JsonToken begin) {
    if (begin == null) {
      return "nothing";
    }
    return switch (begin) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "a whole number";
      case VALUE_NUMBER_FLOAT -> "a number with a fraction or an exponent";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          "something else";
    };
  }
}
