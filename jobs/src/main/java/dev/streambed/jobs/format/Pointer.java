package dev.streambed.jobs.format;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import dev.streambed.schemas.DocumentShape;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;

/**
 * A JSON Pointer (RFC 6901) to a part of a document, such as {@code /author/name} or {@code
 * /tags/0}.
 */
@Internal
public final class Pointer implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Most names that a message lists. */
  private static final int MOST_LISTED = 20;

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

  /** The parts of a document that a pointer may lead to. */
  public enum Target {
    /** A scalar, or an array of scalars. */
    VALUES("a string, a number, a boolean or an array of these"),
    TIME("a number or a string"),
    NAME("a string");

    private final String words;

    Target(String words) {
      this.words = words;
    }

    private boolean takes(JsonNodeType kind) {
      return switch (kind) {
        case STRING -> true;
        case NUMBER -> this != NAME;
        case BOOLEAN, BINARY, ARRAY -> this == VALUES;
        case OBJECT, NULL, MISSING, POJO -> false;
      };
    }

    /**
     * Whether some of what has a shape is a target. A part that is always null is taken by all
     * targets.
     */
    private boolean mayBe(DocumentShape shape) {
      DocumentShape elements = shape.elements();
      return shape.kinds().equals(Set.of(JsonNodeType.NULL))
          || shape.kinds().stream().anyMatch(kind -> kind != JsonNodeType.ARRAY && takes(kind))
          || (elements != null
              && takes(JsonNodeType.ARRAY)
              && elements.kinds().stream()
                  .anyMatch(kind -> kind != JsonNodeType.ARRAY && takes(kind)));
    }
  }

  /**
   * The pointer, if it leads to what documents can have.
   *
   * @throws IllegalArgumentException if none has it, or none as such a target; with a message for
   *     users
   */
  public Pointer checked(DocumentShape documents, Target target) {
    DocumentShape found = documents;
    for (JsonPointer rest = pointer; !rest.matches(); rest = rest.tail()) {
      DocumentShape part = found.part(rest);
      if (part == null) {
        String before = written.substring(0, written.length() - rest.toString().length());
        throw new IllegalArgumentException(
            "%s is nowhere in the schema, in which %s is %s"
                .formatted(written, before.isEmpty() ? "the document" : before, words(found)));
      }
      found = part;
    }
    if (!target.mayBe(found)) {
      throw new IllegalArgumentException(
          "%s is %s in the schema; it must be %s".formatted(written, words(found), target.words));
    }
    return this;
  }

  /** Describes a shape, for messages: {@code an object with title, body}. */
  static String words(DocumentShape shape) {
    String kinds = shape.kinds().stream().map(Pointer::word).collect(Collectors.joining(" or "));
    List<String> names = shape.names().stream().limit(MOST_LISTED).toList();
    return names.isEmpty()
        ? kinds
        : "%s with %s%s"
            .formatted(
                kinds, String.join(", ", names), names.size() < shape.names().size() ? ", …" : "");
  }

  /** Describes a part, for messages: {@code an object}. */
  static String word(JsonNodeType kind) {
    return switch (kind) {
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case STRING -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case BINARY -> "bytes";
      case NULL -> "null";
      case MISSING, POJO -> "something else";
    };
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
