package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.Checks;
import dev.streambed.schemas.DocumentShape;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** Which parts of a document become metadata, and under which names. */
@Internal
public final class MetadataMapping implements Serializable {
  private static final long serialVersionUID = 1L;

  /** No metadata. */
  public static final MetadataMapping NONE = new MetadataMapping(Map.of(), false);

  private static final String ALL = "all";

  private final Map<String, Pointer> fields;
  private final boolean all;

  private MetadataMapping(Map<String, Pointer> fields, boolean all) {
    this.fields = fields;
    this.all = all;
  }

  /**
   * Parses entries: each {@code /pointer}, which is called by its last name, or {@code name:
   * /pointer}; or only {@code all}.
   *
   * @throws IllegalArgumentException if one is neither or a name occurs twice, with a message for
   *     users
   */
  public static MetadataMapping parse(List<String> entries) {
    if (entries.size() == 1 && entries.get(0).equals(ALL)) {
      return new MetadataMapping(Map.of(), true);
    }
    if (entries.contains(ALL)) {
      throw new IllegalArgumentException(
          "all, which is every top-level field with one value, stands alone; name another field of this name with all: /all");
    }
    Map<String, Pointer> fields = new LinkedHashMap<>();
    for (String entry : entries) {
      int colon = entry.startsWith("/") ? -1 : entry.indexOf(':');
      Pointer pointer = Pointer.parse(entry.substring(colon + 1).strip());
      String name = colon < 0 ? pointer.lastName() : entry.substring(0, colon).strip();
      if (fields.put(name, pointer) != null) {
        throw new IllegalArgumentException(
            "two entries are called '%s'; give one another name, such as other: %s"
                .formatted(name, pointer));
      }
    }
    return new MetadataMapping(fields, false);
  }

  /** The names that the metadata of each document may have; none with {@code all}. */
  public Set<String> names() {
    return Set.copyOf(fields.keySet());
  }

  /** Whether the metadata of a document may have a name. */
  public boolean mayHave(String name) {
    return all || fields.containsKey(name);
  }

  /**
   * The mapping, if documents can have all of its parts.
   *
   * @throws IllegalArgumentException if they have not, with a message for users
   */
  public MetadataMapping checked(DocumentShape documents) {
    for (Pointer pointer : fields.values()) {
      var unused = pointer.checked(documents, Pointer.Target.VALUES);
    }
    return this;
  }

  /**
   * The metadata of a document, with the types it has there. Absent parts are left out; with {@code
   * all}, the top-level fields that are scalars.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if a part is an object or an array of
   *     other than scalars, or a number that a float of 64 bits makes 0 or infinite
   */
  Map<String, @Nullable Object> read(JsonNode document) {
    Map<String, @Nullable Object> metadata = new TreeMap<>();
    if (all) {
      document
          .properties()
          .forEach(
              field -> {
                if (!field.getValue().isContainerNode()) {
                  metadata.put(
                      wellFormed(field.getKey(), "a name"),
                      scalar(field.getValue(), "a value of metadata"));
                }
              });
    }
    fields.forEach(
        (name, pointer) -> {
          JsonNode part = pointer.find(document);
          if (!part.isMissingNode()) {
            metadata.put(name, value(part, "metadata " + pointer));
          }
        });
    return metadata;
  }

  private static @Nullable Object value(JsonNode part, String what) {
    if (!part.isArray()) {
      return scalar(part, what);
    }
    List<@Nullable Object> elements = new ArrayList<>(part.size());
    for (JsonNode element : part) {
      elements.add(scalar(element, what));
    }
    return elements;
  }

  private static @Nullable Object scalar(JsonNode part, String what) {
    return switch (part.getNodeType()) {
      case NULL, MISSING -> null;
      case BOOLEAN -> part.booleanValue();
      case STRING -> wellFormed(part.textValue(), what);
      case BINARY -> part.asText();
      case NUMBER -> number(part, what);
      default ->
          throw malformed(
              RecordMapping.WHAT,
              Reason.WRONG_TYPE,
              what + " is or has an object or a nested array; point to a scalar in it");
    };
  }

  /** A long, a double, or the digits of a whole number that is too large for a long. */
  private static Object number(JsonNode part, String what) {
    if (part.isIntegralNumber()) {
      return part.canConvertToLong() ? part.longValue() : part.asText();
    }
    // 0.1 of 32 bits is 0.1, not 0.10000000149011612
    double number = part.isFloat() ? Double.parseDouble(part.asText()) : part.doubleValue();
    boolean isExact = !part.isBigDecimal(); // and so as finite as what was read
    if (!Double.isFinite(number)) {
      throw malformed(
          RecordMapping.WHAT,
          Reason.INVALID_VALUE,
          what
              + (isExact
                  ? " is NaN or infinite, which JSON does not have"
                  : " is too large for a float of 64 bits"));
    }
    if (number == 0 && !isExact && part.decimalValue().signum() != 0) {
      throw malformed(
          RecordMapping.WHAT,
          Reason.INVALID_VALUE,
          what + " is too close to 0 for a float of 64 bits");
    }
    return number;
  }

  private static String wellFormed(String text, String what) {
    if (!Checks.isWellFormed(text)) {
      throw malformed(
          RecordMapping.WHAT, Reason.UNPAIRED_SURROGATE, what + " has an unpaired surrogate");
    }
    return text;
  }
}
