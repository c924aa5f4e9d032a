package dev.streambed.jobs.format;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.Serializable;

/**
 * A JSON Pointer (RFC 6901) to a part of a document, such as {@code /author/name} or {@code
 * /tags/0}.
 */
public final class Pointer implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String written;
  private final JsonPointer pointer;

  private Pointer(String written, JsonPointer pointer) {
    this.written = written;
    this.pointer = pointer;
  }

  /**
   * Parses a pointer.
   *
   * @throws IllegalArgumentException if it is no pointer to a part, with a message for users
   */
  public static Pointer parse(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException(
          "'%s' is no JSON Pointer: it must begin with a slash, such as /title".formatted(text));
    }
    for (int tilde = text.indexOf('~'); tilde >= 0; tilde = text.indexOf('~', tilde + 1)) {
      char next = tilde + 1 < text.length() ? text.charAt(tilde + 1) : ' ';
      if (next != '0' && next != '1') {
        throw new IllegalArgumentException(
            "'%s' is no JSON Pointer: write ~0 for ~ and ~1 for / inside a name".formatted(text));
      }
    }
    return new Pointer(text, JsonPointer.compile(text));
  }

  /** The part of a document; a missing node if it has none. */
  JsonNode find(JsonNode document) {
    return document.at(pointer);
  }

  /** The name that it ends with, to call its value by. */
  String lastName() {
    return pointer.last().getMatchingProperty();
  }

  /** As it was written. */
  @Override
  public String toString() {
    return written;
  }
}
