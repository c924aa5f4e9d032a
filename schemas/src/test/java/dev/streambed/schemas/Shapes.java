package dev.streambed.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Holds shapes to the documents that they are for. */
public final class Shapes {

  private Shapes() {}

  /** Fails unless a shape has each part of a document, with its kind. */
  public static void assertHas(DocumentShape shape, JsonNode document) {
    assertHas(shape, document, JsonPointer.empty());
  }

  /** The value that a pointer leads to; null if it leads nowhere. */
  public static @Nullable DocumentShape find(DocumentShape shape, String pointer) {
    DocumentShape found = shape;
    for (JsonPointer rest = JsonPointer.compile(pointer);
        found != null && !rest.matches();
        rest = rest.tail()) {
      found = found.part(rest);
    }
    return found;
  }

  private static void assertHas(DocumentShape shape, JsonNode document, JsonPointer place) {
    assertThat(shape).as("shape of " + place).isNotNull();
    assertThat(shape.kinds()).as("kinds of " + place).contains(document.getNodeType());
    if (document.isObject()) {
      document
          .properties()
          .forEach(
              field -> {
                JsonPointer name = JsonPointer.empty().appendProperty(field.getKey());
                DocumentShape part = shape.part(name);
                assertThat(part).as("shape of " + place.append(name)).isNotNull();
                if (part != null) {
                  assertHas(part, field.getValue(), place.append(name));
                }
              });
    }
    for (int i = 0; document.isArray() && i < document.size(); i++) {
      JsonPointer index = JsonPointer.empty().appendIndex(i);
      DocumentShape part = shape.part(index);
      assertThat(part).as("shape of " + place.append(index)).isNotNull();
      if (part != null) {
        assertHas(part, document.get(i), place.append(index));
      }
    }
  }
}
