package dev.streambed.schemas.json;

import com.fasterxml.jackson.core.JsonProcessingException;

/** What messages say of bytes that are no JSON, without their content. */
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
}
