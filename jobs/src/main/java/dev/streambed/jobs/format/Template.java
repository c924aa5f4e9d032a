package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.Checks;
import dev.streambed.schemas.DocumentShape;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * A text with parts of a document in it: {@code {/title}: {/body}}. Two opening braces stand for
 * one; closing braces outside of parts stand for themselves.
 */
@Internal
public final class Template implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Most zeros that a number is written with in place of an exponent. */
  private static final int MOST_DIGITS = 40;

  private final String written;
  private final List<Serializable> parts; // Strings and Pointers, in order

  private Template(String written, List<Serializable> parts) {
    this.written = written;
    this.parts = parts;
  }

  /**
   * Parses a template.
   *
   * @throws IllegalArgumentException if it has no part or one that is no pointer, with a message
   *     for users
   */
  public static Template parse(String template) {
    List<Serializable> parts = new ArrayList<>();
    var literal = new StringBuilder();
    boolean hasPointer = false;
    int i = 0;
    while (i < template.length()) {
      char c = template.charAt(i);
      if (c != '{') {
        literal.append(c);
        i++;
      } else if (template.startsWith("{{", i)) {
        literal.append(c);
        i += 2;
      } else {
        int end = template.indexOf('}', i);
        if (end < 0) {
          throw new IllegalArgumentException(
              "the brace at character %d is not closed; write {{ for a brace".formatted(i + 1));
        }
        parts.add(literal.toString());
        literal.setLength(0);
        parts.add(pointer(template.substring(i + 1, end)));
        hasPointer = true;
        i = end + 1;
      }
    }
    if (!hasPointer) {
      throw new IllegalArgumentException(
          "it takes nothing from the record; put a pointer in braces, such as {/title}"
              + (template.contains("{{") ? "; {{ stands for a brace" : ""));
    }
    parts.add(literal.toString());
    return new Template(template, new ArrayList<>(parts));
  }

  private static Pointer pointer(String text) {
    try {
      return Pointer.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage() + "; write {{ for a brace that no pointer follows", e);
    }
  }

  /**
   * The template, if documents can have all of its parts.
   *
   * @throws IllegalArgumentException if they have not, with a message for users
   */
  public Template checked(DocumentShape documents) {
    for (Serializable part : parts) {
      if (part instanceof Pointer pointer) {
        var unused = pointer.checked(documents, Pointer.Target.VALUES);
      }
    }
    return this;
  }

  /**
   * The text for a document: strings as they are, numbers and booleans as JSON writes them, the
   * elements of an array on lines of their own, nothing for null, wherever it is, and for absent
   * parts.
   *
   * @param what what the text is, for messages: {@code text}
   * @return the empty string if all parts give nothing, whatever is written between them
   * @throws dev.streambed.schemas.MalformedRecordException if a part is an object or an array of
   *     other than scalars, or has half a surrogate pair
   */
  String render(JsonNode document, String what) {
    var text = new StringBuilder();
    int taken = 0;
    for (Serializable part : parts) {
      if (part instanceof Pointer pointer) {
        taken += append(text, pointer.find(document), pointer, what);
      } else {
        text.append(part);
      }
    }
    String rendered = taken == 0 ? "" : text.toString();
    if (!Checks.isWellFormed(rendered)) {
      throw malformed(
          RecordMapping.WHAT, Reason.UNPAIRED_SURROGATE, what + " has an unpaired surrogate");
    }
    return rendered;
  }

  /** Appends a part; returns how many characters are from the document. */
  private static int append(StringBuilder text, JsonNode part, Pointer pointer, String what) {
    if (!part.isArray()) {
      String scalar = scalar(part, pointer, what);
      text.append(scalar);
      return scalar.length();
    }
    int taken = 0;
    String separator = "";
    for (JsonNode element : part) {
      if (!element.isNull()) {
        String scalar = scalar(element, pointer, what);
        text.append(separator).append(scalar);
        taken += scalar.length();
        separator = "\n";
      }
    }
    return taken;
  }

  private static String scalar(JsonNode part, Pointer pointer, String what) {
    if (part.isContainerNode()) {
      throw malformed(
          RecordMapping.WHAT,
          Reason.WRONG_TYPE,
          "%s takes %s, which is or has an object or a nested array; point to a string in it"
              .formatted(what, pointer));
    }
    if ((part.isDouble() || part.isFloat()) && !Double.isFinite(part.doubleValue())) {
      throw malformed(
          RecordMapping.WHAT,
          Reason.INVALID_VALUE,
          "%s takes %s, which is NaN or infinite, which JSON does not have"
              .formatted(what, pointer));
    }
    if (part.isNumber() && !part.isIntegralNumber()) {
      return number(part.asText());
    }
    return part.isNull() ? "" : part.asText(); // missing nodes are empty
  }

  /** A number as people write it, without an exponent, as long as it stays short. */
  private static String number(String digits) {
    BigDecimal number = new BigDecimal(digits);
    return Math.abs((long) number.scale()) <= MOST_DIGITS ? number.toPlainString() : digits;
  }

  /** As it was written. */
  @Override
  public String toString() {
    return written;
  }
}
